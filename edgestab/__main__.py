"""``python -m edgestab``."""

from edgestab.cli import main

main()
