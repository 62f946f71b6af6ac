"""What claim files can say, each on an input whose truth is known by algebra."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.theory.claim import Claim
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.quantities import names_with_quantities, with_quantities
from edgestab.verify.claim_files.specification import claim_of
from tests.verify.work_under_test import less_work

PARABOLA = {"loss": "x**2/2", "parameters": "x", "region": {"x": ["0.1", "2"]}}
PRODUCT = {"loss": "(x*y - 1)**2/2", "parameters": "x y", "region": {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"]}}
WELL = {"loss": "(x**2 - 1)**2/4", "parameters": "x", "region": {"x": ["0.1", "1.3"]}, "eta": "1.1"}
CONVERGES = {"kind": "converges"}


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claims here fail on open sets, or at special points, which are tried as well."""
    less_work(monkeypatch)


def claim(**entries: object) -> Claim:
    return claim_of(specification_of(msgspec.convert(entries, Entries)))


def verdict(**entries: object) -> tuple[str, str]:
    found = check(claim(**entries))
    standing = str(found.standing)
    return "HOLDS" if standing in ("SUPPORTED", "PROVED") else standing, found.sentence


HEAVY = {"state": {"m": 0}, "step": {"x": "x - eta*(beta*m + gx)", "m": "beta*m + gx"}, "constants": {"beta": "0.9"}}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # On a parabola of curvature 1: sign descent alternates, SAM has a 2-cycle at eta rho/(2 - eta).
        ({"optimizer": "sign", "eta": "0.3"}, "REFUTED"),
        ({"optimizer": "sam", "constants": {"rho": "0.1"}, "eta": "0.5"}, "REFUTED"),
        # theta' = theta - eta (theta + rho theta): an edge at eta (1 + rho) = 2.
        ({"optimizer": "unnormalized-sam", "constants": {"rho": "0.25"}, "eta": "1.59"}, "HOLDS"),
        ({"optimizer": "unnormalized-sam", "constants": {"rho": "0.25"}, "eta": "1.61"}, "REFUTED"),
        # A buffer of slopes has the edge of heavy ball, 2 (1 + beta)/eta.
        ({**HEAVY, "eta": "3.79"}, "HOLDS"),
        ({**HEAVY, "eta": "3.81"}, "REFUTED"),
        # Newton's step, 1.9 and 2.1 of it.
        ({"loss": "x**2/2 + x**4/4", "eta": "1.9/sharpness"}, "HOLDS"),
        ({"loss": "x**2/2 + x**4/4", "eta": "2.1/sharpness"}, "REFUTED"),
        ({"eta": "0.5", "step_size": "eta*min(1, (t + 1)/20)"}, "HOLDS"),
        ({"eta": "1", "weight_decay": "0.9"}, "HOLDS"),
        ({"eta": "1", "weight_decay": "1.1"}, "REFUTED"),
    ],
)
def test_steps(changes: dict[str, object], wanted: str) -> None:
    assert verdict(**{**PARABOLA, "conclusion": CONVERGES, **changes})[0] == wanted


def test_the_step_size_is_not_named_where_the_state_sets_it() -> None:
    standing, sentence = verdict(**PARABOLA, conclusion=CONVERGES, eta="2.5/sharpness")
    assert standing == "REFUTED"
    assert "eta" not in sentence
    with pytest.raises(InputError, match="unknown name 'eta'"):
        claim(**PARABOLA, conclusion={"kind": "final-sharpness", "high": "2/eta"}, eta="1/sharpness")
    with pytest.raises(InputError, match="a formula for eta does not use eta"):
        claim(**PARABOLA, conclusion=CONVERGES, eta="eta/sharpness")


def test_a_step_that_divides_by_what_vanishes_at_rest_is_not_said_to_converge() -> None:
    # Adam's fixed point has the multiplier 1 - eta/eps: it attracts nothing, whatever an orbit looks like on its way.
    adam = {"optimizer": "adam", "constants": {"beta1": "0.9", "beta2": "0.99"}, "eta": "0.01"}
    assert verdict(**PARABOLA, **adam, conclusion=CONVERGES)[0] == "UNDECIDED"


@pytest.mark.parametrize(
    ("changes", "wanted", "phrase"),
    [
        # The 2-cycle of the double well at eta = 1.1 attracts all of (0.1, 1.3) but the fixed point and what meets it.
        ({"conclusion": {"kind": "cycle", "period": 2}, "for": "almost every start"}, "HOLDS", "measure zero"),
        (
            {"conclusion": {"kind": "cycle", "period": 2}},
            "REFUTED",
            "x = 1: the orbit is on no cycle: it comes to rest",
        ),
        ({"conclusion": {"kind": "cycle", "period": 4}, "for": "almost every start"}, "REFUTED", "a cycle of period 2"),
        (
            {"conclusion": {"kind": "cycle", "inequality": "x > 1"}, "for": "almost every start"},
            "REFUTED",
            "at a point of its",
        ),
        ({"conclusion": CONVERGES, "for": "almost every start"}, "REFUTED", "at all starts within"),
        ({"conclusion": CONVERGES, "for": "some start", "eta": "0.9"}, "HOLDS", "the orbit converges"),
        ({"conclusion": {"kind": "diverges"}, "for": "some start"}, "UNDECIDED", "does not exclude one"),
        ({"conclusion": CONVERGES, "at_least": "1/2", "eta": "0.9"}, "HOLDS", ""),
        ({"conclusion": {"kind": "bounded"}, "region": {"x": [2, 3]}}, "REFUTED", "the orbit diverges"),
        ({"conclusion": {"kind": "bounded"}}, "HOLDS", ""),
        ({"conclusion": {"kind": "limit", "inequality": "x_final > 0"}, "eta": "0.9"}, "HOLDS", ""),
        ({"conclusion": {"kind": "limit", "inequality": "x_final < 1/2"}, "eta": "0.9"}, "REFUTED", "at the limit"),
        ({"conclusion": {"kind": "limit", "inequality": "loss_final < 1"}, "eta": "0.9"}, "HOLDS", ""),
        ({"conclusion": {"kind": "limit", "inequality": "x_final > 1"}, "eta": "0.9"}, "REFUTED", "is exactly 0"),
        # Some of these starts stay, and one rests.
        ({"conclusion": {"kind": "diverges"}, "eta": "1.45"}, "REFUTED", "the step carries the box"),
        ({"conclusion": {"kind": "diverges"}, "region": {"x": 1}}, "REFUTED", "the orbit is bounded"),
    ],
)
def test_quantifiers_and_conclusions(changes: dict[str, object], wanted: str, phrase: str) -> None:
    standing, sentence = verdict(**{**WELL, **changes})
    assert standing == wanted, sentence
    assert phrase in sentence


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # x_t = (9/10)^t x_0 exactly, |x_0| < 2.
        ({"inequality": "x**2 <= 4*(81/100)**1*1.0001/(1 + (t - 1)/10)", "from": 1, "until": 5}, "HOLDS"),
        ({"inequality": "loss <= 5/(eta*t)", "from": 1, "until": 500}, "HOLDS"),
        ({"inequality": "t*loss <= 4/100", "until": 500}, "REFUTED"),
        ({"inequality": "x**2 < 1", "from": 7, "until": 9}, "HOLDS"),  # 0.9^7 = 0.478 and 2 * 0.478 < 1
        ({"inequality": "x**2 < 1", "from": 6, "until": 9}, "REFUTED"),  # 0.9^6 = 0.531
        ({"inequality": "x**2 < 1", "from": 7}, "HOLDS"),
        ({"inequality": "x**2 > 0.03**2", "until": 10}, "HOLDS"),  # 0.1 * 0.9^10 = 0.0349
        ({"inequality": "x**2 > 0.03**2", "until": 12}, "REFUTED"),  # 0.1 * 0.9^12 = 0.0282
    ],
)
def test_inequalities_at_some_of_the_steps(said: dict[str, object], wanted: str) -> None:
    found = verdict(**PARABOLA, eta="0.1", conclusion={"kind": "along", **said})
    assert found[0] == wanted, found


def test_an_orbit_that_leaves_before_the_steps_of_an_inequality_is_looked_at() -> None:
    said = {"kind": "along", "inequality": "x < 2", "from": 30, "until": 100}
    standing, sentence = verdict(**{**WELL, "region": {"x": [2, 3]}, "conclusion": said})
    assert standing == "REFUTED", sentence  # far out x alternates in sign, and is above 2 at every other step
    assert "at step 30" in sentence  # and not before, though the start is above 2
    again = verdict(**{**WELL, "region": {"x": [2, 3]}, "conclusion": {**said, "inequality": "x**2 < 2"}})
    assert again[0] == "REFUTED", again


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": {"x": "x - eta*gx"}, "optimizer": "sign"}, "leave out the optimizer"),
        ({"state": {"m": 0}}, r"state is what a \[step\] carries"),
        ({"step": {"x": "x - eta*gx", "m": "m"}}, "gives m, which is no state"),
        ({"step": {"x": "x - eta*gx"}, "state": {"m": 0}}, "has no formula for m"),
        ({"step": {"x": "x - eta*gz"}}, "step.x: unknown name 'gz'"),
        ({"step": {"x": "x - eta*gx"}, "state": {"x": 0}}, "state.x is a parameter"),
        ({"for": "most starts"}, "for is one of every start, almost every start, some start, got 'most starts'"),
        ({"for": "some start", "at_least": "1/2"}, "at_least is about every start"),
        ({"at_least": "3/2"}, "at_least is a fraction"),
        ({"weight_decay": "-1"}, "weight_decay is at least 0"),
        ({"conclusion": {"kind": "cycle", "period": 1}}, "a period of at least 2"),
        ({"conclusion": {"kind": "cycle", "period": "2"}}, "conclusion.period is a whole number"),
        ({"conclusion": {"kind": "along", "inequality": "x < t"}}, "give until"),
        ({"conclusion": {"kind": "along", "inequality": "x < 2", "from": 5, "until": 3}}, "along goes from"),
        ({"conclusion": {"kind": "limit", "inequality": "x < x_last"}}, "unknown name 'x_last'"),
        ({"optimizer": "sam", "constants": {"rho": "-1"}}, "rho, the radius, is at least 0"),
        (
            {"loss": "x**2 + beta", "constants": {"beta": 1}, "optimizer": "heavy-ball"},
            "beta is the momentum of heavy-ball",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        claim(**{**PARABOLA, "eta": "0.1", "conclusion": CONVERGES, **changes})


def test_matrices_are_written_out() -> None:
    written = claim(
        parameters={"A": "2x2", "u": "2", "c": "1"},
        constants={"M": [[2, "1/2"], [0, 1]], "v": [1, 3]},
        **{"with": {"E": "A*transpose(A) - M", "r": "A*u - v"}},
        loss="sumsq(E) + norm(r)**2 + trace(M*A) + dot(u, v)*c + c**2",
        eta="0.01",
        region={"A": [-1, 1], "A_1_2": "1/2", "u": [0, 1], "c": [0, 1]},
        conclusion=CONVERGES,
    ).parts[0]
    assert isinstance(written, OrbitStatement)
    loss = written.model.loss
    assert loss is not None
    a = sp.Matrix(2, 2, loss.parameters[:4])
    u, c = sp.Matrix(loss.parameters[4:6]), loss.parameters[6]
    target, v = sp.Matrix([[2, sp.Rational(1, 2)], [0, 1]]), sp.Matrix([1, 3])
    residual, rest = a * a.T - target, a * u - v
    known = sum(e**2 for e in residual) + sum(e**2 for e in rest) + (target * a).trace() + u.dot(v) * c + c**2
    assert sp.expand(loss.expression - known) == 0
    assert [str(p) for p in loss.parameters] == ["A_1_1", "A_1_2", "A_2_1", "A_2_2", "u_1", "u_2", "c"]
    bounds = dict(zip(map(str, written.region.variables), written.region.bounds, strict=True))
    half = sp.Rational(1, 2)
    assert (bounds["A_2_1"], bounds["A_1_2"]) == ((-1, 1), (half, half))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("A*A", "a 2 x 3 matrix \\* a 2 x 3 matrix does not fit"),
        ("sumsq(A + u)", "a 2 x 3 matrix \\+ a vector of 3 does not fit"),
        ("A*u", "a vector of 2 stands where a number is expected"),
        ("trace(A)", "trace takes a square matrix, got a 2 x 3 matrix"),
        ("dot(u, A)", "dot takes two of one shape"),
        ("max(u, 1)", "max takes numbers"),
        ("sumsq(u, u)", "sumsq takes 1 vector or matrix"),
        ("norm(1)", "norm takes 1 vector or matrix"),
        ("sumsq(1/u)", "a number / a vector of 3 does not fit"),
        ("u**2", "a vector of 3 \\*\\* a number does not fit"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(loss: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        claim(parameters={"A": "2x3", "u": "3"}, loss=loss, eta="0.1", region={"A": 1, "u": 1}, conclusion=CONVERGES)


@pytest.mark.parametrize("shape", ["0", "2x", "x2", "100x100", "2x2x2", "two", "-1"])
def test_shapes_that_are_none_are_refused(shape: str) -> None:
    with pytest.raises(InputError, match=r"parameters\.A is"):
        claim(parameters={"A": shape}, loss="sumsq(A)", eta="0.1", region={"A": 1}, conclusion=CONVERGES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4\n", ""),
        ("a,b\n1,2\n3\n", "has a line of names and 1 to 1000 lines of as many numbers"),
        ("a,b\n", "has a line of names"),
        ("", "has a line of names"),
        ("a,b\n1,nan\n", "data.b must be finite"),
        ("a,b\n1,two\n", "data.b: unknown name 'two'"),
        ("a,1\n1,2\n", "1"),
        ("a,b\n" + "1,2\n" * 1001, "has a line of names"),
        ("a,b\n" + "1,2\n" * 300_000, "is larger than 1 MiB"),
        (None, "cannot read the data"),
    ],
)
def test_data_by_path(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "points.csv").write_text(text)
    entries = {"loss": "mean((a*x - b)**2)", "parameters": "x", "data": "points.csv", "eta": "0.1", "region": {"x": 1}}
    given = msgspec.convert({**entries, "conclusion": CONVERGES}, Entries)
    if message:
        with pytest.raises(InputError, match=message):
            specification_of(given, tmp_path)
    else:
        loss = specification_of(given, tmp_path).model.loss
        assert loss is not None
        assert sp.expand(loss.expression - ((loss.parameters[0] - 2) ** 2 + (3 * loss.parameters[0] - 4) ** 2) / 2) == 0


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # In turn 1/10 and c on curvatures 1 and 4: |(1 - 4/10)(1 - 4c)| = 1 at c = 2/3.
        ({"eta_cycle": ["0.1", "0.66"], "loss": "x**2/2 + 2*y**2"}, "HOLDS"),
        ({"eta_cycle": ["0.1", "0.67"], "loss": "x**2/2 + 2*y**2"}, "REFUTED"),
        # Every second iterate of an alternating orbit has the sign of the start.
        ({"eta": "0.48", "every": 2, "conclusion": {"kind": "along", "inequality": "y > 0"}, "loss": "x**2/2 + 2*y**2"}, "HOLDS"),
        ({"eta": "0.48", "conclusion": {"kind": "along", "inequality": "y > 0"}, "loss": "x**2/2 + 2*y**2"}, "REFUTED"),
        ({"eta": "0.2", "minima": {"all": "x*y = 1"}, "conclusion": {"kind": "converges", "to": "all"}}, "HOLDS"),
        (
            {
                "eta": "0.2",
                "loss": "(x*y - 1)**2/2 + (x**2 + y**2)/20",
                "minima": {"balanced": ["x - y", "x*y - 9/10"]},
                "conclusion": {"kind": "converges", "to": "balanced"},
            },
            "HOLDS",
        ),
    ],
)  # fmt: skip
def test_turns_and_named_minima(changes: dict[str, object], wanted: str) -> None:
    given = {"parameters": "x y", "loss": "(x*y - 1)**2/2", "region": {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"]}}
    found = verdict(**{**given, "conclusion": CONVERGES, **changes})
    assert found[0] == wanted, found


def test_rows_of_data_without_names() -> None:
    rows = [[1, 2], [-1, "1/2"]]
    region = {"w": [-1, 1]}
    vectors = claim(
        parameters={"w": "2"}, data=rows, loss="mean((a*w - 1)**2)", eta="0.1", region=region, conclusion=CONVERGES
    )
    numbers = claim(
        parameters="w", data=[1, 3], loss="sum((a*w - 1)**2)", eta="0.1", region=region, conclusion=CONVERGES
    )
    for found, wanted in (
        (vectors, "((w_1 + 2*w_2 - 1)**2 + (-w_1 + w_2/2 - 1)**2)/2"),
        (numbers, "(w - 1)**2 + (3*w - 1)**2"),
    ):
        (part,) = found.parts
        assert isinstance(part, OrbitStatement)
        loss = part.model.loss
        assert loss is not None
        assert sp.expand(loss.expression - Loss.parse(wanted, loss.parameters).expression) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minima": {"wrong": "x*y = 2"}}, "minima.wrong: the gradient is not shown to vanish"),
        ({"minima": {"none": []}}, "minima.none is given by polynomial equations"),
        ({"minima": {"two": "x = y = 1"}}, "minima.two has one equation a text"),
        ({"minima": {"free": "1 = 0"}}, "minima.free has an equation that is none"),
        (
            {"minima": {"all": "x*y = 1"}, "optimizer": "heavy-ball", "constants": {"beta": "1/2"}},
            "plain gradient descent",
        ),
        ({"eta_cycle": ["0.1"]}, "leave out eta and eta_range"),
        ({"eta": None, "eta_cycle": ["-1"]}, "positive rational step sizes"),
        ({"eta": None, "eta_cycle": ["1/100"] * 17}, "at most 16 steps"),
        ({"every": 0}, "every is at least 1"),
        ({"every": 2, "step_size": "eta/(t + 1)"}, "steps in turn, or several at once"),
        ({"data": [[1, 2], [3]]}, "the rows of data are lists of numbers of one length"),
    ],
)
def test_turns_and_minima_that_cannot_be_meant(changes: dict[str, object], message: str) -> None:
    given = {"parameters": "x y", "loss": "(x*y - 1)**2/2", "region": {"x": [1, 2], "y": [1, 2]}, "eta": "0.1"}
    with pytest.raises(InputError, match=message):
        claim(**{**given, "conclusion": CONVERGES, **changes})


BOWL = {"loss": "2*x**2 + y**2 + z**2/2 + x**4/100", "parameters": "x y z", "eta": "0.3"}
BOWL |= {"region": {n: ["0.1", "1"] for n in "xyz"}}


@pytest.mark.parametrize(
    ("inequality", "wanted"),
    [
        # The Hessian is diagonal, of 4 + 0.12 x^2, 2 and 1.
        pytest.param("eigenvalue(2) <= 2", "HOLDS", marks=pytest.mark.deep),
        ("eigenvalue(2) < 1.99", "REFUTED"),
        # It is 2 everywhere: an enclosure does not tell that it is not less.
        pytest.param("eigenvalue(2) < 2", "UNDECIDED", marks=pytest.mark.deep),
        pytest.param("sharpness >= 4", "HOLDS", marks=pytest.mark.deep),
        ("sharpness <= 4.1", "REFUTED"),
        ("eigenvalue(3) >= 0.99", "HOLDS"),
    ],
)
def test_eigenvalues_of_three_parameters(inequality, wanted):
    assert verdict(**BOWL, conclusion={"kind": "along", "inequality": inequality})[0] == wanted


@pytest.mark.parametrize(("text", "names"), [("(x*y - 1)**2/2 + x**4", "x y"), ("(x*y*z - 2)**2 + x*y", "x y z")])
def test_overlaps_are_squared_components_of_the_top_eigenvector(text, names):
    of = model_of_loss(Loss.parse(text, names))
    at = np.random.default_rng(0).uniform(0.5, 2, len(of.loss.parameters))
    values = dict(zip(of.loss.parameters, at, strict=True))
    top = np.linalg.eigh(np.array(of.hessian.subs(values), float))[1][:, -1]
    for name, component in zip(names.split(), top, strict=True):
        overlap = with_quantities(names_with_quantities(of, {})["overlap"].members[name], of, {})
        (found,) = reference.evaluate(program_of([overlap], of.loss.parameters), list(at))
        assert float(found) == pytest.approx(component**2, rel=1e-10)


@pytest.mark.parametrize(
    ("eta", "wanted"),
    # Of (x y)^2 with 2 eta |x y| < 1 the top eigenvector turns away from the axis of x where the product grows faster
    # than |y^2 - x^2| shrinks (Wang & Roberts): |(1 - 2 eta x^2)(1 - 2 eta y^2)| > 1 - 4 eta^2 x^2 y^2. From
    # y^2 = 81 .. 100 that is so at eta = 0.013 and not at 0.009.
    [("0.013", "REFUTED"), ("0.009", "HOLDS")],
)
def test_the_top_eigenvector_turns(eta, wanted):
    region = {"x": ["0.001", "0.002"], "y": ["9", "10"]}
    said = {"kind": "along", "inequality": "overlap(x) >= 1 - 10**-6", "until": 3}
    assert verdict(loss="(x*y)**2", parameters="x y", eta=eta, region=region, conclusion=said)[0] == wanted


@pytest.mark.parametrize(("bound", "wanted"), [("2", "HOLDS"), ("1.9", "REFUTED")])
def test_means_over_time(bound, wanted):
    # x_t = x (-1/2)^t: t times the mean of the steps before is at most x, with equality at t = 1.
    region = {"x": ["1", "2"]}
    said = {"kind": "along", "inequality": f"t*m <= {bound}", "from": 1, "until": 40}
    entries = {"loss": "x**2/2", "parameters": "x", "region": region, "averages": {"m": "x"}, "eta": "1.5"}
    assert verdict(**entries, conclusion=said)[0] == wanted


def test_the_mean_of_the_loss_of_a_built_in_model():
    entries = {"model": "degree-2", "eta": "0.1", "region": {"x": ["1", "1.2"], "y": ["1", "1.2"]}}
    for bound, wanted in (("loss_mean <= 0.1", "HOLDS"), ("loss_mean <= 0.01", "REFUTED")):
        said = {"kind": "along", "inequality": bound, "from": 1, "until": 30}
        assert verdict(**entries, averages={"loss_mean": "loss"}, conclusion=said)[0] == wanted


@pytest.mark.parametrize(("eta", "wanted"), [("9/10/sharpness_min", "HOLDS"), ("21/10/sharpness_min", "REFUTED")])
def test_the_sharpness_of_the_flattest_minimum(eta, wanted):
    region = {"x": ["0.9", "1.1"], "y": ["0.9", "1.1"]}
    said = {"kind": "converges"}
    assert verdict(loss="(2 - 2*x*y)**2/8", parameters="x y", eta=eta, region=region, conclusion=said)[0] == wanted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": ["eigenvalue(4) > 0"]}, "there is no eigenvalue"),
        ({"where": ["eigenvalue(9) > 0"]}, "is not known"),
        ({"where": ["eigenvalue > 0"]}, "needs its argument"),
        ({"where": ["overlap(q) > 0"]}, "it is one of x, y, z"),
        ({"where": ["gfs_sharpness > 0"]}, "has no gfs_sharpness"),
        ({"averages": {"x": "y"}}, "averages.x"),
        ({"averages": {"m": "q"}}, "averages.m"),
        ({"averages": {"m": "y"}}, "and until"),
        ({"where": ["overlap(x) > 1/2"], "loss": "(x**2 + y**2 + z**2)/2"}, "double everywhere"),
        ({"eta": "1/sharpness_min"}, "sharpness_min is known of"),
    ],
)
def test_quantities_that_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        claim(**{**BOWL, "conclusion": CONVERGES, **changes})


CURVE = {"loss": "(x*y - 1)**2/2", "parameters": "x y", "eta": "0.3", "where": ["x > 0", "y > 0", "x*y > 1.1"]}
CURVE |= {"region": {"x": ["1", "1.6"], "y": ["0.8", "1.2"]}}
FLATTER = {"kind": "limit", "inequality": "sharpness_other_final <= sharpness_final"}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # (x^2 - y^2)' = (x^2 - y^2)(1 - eta^2 r^2): the larger step ends flatter, the smaller one sharper.
        ({**CURVE, "eta_other": "4/3*eta", "conclusion": FLATTER}, "HOLDS"),
        ({**CURVE, "eta_other": "0.2", "conclusion": FLATTER}, "REFUTED"),
        (
            {**PARABOLA, "eta": "0.5", "eta_other": "1", "conclusion": {"kind": "along", "inequality": "x_other <= x"}},
            "HOLDS",
        ),
        (
            {
                **PARABOLA,
                "eta": "0.5",
                "eta_other": "0.4",
                "conclusion": {"kind": "along", "inequality": "x_other <= x"},
            },
            "REFUTED",
        ),
        (
            {
                **PARABOLA,
                "eta": "0.5",
                "eta_other": "0.4",
                "conclusion": {"kind": "along", "inequality": "loss <= loss_other"},
            },
            "HOLDS",
        ),
        # With momentum 1/2 the edge is at 3: the second orbit leaves.
        (
            {
                **PARABOLA,
                "optimizer": "heavy-ball",
                "constants": {"beta": "0.5"},
                "eta": "0.5",
                "eta_other": "3.1",
                "conclusion": CONVERGES,
            },
            "REFUTED",
        ),
    ],
)
def test_two_step_sizes(changes, wanted):
    assert verdict(**changes)[0] == wanted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eta_other": "0"}, "eta_other"),
        ({"eta_other": "q"}, "unknown name"),
        ({"eta_other": "0.2", "eta": "1/sharpness"}, "give eta as numbers"),
        ({"eta_other": "0.2", "conclusion": {"kind": "final-sharpness", "high": "3"}}, "of two orbits"),
        ({"eta_other": "0.2", "parameters": "x x_other", "loss": "x**2 + x_other**2"}, "call it otherwise"),
    ],
)
def test_second_step_sizes_that_are_refused(changes, words):
    region = {"x": ["0.1", "1"], **({"x_other": ["0.1", "1"]} if "parameters" in changes else {})}
    with pytest.raises(InputError, match=words):
        claim(**{**PARABOLA, "eta": "0.3", "conclusion": CONVERGES, "region": region, **changes})


SEPARABLE = {"loss": "(softplus(-x - y) + softplus(-2*x + y))/2", "parameters": "x y", "eta": "8"}
SEPARABLE |= {"region": {"x": ["-1", "1"], "y": ["-1", "1"]}}
RIGHT = {**WELL, "eta": "0.3"}
LOGARITHM = {"loss": "exp(-x)", "parameters": "x", "eta": "1"}


@pytest.mark.parametrize(
    ("entries", "quantity", "limit", "wanted"),
    [
        # Bounded, and slowly rising; at a degenerate minimum; towards a limit that is passed.
        ({**LOGARITHM, "region": {"x": ["0", "1"]}}, "20*x/(20 + x)", "infinity", "UNDECIDED"),
        ({**LOGARITHM, "region": {"x": ["0", "1"]}}, "x", "12", "UNDECIDED"),
        ({**LOGARITHM, "region": {"x": ["0", "1"]}}, "x", "infinity", "HOLDS"),
        ({**PARABOLA, "loss": "x**8/8", "eta": "0.5", "region": {"x": ["0.5", "1"]}}, "x", "0.17", "UNDECIDED"),
        # On the 2-cycle of 3 sqrt(1 + x^2) at eta = 1 it is x^2 = 5/4.
        ({**PARABOLA, "loss": "3*sqrt(1 + x**2)", "eta": "1"}, "x**2", "5/4", "HOLDS"),
        ({**PARABOLA, "loss": "3*sqrt(1 + x**2)", "eta": "1"}, "x", "0", "REFUTED"),
        # No minimum: the loss goes to 0 as 1/t, the parameters to infinity as log t.
        (SEPARABLE, "loss", "0", "HOLDS"),
        (SEPARABLE, "x**2 + y**2", "infinity", "HOLDS"),
        (SEPARABLE, "loss", "1/1000", "UNDECIDED"),
        (RIGHT, "x**3", "1", "HOLDS"),
        (RIGHT, "x**3 + eta", "1 + eta", "HOLDS"),
        (RIGHT, "x**3", "1.0001", "REFUTED"),
        (RIGHT, "1/x", "infinity", "REFUTED"),
        # Beyond the edge there is a cycle of two points, on which x^3 is not constant.
        (WELL, "x**3", "1", "REFUTED"),
    ],
)
def test_where_quantities_tend(entries, quantity, limit, wanted):
    said = {"kind": "tends", "quantity": quantity, "limit": limit}
    assert verdict(**entries, conclusion=said)[0] == wanted


@pytest.mark.parametrize("limit", ["x", "infinity + 1", "", "q"])
def test_limits_that_are_refused(limit):
    with pytest.raises(InputError, match=r"conclusion\.limit|unknown name"):
        claim(**RIGHT, conclusion={"kind": "tends", "quantity": "x", "limit": limit})


@pytest.mark.parametrize(
    ("entries", "wanted", "words"),
    [
        # The edge of (x^2 - 1)^2/4 at 1 is at eta = 1.
        ({**WELL, "eta": ["1.1", "0.9"]}, "HOLDS", "at eta = 9/10"),
        ({**WELL, "eta": ["1.1", "1.2"]}, "REFUTED", "at every step size"),
        ({**WELL, "eta": None, "eta_range": ["0.95", "1.05"]}, "HOLDS", "at eta = 19/20"),
        # Between the ends others might do.
        ({**WELL, "eta": None, "eta_range": ["1.05", "1.2"]}, "UNDECIDED", "others were not tried"),
    ],
)
def test_some_step_size(entries, wanted, words):
    standing, sentence = verdict(**entries, conclusion=CONVERGES, for_eta="some step size")
    assert (standing, words in sentence) == (wanted, True)


def test_quantifiers_of_step_sizes_that_are_refused():
    with pytest.raises(InputError, match="for_eta is one of"):
        claim(**WELL, conclusion=CONVERGES, for_eta="most step sizes")


def varied(loss, region, **entries):
    return {"loss": loss, "parameters": entries.pop("parameters", "x"), "region": region, **entries}


MOMENTUM = varied(
    "a*x**2/2", {"x": ["0.5", "1"], "a": ["0.1", "5"], "beta": ["0", "0.9"]}, optimizer="heavy-ball", eta="1"
)


@pytest.mark.parametrize(
    ("entries", "said", "wanted"),
    [
        # The edge of heavy ball is eta a < 2 (1 + beta).
        ({**MOMENTUM, "where": ["a < 2*(1 + beta)"]}, CONVERGES, "HOLDS"),
        ({**MOMENTUM, "where": ["a < 2.05*(1 + beta)"]}, CONVERGES, "REFUTED"),
        # The sharpness at x = c of c (x - c)^2/2 is c.
        (
            varied("c*(x - c)**2/2", {"x": ["0.5", "1"], "c": ["1", "2"]}, eta="0.5"),
            {"kind": "final-sharpness", "low": "0.99*c", "high": "1.01*c"},
            "HOLDS",
        ),
        (
            varied("c*(x - c)**2/2", {"x": ["0.5", "1"], "c": ["1", "2"]}, eta="0.5"),
            {"kind": "final-sharpness", "low": "1", "high": "1.8"},
            "REFUTED",
        ),
        (
            varied(
                "(x*y - c)**2/2",
                {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"], "c": ["0.5", "1.5"]},
                parameters="x y",
                eta="0.2",
            ),
            {"kind": "limit", "inequality": "abs(x_final*y_final - c) < 1/10**6"},
            "HOLDS",
        ),
        (
            varied(
                "(x*y - c)**2/2",
                {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"], "c": ["0.5", "1.5"]},
                parameters="x y",
                eta="0.2",
            ),
            {"kind": "along", "inequality": "loss <= (0.9 - c)**2", "from": 1},
            "REFUTED",
        ),
        # At x = sqrt(c) the curvature is 2 c: the edge is at eta c = 1.
        (
            varied("x**4/4 - c*x**2/2", {"x": ["0.1", "0.9"], "c": ["0.5", "0.9"]}, eta="1"),
            CONVERGES,
            "HOLDS",
        ),
        (
            varied("x**4/4 - c*x**2/2", {"x": ["0.1", "0.9"], "c": ["0.5", "1.2"]}, eta="1"),
            CONVERGES,
            "REFUTED",
        ),
    ],
)
def test_constants_as_further_dimensions(entries, said, wanted):
    assert verdict(**entries, conclusion=said)[0] == wanted


@pytest.mark.parametrize(("most", "wanted"), [("0.8", "HOLDS"), ("1.2", "REFUTED")])
def test_the_parameter_of_a_map_that_has_no_loss(most, wanted):
    # The cubic map has its first flip at a = 1.
    region = {"z": ["-0.4", "0.4"], "a": ["0.5", most]}
    assert verdict(model="cubic-map", eta="1", region=region, conclusion=CONVERGES)[0] == wanted


def test_a_counterexample_names_the_constant():
    entries = varied("x**4/4 - c*x**2/2", {"x": ["0.1", "0.9"], "c": ["1.1", "1.2"]}, eta="1")
    assert "c = 1.1" in verdict(**entries, conclusion=CONVERGES)[1]


def test_names_that_are_neither_parameters_nor_constants():
    with pytest.raises(InputError, match="no coordinates"):
        claim(**{**PARABOLA, "region": {"x": ["0.1", "1"], "q": ["0", "1"]}, "eta": "0.5"}, conclusion=CONVERGES)


HUBER = {"loss": "piecewise(abs(x) <= 1, x**2/2, abs(x) - 1/2)", "parameters": "x", "region": {"x": ["-3", "3"]}}


@pytest.mark.parametrize(
    ("entries", "said", "wanted"),
    [
        ({**HUBER, "eta": "0.5"}, CONVERGES, "HOLDS"),
        ({**HUBER, "eta": "2.1"}, CONVERGES, "REFUTED"),
        # Down to a kink from one side, and down from it on the other.
        (
            {**PARABOLA, "loss": "piecewise(x > 0, -x, x**2/2)", "eta": "0.5", "region": {"x": ["-1", "-0.5"]}},
            CONVERGES,
            "UNDECIDED",
        ),
        # Curved upwards on both sides, and down from the kink on one.
        (
            {**PARABOLA, "loss": "piecewise(x > 0, x**2 - x, x**2/2)", "eta": "0.5", "region": {"x": ["-1", "-0.5"]}},
            CONVERGES,
            "UNDECIDED",
        ),
        (
            {**PARABOLA, "loss": "max(0, -x)**2/2 - max(0, x)**3", "eta": "0.5", "region": {"x": ["-1", "-0.5"]}},
            CONVERGES,
            "UNDECIDED",
        ),
        # It never exceeds its largest value on the region.
        ({**HUBER, "eta": "0.5"}, {"kind": "along", "inequality": "loss <= 5/2"}, "HOLDS"),
        # Leaky ReLU of slopes 1 and 1/10, squared: curvatures 1 and 1/100.
        (
            {"loss": "piecewise(x > 0, x, x/10)**2/2", "parameters": "x", "region": {"x": ["-1", "1"]}, "eta": "1.9"},
            CONVERGES,
            "HOLDS",
        ),
        (
            {
                "loss": "piecewise(x > 0, x, x/10)**2/2",
                "parameters": "x",
                "region": {"x": ["-1", "-0.5"]},
                "eta": "2.5",
            },
            {"kind": "monotone", "quantity": "loss", "direction": "nonincreasing"},
            "HOLDS",
        ),
        # Steps of one length towards 0.
        (
            {**PARABOLA, "eta": "0.3", "step": {"x": "x - eta*sign(gx)"}},
            {"kind": "along", "inequality": "abs(x) <= 2"},
            "HOLDS",
        ),
    ],
)
def test_pieces_and_signs(entries, said, wanted):
    assert verdict(**entries, conclusion=said)[0] == wanted


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("piecewise(x, 1, 2)", "begins with a comparison"),
        ("piecewise(x > 1, 2)", "takes a comparison and two"),
        ("piecewise(x == 1, x, 2)", "begins with a comparison"),
        ("piecewise", "unknown name"),
        ("piecewise(x > 1, x, 2, 3)", "separates"),
    ],
)
def test_choices_that_are_refused(loss, words):
    with pytest.raises(InputError, match=words):
        claim(**{**PARABOLA, "loss": loss, "eta": "0.5"}, conclusion=CONVERGES)


def test_constant_eigenvalues_are_exact():
    bowl = {"loss": "x**2 + y**2/2 + z**2/2 + x*y + y*z", "parameters": "x y z", "eta": "0.5"}
    region = {n: ["1", "2"] for n in "xyz"}
    largest = max(np.linalg.eigvalsh([[2, 1, 0], [1, 1, 1], [0, 1, 1]]))
    for bound, wanted in ((f"{largest + 1e-9:.12f}", "HOLDS"), (f"{largest - 1e-9:.12f}", "REFUTED")):
        said = {"kind": "along", "inequality": f"sharpness <= {bound}", "until": 3}
        assert verdict(**bowl, region=region, conclusion=said)[0] == wanted


def test_of_two_orbits_the_pair_is_named():
    standing, sentence = verdict(**{**WELL, "eta": "0.5"}, eta_other="1.1", conclusion=CONVERGES)
    assert standing == "REFUTED"
    assert "the pair of orbits does not converge" in sentence
