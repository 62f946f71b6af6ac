"""The conclusions by the names that claim files give them."""

from __future__ import annotations

from collections.abc import Mapping

from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone

CONCLUSIONS: Mapping[str, type[Conclusion]] = {
    c.kind: c for c in (Converges, FinalSharpness, Along, Monotone, Diverges)
}
"""A new conclusion is a file, a line here, and its judge in `edgestab.verify.conclusions`."""
