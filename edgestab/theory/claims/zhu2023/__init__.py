"""Zhu, Wang, Wang, Zhou & Ge, "Understanding Edge-of-Stability Training Dynamics with a Minimalist Example", ICLR 2023.

Statements are as printed in the text of the conference submission; later versions may differ, and extracted
text can itself be wrong. A refuted slip says something about that text, not about its authors.
"""

from __future__ import annotations

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023 import certified, expansions, networks, results, sections, setting, slips, theorems


def claims() -> tuple[Claim, ...]:
    """Return the paper's claims: its setting, theorems and sections, the slips, results R1 to R12, and networks."""
    return (
        *setting.claims(),
        *theorems.claims(),
        *expansions.claims(),
        *sections.claims(),
        *slips.claims(),
        *results.claims(),
        *certified.claims(),
        *networks.claims(),
    )
