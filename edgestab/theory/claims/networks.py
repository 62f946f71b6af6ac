"""The networks that claims speak of, in words; `edgestab.numerics.networks.specs.problems` has them by name."""

from __future__ import annotations

import sympy as sp

R = sp.Rational

CHEBYSHEV = "tanh MLP 1-30-20-1 on the Chebyshev polynomial T_6 at 20 points, |f - y|^2/2"
DIGITS = "tanh MLP 64-50-50-50-10 on 1000 digits, |f - y|^2/2"
DIGITS_ELU = "ELU MLP with five hidden layers of 64 on 1000 digits, |f - y|^2/2"
DIGITS_CNN = "tanh CNN with 8 and 16 channels on 500 digits, |f - y|^2/2"
DIGITS_SMALL = "tanh MLP 64-32-32-10 on 300 digits, |f - y|^2/2"
DIGITS_CLASSES = "tanh MLP 64-32-32-10 on 300 digits, cross-entropy"
DIGITS_PARITY = "tanh MLP 64-24-24-1 on the parity of 300 digits"
