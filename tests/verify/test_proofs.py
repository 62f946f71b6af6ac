"""Proofs of statements that nobody wrote a proof for: what follows is proved, and nothing that is false."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.printers.exact import NotRational, evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA, symbols
from edgestab.verify.certify.tube_argument import tube_of
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.proofs import convex
from edgestab.verify.proofs.attempts import argument_for
from edgestab.verify.proofs.certificate import again
from edgestab.verify.proofs.linear import is_schur_stable

R = sp.Rational
CONVERGES = {"kind": "converges"}


def statement(**entries: object) -> OrbitStatement:
    (part,) = claim_of(specification_of(msgspec.convert(entries, Entries))).parts
    assert isinstance(part, OrbitStatement)
    return part


def one(loss: str, eta: object, x: object, conclusion: object = CONVERGES, **more: object) -> dict[str, object]:
    sizes = {"eta_range": eta} if isinstance(eta, list) else {"eta": eta}
    region = x if isinstance(x, dict) else {"x": x}
    names = " ".join(region)
    return {"loss": loss, "parameters": names, **sizes, "region": region, "conclusion": conclusion, **more}


BALL = {"x": [-1, 2], "y": [0, 1]}
WELL = "(x**2 - 1)**2/4"
SHARP = {"kind": "final-sharpness", "low": "2.9", "high": "3.1"}


@pytest.mark.parametrize(
    ("true", "false"),
    [
        # The edge of a parabola, closed and moved by 5 %.
        (one("3*x**2/2", "0.66", [-1, 1]), one("3*x**2/2", "0.7", [-1, 1])),
        (one("3*x**2/2", ["0.1", "0.66"], [-1, 1]), one("3*x**2/2", ["0.1", "2/3"], [-1, 1])),
        # Momentum: (2 + 2 beta)/eta and (2 + 2 beta)/(eta (1 + 2 beta)).
        (
            one("3*x**2/2", "0.99", [-1, 1], optimizer="heavy-ball", constants={"beta": "1/2"}),
            one("3*x**2/2", "1.01", [-1, 1], optimizer="heavy-ball", constants={"beta": "1/2"}),
        ),
        (
            one("3*x**2/2", ["0.01", "0.49"], [-1, 1], optimizer="nesterov", constants={"beta": "1/2"}),
            one("3*x**2/2", ["0.01", "0.51"], [-1, 1], optimizer="nesterov", constants={"beta": "1/2"}),
        ),
        # The sharpness 3 in its window, and at its closed end.
        (one("3*x**2/2 + y**2", "0.1", BALL, SHARP), one("3*x**2/2 + y**2", "0.1", BALL, {**SHARP, "low": "3"})),
        (
            one("3*(x - 1)**2/2", "0.1", [-1, 1], {"kind": "limit", "inequality": "x_final <= 1"}),
            one("3*(x - 1)**2/2", "0.1", [-1, 1], {"kind": "limit", "inequality": "x_final < 1"}),
        ),
        # A step of the user's that rests beside the minimum.
        (one("x**2/2", "1/2", [-1, 1], step={"x": "x - eta*gx"}), one("x**2/2", "1/2", [-1, 1], step={"x": "x/2 + 1"})),
        (one("x**2/2", "2.1", [1, 2], {"kind": "diverges"}), one("x**2/2", "2", [1, 2], {"kind": "diverges"})),
        (one("x**2/2", "2.1", [1, 2], {"kind": "diverges"}), one("x**2/2", "2.1", [-1, 2], {"kind": "diverges"})),
        # log cosh has curvature at most 1, only at 0.
        (one("log(cosh(x))", "1.99", [-5, 5]), one("log(cosh(x))", "2.05", [-5, 5])),
        (one("x**2/2 - max(0, abs(x) - 1)**2/2", "1.9", [-9, 9]), one("x**2/2 - max(0, abs(x) - 1)**2/2", "2.01", [-9, 9])),
        # The double well: its right basin, and a region that reaches over the maximum.
        (one(WELL, "0.9", ["0.1", "1.3"]), one(WELL, "0.9", ["-0.1", "1.5"], {**CONVERGES, "to": "x - 1 = 0"})),
        (one(WELL, ["0.2", "0.9"], ["0.5", "1.3"]), one(WELL, ["0.2", "1.1"], ["0.5", "1.3"])),
        (
            one(WELL, "0.9", ["0.1", "1.3"], {"kind": "limit", "inequality": "x_final > 0.999"}),
            one(WELL, "0.9", ["0.1", "1.3"], {"kind": "limit", "inequality": "x_final > 1"}),
        ),
        # The loss falls in convex surroundings below the edge; above it does not.
        (
            one("log(cosh(x)) + x**2/20", "1.7", [-2, 2], {"kind": "monotone", "quantity": "loss", "direction": "nonincreasing"}),
            one("log(cosh(x)) + x**2/20", "1.7", [-2, 2], {"kind": "monotone", "quantity": "loss", "direction": "nondecreasing"}),
        ),
        # The chaotic band of the double well at 1.45 is trapped; at 2.5 orbits leave.
        (one(WELL, "1.45", ["0.1", "1.2"], {"kind": "bounded"}), one(WELL, "2.5", ["0.1", "1.5"], {"kind": "bounded"})),
        (
            one(WELL, "1.45", ["0.1", "1.2"], {"kind": "along", "inequality": "x < 1.23"}),
            one(WELL, "1.45", ["0.1", "1.2"], {"kind": "along", "inequality": "x < 1.22"}),
        ),
        (one("x**4/4", "0.5", [3, 4], {"kind": "diverges"}), one("x**4/4", "0.5", [1, 4], {"kind": "diverges"})),
        # One step into the region, and two steps; beyond the greatest value 39/40 of the logistic step, and not.
        (
            one("x**2/2", "1", ["0.05", "0.98"], {"kind": "invariant"}, step={"x": "39/10*x*(1 - x)"}),
            one("x**2/2", "1", ["0.05", "0.97"], {"kind": "invariant"}, step={"x": "39/10*x*(1 - x)"}),
        ),
        (
            one(WELL, ["1.4", "1.5"], ["0.05", "1.28"], {"kind": "invariant"}),
            one(WELL, ["1.4", "1.6"], ["0.05", "1.28"], {"kind": "invariant"}),
        ),
        (
            one("x**4/4", "1/2", [-1, 1], {"kind": "along", "inequality": "x**2 <= 1.01", "until": 3}),
            one("x**4/4", "1/2", [-1, "2.1"], {"kind": "along", "inequality": "x**2 <= 4.5", "until": 1}),
        ),
        # Undefined at the step that is claimed, where the slope is defined.
        (
            one("x - log(x)", "1.5", ["0.5", "2.5"], {"kind": "along", "inequality": "x**2 <= 1000", "until": 1}),
            one("x - log(x)", "5", ["1.9", "2.5"], {"kind": "along", "inequality": "x**2 <= 1000", "until": 1}),
        ),
        # The strict end, and the step from which it is claimed.
        (
            one("x**2/2", "1/2", [1, 2], {"kind": "along", "inequality": "x > 1/3", "until": 1}),
            one("x**2/2", "1/2", [1, 2], {"kind": "along", "inequality": "x > 1/3", "until": 2}),
        ),
    ],
)  # fmt: skip
def test_what_is_true_is_proved_and_what_is_false_is_not(true: dict[str, object], false: dict[str, object]) -> None:
    found, missing = argument_for(statement(**true))
    assert found is not None, missing
    assert found.ingredients
    none, missing = argument_for(statement(**false))
    assert none is None
    assert all(missing)


@pytest.mark.parametrize(
    "false",
    [
        one("(x - 1)**2/2", "2.5", "1", {"kind": "diverges"}),  # the one start rests
        # From 1 to -4, where it rests: on the right alone every step leads outwards.
        one("x**2/2", "0.1", "1", {"kind": "diverges"}, step={"x": "-x*(x + 3)"}),
        # Convex and shallow as far as the nearer end of the region; from the farther one it diverges.
        one("x**2/2 + max(0, abs(x) - 1)**4", "1", ["-0.5", "3"]),
        one("x**2/2", "1/2", [-1, 1], {"kind": "along", "inequality": "max(x, 5) > 5"}),  # both sides are 5 everywhere
        one("x**2/2", "1/2", [-1, 1], {"kind": "along", "inequality": "max(x, 5) > 5", "until": 1}),
        one("x**2/2", "1", ["0.05", "0.98"], {"kind": "invariant"}, step={"x": "39/10*x*(1 - x)"}, where=["x > 1/10"]),
        # The farther end of the region leads to the other well, the nearer does not.
        one(WELL, "0.9", ["0.6", "1.5"], {"kind": "limit", "inequality": "x_final > 1/2"}),
        # Two minima, and between them an indefinite Hessian whose diagonal is positive.
        one("(x*y - 1)**2/2 + (x**2 + y**2)/20", "0.1", {"x": ["-0.2", "1.9"], "y": ["-0.2", "1.9"]}, {"kind": "limit", "inequality": "x_final > 0"}),
        # A saddle at 0 between two minima: the Hessian is below 2/eta everywhere, and not above 0.
        one("x**2/2 + (y**2 - 1)**2/4", "0.1", {"x": [-1, 1], "y": ["-0.5", "1.2"]}, {"kind": "limit", "inequality": "y_final > 0"}),
    ],
)  # fmt: skip
def test_what_is_false_from_some_starts_is_not_proved(false: dict[str, object]) -> None:
    none, missing = argument_for(statement(**false))
    assert none is None
    assert all(missing)


@pytest.mark.parametrize("seed", range(40))
def test_stability_agrees_with_the_eigenvalues(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(1, 5))
    matrix = sp.Matrix(n, n, [R(int(k), 8) for k in generator.integers(-6, 7, n * n)])
    radius = max(abs(np.linalg.eigvals(np.array(matrix.tolist(), float))))
    if abs(radius - 1) > 1e-9:
        assert is_schur_stable(matrix, R(1), R(1)) == (radius < 1)


def test_stability_on_an_interval_of_step_sizes() -> None:
    matrix = sp.Matrix([[1 - 3 * ETA + R(1, 2), -R(1, 2)], [1, 0]])  # heavy ball: stable for 0 < 3 eta < 3
    assert is_schur_stable(matrix, R(1, 100), R(99, 100))
    for low, high in ((R(1, 100), R(1)), (R(1, 100), R(2)), (R(1), R(1))):
        assert not is_schur_stable(matrix, low, high)
    # A gap inside the interval: |1 - 4 (eta - 1)^2 - ...| leaves the circle at eta = 1 alone.
    assert not is_schur_stable(sp.Matrix([[1 - (ETA - 1) ** 2]]), R(1, 2), R(3, 2))
    # An eigenvalue -1 for every eta.
    assert not is_schur_stable(sp.Matrix([[-1, 0], [0, 1 - ETA]]), R(1, 2), R(3, 2))


def test_a_smaller_radius_would_not_hold_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    # The starts beyond the ball have to be followed into it: without that a saddle behind it would be believed harmless.
    monkeypatch.setattr(convex, "captured", lambda *_: [["0"]])
    found, _ = argument_for(statement(**one(WELL, "0.9", ["-0.5", "1.5"])))
    assert found is not None
    assert "that a start is near after 0 steps is not proved" in again(found).refused
    monkeypatch.undo()
    assert argument_for(statement(**one(WELL, "0.9", ["-0.5", "1.5"])))[0] is None


def test_a_proof_says_so_and_keeps_its_orbits() -> None:
    claim = claim_of(specification_of(msgspec.convert(one("log(cosh(x))", "1.9", [-5, 5], name="mine"), Entries)))
    verdict = check(claim)
    (evidence,) = verdict.evidence
    assert (str(verdict.standing), evidence.kind) == ("PROVED", "argued")
    assert "and again by an independent checker: near x = 0" in verdict.sentence
    assert "0 <= Hessian < 2/eta on" in verdict.sentence
    assert evidence.as_data()["sampled"]["points"] > 1000
    assert evidence.followed(claim.parts[0]) is not None


def test_a_page_shows_a_proof_and_a_witness(tmp_path: Path) -> None:
    from edgestab.report.write import write_report

    entries = one("log(cosh(x))", "1.9", [-5, 5], name="mine")
    verdicts = [
        check(claim_of(specification_of(msgspec.convert({**entries, **more}, Entries))))
        for more in ({}, {"for": "some start"})
    ]
    write_report(verdicts, tmp_path, effort="quick")
    page = (tmp_path / "report.html").read_text()
    assert "By convexity about a minimum" in page
    assert "in ball arithmetic the orbit converges" in page


def test_exact_arithmetic_refuses_what_is_not_rational() -> None:
    (x,) = symbols("x")
    for expression in (sp.sqrt(x), sp.exp(x)):
        with pytest.raises(NotRational):
            evaluate(program_of([expression], [x]), [sp.Rational(1, 2)])


WINDOW = {"kind": "final-sharpness", "low": "2/eta - 3/5*eta", "high": "2/eta"}
STEEP = {"offset": ["0.05", "0.2"], "b": ["-0.1", "0.1"]}


def test_a_window_of_the_final_sharpness_is_proved_by_a_tube() -> None:
    entries = {"loss": "(1 - p*q)**2/2 + (p*q - 1)**3/3", "parameters": "p q", "eta": "0.05", "where": ["b != 0"]}
    (part,) = claim_of(
        specification_of(msgspec.convert({**entries, "region": STEEP, "conclusion": WINDOW}, Entries))
    ).parts
    found = tube_of(part)
    assert found is not None
    assert "2/eta - g eta, g between 0 and 0.6" in found.ingredients[0]
    assert found.ingredients[0].endswith("x, y are p, q")
    # The window is too narrow: GD lands at 2/eta - eta/4. A fraction of the starts, and starts at rest, are not proved.
    narrow = {**WINDOW, "low": "2/eta - eta/5"}
    for spoiled in ({"conclusion": narrow}, {"at_least": "9/10"}, {"for": "some start"}, {"where": []}):
        (part,) = claim_of(
            specification_of(msgspec.convert({**entries, "region": STEEP, "conclusion": WINDOW, **spoiled}, Entries))
        ).parts
        assert tube_of(part) is None
