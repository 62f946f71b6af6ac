"""The colours of the figures, as readers with other colour visions see them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from edgestab.figures.style import ROLES

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
SEEN_BY = {
    "trichromats": np.eye(3),
    "protanopes": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopes": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
LEAST = 15.0
"""In CIELAB, where neighbouring patches are told apart at about 2."""


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    c = np.array(to_rgb(colour))
    linear = np.clip(seen @ np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), 0, 1)
    t = XYZ @ linear / np.array([0.95047, 1, 1.08883])
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("who", SEEN_BY)
def test_any_two_things_are_told_apart(who):
    seen = {name: lab(colour, SEEN_BY[who]) for name, colour in ROLES.items()}
    for one, two in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[two]) > LEAST, (one, two)


def test_the_measure_finds_what_deuteranopes_confuse():
    apart = {who: np.linalg.norm(lab("#117733", m) - lab("#882255", m)) for who, m in SEEN_BY.items()}
    assert apart["deuteranopes"] < apart["trichromats"] / 2
