"""Damian, Nichani & Lee, "Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of Stability", ICLR 2023.

What is exact is proved: the descent lemma, the gradient of the sharpness, the reduced map and losses on which it is the
step itself. The theorem that couples gradient descent on a general loss to the predicted dynamics is observed, on random
quartics and on networks.
"""

from __future__ import annotations

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023 import cubic, general, momentum, networks, spring


def claims() -> tuple[Claim, ...]:
    """Return the paper's claims: general losses, the cubic toy, the spring toy, and the edge with momentum; networks."""
    return (*general.claims(), *cubic.claims(), *spring.claims(), *momentum.claims(), *networks.claims())
