"""The door of claim files: what a file says, read once into expressions; what cannot be meant is refused in one sentence."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import msgspec
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.parts.argued import Argued
from edgestab.theory.region import Region
from edgestab.theory.statement import StepSizes
from edgestab.theory.symbols import ETA, symbols
from edgestab.verify.claim_files.door import read, specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import Specification, claim_of
from tests.models_under_test import cached

R = sp.Rational
x, y, b = symbols("x y b")
FINAL = symbols("x_final y_final")
QUARTIC = cached("quartic")


def said(**changes: object) -> Specification:
    entries = {"region": {"x": [3, 3.4], "y": ["0.1", "0.5"]}, "model": "quartic", "eta": 0.2, **changes}
    return specification_of(msgspec.convert({k: v for k, v in entries.items() if v is not None}, Entries))


def test_a_file_is_read_into_what_it_means(tmp_path: Path) -> None:
    path = tmp_path / "claim.toml"
    path.write_text(
        'name = "mine"\nmodel = "quartic"\neta_range = [0.1, "1/5"]\nwhere = ["x*y != k"]\nconstants = {k = 1}\n'
        '[region]\noffset = [0.05, "k/5"]\nb = 0.1\n[conclusion]\nkind = "converges"\nto = "xy = 1"\n'
    )
    found = read(path)
    plain = Region.in_coordinates(QUARTIC, {"offset": (0.05, 0.2), "b": (0.1, 0.1)})
    own = dict(zip(QUARTIC.own.step.state, plain.start, strict=True))
    assert found.region == Region(plain.variables, plain.bounds, plain.start, (sp.Ne(x * y, 1).xreplace(own),))
    assert found.step_sizes == StepSizes.between(0.1, 0.2)
    assert found.model == QUARTIC
    assert found.conclusion == Converges("xy = 1")
    claim = claim_of(found)
    assert (claim.id, claim.words) == ("user.mine", "From every start of the region: converges.")
    assert claim.parts == (Argued("mine", QUARTIC, found.step_sizes, found.region, Converges("xy = 1")),)


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "claim.toml"
    for text in ("name = 1", "[region]\nx = [1, 2]\ny = 1", "name"):
        path.write_text(text)
        with pytest.raises(InputError) as refused:
            read(path)
        assert str(refused.value).startswith(f"{path}: ")


def test_behind_the_door_only_names_are_text() -> None:
    found = said(conclusion={"kind": "along", "inequality": "x*y <= 2"}, where=["x > y"], statement="In words.")
    texts = {f.name for f in fields(found) if isinstance(getattr(found, f.name), str)}
    assert texts == {"name", "words", "quantifier"}
    assert found.words == "In words."


def test_a_file_without_a_conclusion_is_no_claim() -> None:
    with pytest.raises(InputError, match=r"there is no \[conclusion\] table"):
        claim_of(said())


@pytest.mark.parametrize(
    ("conclusion", "wanted"),
    [
        ({"kind": "converges"}, Converges()),
        ({"kind": "diverges"}, Diverges()),
        ({"kind": "final-sharpness", "high": "2/eta"}, FinalSharpness(-sp.oo, 2 / ETA)),
        (
            {"kind": "final-sharpness", "low": "c*x_final", "high": 100.5, "to": "xy = -1"},
            FinalSharpness(3 * FINAL[0], R(201, 2), "xy = -1"),
        ),
        ({"kind": "along", "inequality": "x*y <= 2"}, Along(2 - x * y)),
        ({"kind": "along", "inequality": "c*x > y/eta"}, Along(3 * x - y / ETA, strict=True)),
        ({"kind": "monotone", "quantity": "x**2 + c", "direction": "nonincreasing"}, Monotone(x**2, "nonincreasing")),
        (
            {"kind": "monotone", "quantity": "gfs_sharpness", "direction": "nondecreasing"},
            Monotone(QUARTIC.own.gfs_sharpness, "nondecreasing"),
        ),
    ],
)
def test_every_kind_of_conclusion(conclusion: dict[str, object], wanted: object) -> None:
    assert said(conclusion=conclusion, constants={"c": 3}).conclusion == wanted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eta_range": [0.1, 0.2]}, "give the step size either as eta"),
        ({"eta": None}, "give the step size either as eta"),
        ({"eta": None, "eta_range": [0.1]}, "eta_range takes two numbers, got 1"),
        ({"eta": "sqrt(2)/10"}, "step size must be rational"),
        ({"eta": "0.1 +"}, r"step size: .* \(column"),
        ({"eta": True}, "Expected"),
        ({"constants": {"eta": 1}}, "eta is the step size"),
        ({"constants": {"x": 1}}, "x is a coordinate and a constant: call the constant otherwise"),
        ({"constants": {"b": 1}, "region": {"offset": [0, 1], "b": 1}}, "b is a coordinate and a constant"),
        ({"constants": {"c": "q"}}, "c: unknown name 'q'"),
        ({"constants": {"c": float("inf")}}, "c must be finite, got inf"),
        ({"region": {}}, "the region is empty"),
        ({"region": {"x": [1, 2, 3], "y": 1}}, "region.x takes two ends, got 3"),
        ({"region": {"x": [1, "z"], "y": 1}}, r"region\.x: unknown name 'z'"),
        ({"region": {"x": ["c", "2"], "y": 1}, "constants": {"c": 3}}, "the interval of x is empty: 3 .. 2"),
        ({"where": ["x > 1 > y"]}, "is no single inequality"),
        ({"where": ["z > 1"]}, "unknown name 'z'"),
        ({"model": None}, 'give either a model\'s name or loss = "EXPRESSION"'),
        ({"parameters": "x y"}, "leave out parameters and optimizer"),
        ({"conclusion": {"kind": "ends"}}, "unknown kind of conclusion 'ends'; the kinds are along, bounded, converges, "),
        ({"conclusion": {"to": "xy = 1"}}, "unknown kind of conclusion 'None'"),
        ({"conclusion": {"kind": 1}}, "unknown kind of conclusion '1'"),
        ({"conclusion": {"kind": "converges", "to": 1}}, "unknown set of minima '1'"),
        ({"conclusion": {"kind": "along", "inequality": 1}}, r"conclusion\.inequality is a text in quotes, got 1"),
        ({"conclusion": {"kind": "along", "inequality": "0 < x < 1"}}, "is no single inequality"),
        ({"conclusion": {"kind": "diverges", "to": "xy = 1"}}, "a conclusion of kind diverges takes no to"),
        ({"conclusion": {"kind": "converges", "to": "xy = 2"}}, "unknown set of minima 'xy = 2'; this model has xy = -1, xy = 1"),
        ({"conclusion": {"kind": "final-sharpness"}}, "needs low, high or both"),
        ({"conclusion": {"kind": "final-sharpness", "low": "3/eta", "high": "2/eta"}}, r"empty at eta = 1/5"),
        ({"conclusion": {"kind": "final-sharpness", "low": "sqrt(eta - 1)"}}, "not real at eta = 1/5"),
        ({"conclusion": {"kind": "along"}}, "along needs an inequality"),
        ({"conclusion": {"kind": "along", "inequality": "x == y"}}, "with <, <=, > or >="),
        ({"conclusion": {"kind": "monotone", "quantity": "x"}}, "monotone needs quantity"),
        ({"conclusion": {"kind": "monotone", "direction": "up", "quantity": "x"}}, r"conclusion\.direction is one of nonincreasing, nondecreasing, got up"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises((InputError, msgspec.ValidationError), match=message):
        said(**changes)


def test_a_model_without_a_quantity_says_so() -> None:
    wanted = {"kind": "monotone", "quantity": "gfs_sharpness", "direction": "nonincreasing"}
    with pytest.raises(InputError, match="balanced:3 has no gfs_sharpness as an expression: write the quantity out"):
        said(model="balanced:3", region={"rho": [1, 2]}, conclusion=wanted)


def test_quantities_are_written_out_and_a_users_name_comes_first() -> None:
    inequality = {"kind": "along", "inequality": "sharpness <= 3/eta"}
    along = said(model="degree-2", region={"x": [1, 2], "y": [1, 2]}, conclusion=inequality).conclusion
    assert isinstance(along, Along)
    at = {x: sp.Integer(2), y: sp.Rational(1, 2), ETA: sp.Integer(1)}
    # the Hessian of (1 - xy)^2/2 at (2, 1/2) is [[1/4, 1], [1, 4]], whose larger eigenvalue is (17 + sqrt(289))/8
    assert sp.simplify(along.margin.subs(at) - (3 - R(17, 4))) == 0
    loss = symbols("loss")[0]
    own = {"model": None, "loss": "loss**2", "parameters": "loss", "region": {"loss": [1, 2]}}
    mine = said(**own, conclusion={"kind": "along", "inequality": "loss <= 3"}).conclusion
    assert mine == Along(3 - loss, False)


def test_formulas_and_data_are_the_sum_written_out() -> None:
    short = {
        "loss": "mean(softplus(-margin)) + sum(a)*s",
        "with": {"margin": "y*(a*w + b)", "s": "w**2 + b**2"},
        "data": {"a": [1, "1/2", -2], "y": [1, -1, 1]},
    }
    long = {"loss": "(log(1 + exp(-w - b)) + log(1 + exp(w/2 + b)) + log(1 + exp(2*w - b)))/3 - (w**2 + b**2)/2"}
    same = {"model": None, "parameters": "w b", "region": {"w": [-1, 1], "b": [-1, 1]}}
    inequality = {"kind": "along", "inequality": "s <= 4"}
    one = said(**same, **short, conclusion=inequality, where=["s < 1"])
    other = said(**same, **long, conclusion={**inequality, "inequality": "w**2 + b**2 <= 4"}, where=["w**2 + b**2 < 1"])
    assert one.model.loss is not None
    assert other.model.loss is not None
    assert sp.expand(one.model.loss.expression - other.model.loss.expression) == 0
    assert (one.region, one.conclusion) == (other.region, other.conclusion)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"data": {"a": [1, 2], "y": [1]}},
            "the columns of data have one length, of at least 1 and at most 1000: 2 a, 1 y",
        ),
        ({"data": {"a": []}}, "of at least 1 and at most 1000: 0 a"),
        ({"data": {"a": [1] * 1001}}, "at most 1000: 1001 a"),
        ({"data": {"eta": [1]}, "loss": "w**2"}, "'eta' is a column of data and a name of something else"),
        ({"data": {"w": [1]}}, "'w' is a column of data and a name of something else"),
        ({"loss": "a*w**2"}, "'a' has a value for each row of data"),
        ({"loss": "mean(a*mean(a*w))"}, "mean inside sum or mean is not allowed"),
        ({"loss": "sum(w)", "data": {}, "with": {}}, "sum runs over data, and there are none"),
        ({"with": {"w": "a"}}, "'w' has a meaning already"),
        ({"with": {"p": "q*w", "q": "2"}}, "in p: unknown name 'q'"),
        ({"with": {"p": "p + 1"}}, "in p: unknown name 'p'"),
        ({"with": {"exp": "w"}}, "already a function"),
        ({"with": {"p": "mean(a*w)"}, "loss": "mean(p*a)"}, None),
    ],
)
def test_formulas_and_data_that_cannot_be_meant(changes: dict[str, object], message: str | None) -> None:
    entries = {"model": None, "parameters": "w", "loss": "mean(a*w**2)", "data": {"a": [1, 2]}, "region": {"w": [1, 2]}}
    if message is None:
        said(**entries | changes)
        return
    with pytest.raises(InputError, match=message):
        said(**entries | changes)


def test_a_formula_keeps_its_domain() -> None:
    """SymPy makes x of sqrt(x)**2, and 1 of x/x."""
    own = {"model": None, "parameters": "x y", "region": {"x": [1, 2], "y": [1, 2]}}
    found = said(**own, **{"with": {"p": "sqrt(x)**2", "q": "y/y"}}, loss="p**2 + q*y**2").model.loss
    assert found is not None
    assert set(found.domain) == {sp.Ge(x, 0), sp.Ne(y, 0)}
