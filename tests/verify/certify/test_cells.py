"""Branch and bound: the cells tile the box, doubles enclose them, and it always ends."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgestab.verify.certify.cells import Budget, Cells, Unproved, prove
from tests.verify.certify.proofs_under_test import PROBLEMS, disjoint_and_whole, leaves, outcome, proved

F = Fraction
ends = st.fractions(F(-3), F(3), max_denominator=10**6)


def narrow(width: float):
    """Prove cells narrower than a width about the origin, wider ones elsewhere; remember what was asked."""
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def judge(lower, upper):
        seen.append((lower, upper))
        size = (upper - lower).max(axis=0)
        allowed = width * (1 + np.abs(lower).max(axis=0))
        return ["." if s <= w else None for s, w in zip(size, allowed, strict=True)], size - allowed

    judge.seen = seen
    return judge


@given(x=st.tuples(ends, ends), b=st.tuples(ends, ends), e=st.tuples(ends, ends), width=st.floats(0.4, 2))
def test_cells_tile_the_box_exactly(x, b, e, width) -> None:
    box = tuple((min(p), max(p)) for p in (x, b, e))
    cells = prove("it", "xbe", box, narrow(width), Budget(20_000), [1.0, 1.0, 1.0])
    assert disjoint_and_whole(cells)
    assert cells.leaves == len(list(leaves(cells)))


@given(x=st.tuples(ends, ends), b=st.tuples(ends, ends))
def test_doubles_enclose_the_exact_cells(x, b) -> None:
    """Every exact leaf lies in a box that the judge proved, and by no more than a few units in the last place."""
    box = tuple((min(p), max(p)) for p in (x, b))
    judge = narrow(0.3)
    cells = prove("it", "xb", box, judge, Budget(20_000), [1.0, 1.0])
    lower = np.hstack([low for low, _ in judge.seen])
    upper = np.hstack([high for _, high in judge.seen])
    for _, exact in leaves(cells):
        found = [
            all(F(lower[i, k]) <= a and c <= F(upper[i, k]) for i, (a, c) in enumerate(exact))
            and all(
                a - F(lower[i, k]) <= F(1, 2**48) * (1 + abs(a)) and F(upper[i, k]) - c <= F(1, 2**48) * (1 + abs(c))
                for i, (a, c) in enumerate(exact)
            )
            for k in range(lower.shape[1])
        ]
        assert any(found)


@pytest.mark.parametrize("depth", [30, 42])
def test_doubles_enclose_exact_cells_however_deep(depth: int) -> None:
    """Ends that are no doubles, and cells at the greatest depth."""
    low, high = F(1, 3), F(10, 7)
    target = F(5, 7)

    def judge(lower, upper):
        size = upper - lower
        done = (size < 2.0**-depth * 1.2 + 1e-15).all(axis=0) | (upper < float(target)).all(axis=0)
        done |= (lower > float(target)).all(axis=0)
        seen.append((lower, upper, done))
        return ["." if d else None for d in done], size[0]

    seen: list = []
    cells = prove("it", "x", ((low, high),), judge, Budget(10_000), [1.0], depth=60)
    proved_boxes = [(F(a), F(b)) for lo, up, done in seen for a, b in zip(lo[0, done], up[0, done], strict=True)]
    for _, ((a, b),) in leaves(cells):
        assert any(p <= a and b <= q for p, q in proved_boxes)
    assert disjoint_and_whole(cells)


def test_no_cell_crosses_zero() -> None:
    for box in (((F(0), F(1, 3)),), ((F(-1, 3), F(0)),)):
        judge = narrow(0.01)
        prove("it", "x", box, judge, Budget(10_000), [1.0])
        for lower, upper in judge.seen:
            assert (lower >= 0).all() if box[0][0] == 0 else (upper <= 0).all()


def test_an_axis_without_width_is_never_cut() -> None:
    point = F(1, 3)
    judge = narrow(0.1)
    cells = prove("it", "xb", ((F(0), F(1)), (point, point)), judge, Budget(1000), [1.0, 1e-300])
    assert "b" not in cells.tree
    for lower, upper in judge.seen:
        assert (lower[1] < float(point)).all()
        assert (upper[1] > float(point)).all()


def stubborn(lower, upper):
    """Prove nothing that contains (1/2, 1/2)."""
    inside = ((lower <= 0.5) & (upper >= 0.5)).all(axis=0)
    return [None if i else "." for i in inside], np.where(inside, 7.0, -1.0)


def test_a_cell_that_cannot_be_proved_is_named() -> None:
    box = ((F(0), F(1)), (F(0), F(1)))
    with pytest.raises(
        Unproved, match=r"the sum is not proved on the cell x in \[0\.\d+, 0\.\d+\], b in .*by 7"
    ) as why:
        prove("the sum", "xb", box, stubborn, Budget(10**6), [1.0, 1.0])
    assert "do not help" in str(why.value)


def test_the_hardest_cell_is_the_one_named() -> None:
    def judge(lower, upper):
        return [None] * lower.shape[1], -np.abs(upper[0] - 0.75)

    with pytest.raises(Unproved, match=r"x in \[0\.(74|75).*budget"):
        prove("it", "x", ((F(0), F(1)),), judge, Budget(3000), [1.0])


def test_nan_is_no_proof() -> None:
    def judge(lower, _upper):
        return [None] * lower.shape[1], np.full(lower.shape[1], np.nan)

    with pytest.raises(Unproved, match="nan"):
        prove("it", "x", ((F(0), F(1)),), judge, Budget(100), [1.0])


@pytest.mark.parametrize("box", [((F(0), F(1)), (F(0), F(1))), ((F(1, 2), F(1, 2)), (F(1, 2), F(1, 2)))])
def test_it_never_hangs(box) -> None:
    def never(lower, _upper):
        return [None] * lower.shape[1], np.ones(lower.shape[1])

    began = time.monotonic()
    with pytest.raises(Unproved):
        prove("it", "xb", box, never, Budget(50_000), [1.0, 1.0])
    assert time.monotonic() - began < 10


def test_a_budget_is_shared() -> None:
    budget = Budget(1000)
    prove("it", "x", ((F(0), F(1)),), narrow(0.05), budget, [1.0])
    left = budget.cells
    assert left < 1000
    prove("it", "x", ((F(0), F(1)),), narrow(0.05), budget, [1.0])
    assert budget.cells == left - (1000 - left)
    assert not budget.is_spent


def test_the_tree_is_in_preorder_lower_half_first() -> None:
    def judge(lower, upper):
        return [
            "low" if u < 0.6 else "high" if lo > 0.4 else None for lo, u in zip(lower[0], upper[0], strict=True)
        ], upper[0]

    cells = prove("it", "xb", ((F(0), F(1)), (F(0), F(1))), judge, Budget(100), [1.0, 10.0])
    assert cells == Cells("xb", ((F(0), F(1)), (F(0), F(1))), ("x", "low", "high"))
    assert cells.leaves == 2


@pytest.mark.parametrize("name", PROBLEMS)
def test_trees_of_certificates_tile_their_boxes(name: str) -> None:
    certificate = proved(name)
    for cells in (*certificate.contraction, certificate.start):
        assert disjoint_and_whole(cells)


def test_trees_of_the_basin_tile_their_boxes() -> None:
    (certificate,) = outcome("R10").certificates
    assert certificate.basin is not None
    for cells in certificate.basin.trees.values():
        assert disjoint_and_whole(cells)
