"""What is collected: the networks need torch, and everything else is tested without it too."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["edgestab/numerics/networks*", "tests/numerics/networks*"]
