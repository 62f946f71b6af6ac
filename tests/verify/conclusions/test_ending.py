"""What is said of the cycle that an orbit ends on."""

from __future__ import annotations

import flint
import pytest

from edgestab.verify.conclusions.ending import period_in_words

A, B, C, D = ((flint.arb(n, 0.1), flint.arb(-n, 0.1)) for n in range(4))


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ([A, B], "of period 2"),
        ([A, B, C, D], "of period 4"),
        ([A, B, A, B], "whose period divides 4"),
        ([A, A], "whose period divides 2"),
        ([A, B, C, A, B, C], "whose period divides 6"),
        ([A, B, C], "of period 3"),
    ],
)
def test_a_period_is_said_as_far_as_boxes_exclude_its_divisors(boxes, words) -> None:
    assert period_in_words(boxes) == words
