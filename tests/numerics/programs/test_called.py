"""Programs that others call: eigenvalues against LAPACK and mpmath, the end of gradient flow against its equation."""

from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

from edgestab.errors import InputError
from edgestab.numerics.printers import ball, reference
from edgestab.numerics.printers.helpers import function
from edgestab.numerics.programs import flow_sharpness
from edgestab.numerics.programs.called import called
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Builder, Instruction, Program, program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.eigenvalue import Eigenvalue
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.flow_sharpness import gfs_sharpness_of, least_sharpness_of
from edgestab.theory.models.monomial import monomial_of
from edgestab.theory.models.of_loss import model_of_loss

KINDS = ("plain", "tiny", "huge", "graded", "whole", "nearly of rank one", "diagonal", "zero")


def matrices(kind, n, count, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((count, n, n))
    a = a + a.transpose(0, 2, 1)
    if kind == "graded":
        d = 10.0 ** rng.integers(-8, 8, (count, n))
        return a * d[:, :, None] * d[:, None, :]
    if kind == "nearly of rank one":
        q = rng.standard_normal((count, n, 1))
        return q * q.transpose(0, 2, 1) + 1e-9 * a
    scale = {"tiny": 1e-200, "huge": 1e200, "zero": 0.0}.get(kind, 1.0)
    a = np.round(a) if kind == "whole" else a
    return np.where(np.eye(n) == 1, a, 0.0) if kind == "diagonal" else scale * a


def upper(a):
    n = a.shape[1]
    return [a[:, i, j] for i in range(n) for j in range(i, n)]


def all_eigenvalues(n):
    entries = sp.symbols(f"a0:{n * (n + 1) // 2}", real=True)
    return program_of([Eigenvalue(k, *entries) for k in range(1, n + 1)], entries)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [3, 4, 5])
def test_eigenvalues_are_those_of_lapack(n, kind):
    a = matrices(kind, n, 400)
    found = np.array(reference.evaluate(all_eigenvalues(n), upper(a)))
    wanted = np.linalg.eigvalsh(a)[:, ::-1].T
    assert (abs(found - wanted) <= 8e-15 * abs(wanted).max(axis=0)).all()


@pytest.mark.parametrize("n", [3, 4, 5])
def test_in_ball_arithmetic_the_exact_eigenvalues_are_enclosed(n):
    with precision(128), mpmath.workdps(50):
        for kind in KINDS:
            for a in matrices(kind, n, 3, seed=1):
                exact = sorted(mpmath.eigsy(mpmath.matrix(a.tolist()), eigvals_only=True), reverse=True)
                entries = [flint.arb(float(a[i, j])) for i in range(n) for j in range(i, n)]
                size = max(1e-300, float(abs(a).max()))
                for found, value in zip(ball.evaluate(all_eigenvalues(n), entries), exact, strict=True):
                    assert found.rad() < 1e-20 * size
                    assert abs(found - flint.arb(str(value))) < found.rad() * 2 + flint.arb(size) * flint.arb("1e-40")


def test_a_wide_matrix_has_a_wide_eigenvalue():
    entries = [flint.arb(2, 0.25), flint.arb(0), flint.arb(0), flint.arb(1, 0.25), flint.arb(0), flint.arb(0)]
    (found,) = ball.evaluate(called("eigenvalue_3_1"), entries)
    assert all(found.contains(flint.arb(end)) for end in ("1.75", "2.25"))


def test_what_is_left_of_the_rotations_is_added():
    # Without rotations the diagonal is no eigenvalue: only the sizes of the rest tell.
    program = called("eigenvalue_3_1")
    still = tuple(Instruction("mul", (i.args[0], Fraction(0))) if i.op == "choose" else i for i in program.instructions)
    blind = Program(program.inputs, still, program.outputs)
    entries = [flint.arb(v) for v in (0, 1, 0, 0, 0, -5)]
    (found,) = ball.evaluate(blind, entries)
    assert found.contains(1)


@pytest.mark.parametrize("op", ["eigenvalue_3_1", "eigenvalue_3_3", "flow_1_1_1_1_1_1", "flow_9_4_0_2_1"])
def test_compiled_bits_are_those_of_the_reference(op):
    program = called(op)
    operands = np.random.default_rng(2).uniform(0.1, 3, (len(program.inputs), 50))
    compiled = function(op, program.digest)
    assert [compiled(*o) for o in operands.T] == reference.evaluate(program, list(operands))[0].tolist()


def test_undefined_entries_have_no_eigenvalue():
    for bad in (np.nan, np.inf):
        assert np.isnan(reference.evaluate(called("eigenvalue_3_1"), [1.0, bad, 0.0, 1.0, 0.0, 1.0])[0])


def test_a_function_made_for_another_program_is_refused():
    with pytest.raises(ValueError, match="when the module was made"):
        function("eigenvalue_3_1", "0" * 64)


def test_an_eigenvalue_has_no_derivative():
    entries = sp.symbols("a0:6", real=True)
    with pytest.raises(InputError, match="no derivative"):
        derivative(program_of([Eigenvalue(1, *entries)], entries), [0])


FLOWS = [
    ("(x*y*z - 2)**2/2", "x y z", 1),
    ("(x*y**2*z - 1)**2/4", "x y z", 1),
    ("(1 - x*y)**2/2", "x y", 1),
    ("(x*y*z*w + 3)**4/4 + (x*y*z*w + 3)**2", "x y z w", -1),
]


@pytest.mark.parametrize(("text", "names", "sign"), FLOWS)
def test_the_end_of_gradient_flow_is_that_of_its_equation(text, names, sign):
    loss = Loss.parse(text, names)
    found = gfs_sharpness_of(monomial_of(loss), loss.parameters)
    program = program_of([found], loss.parameters)
    starts = np.random.default_rng(3).uniform(0.1, 2.5, (len(loss.parameters), 2))
    starts[0] *= sign
    slope, curvature = sp.lambdify(loss.parameters, loss.gradient), sp.lambdify(loss.parameters, loss.hessian)
    for start, ours in zip(starts.T, reference.evaluate(program, list(starts))[0], strict=True):
        flow = solve_ivp(lambda _, z: -np.array(slope(*z)), (0, 300), start, "LSODA", rtol=1e-10, atol=1e-12)
        assert np.linalg.eigvalsh(np.array(curvature(*flow.y[:, -1])))[-1] == pytest.approx(ours, rel=1e-7)
        with precision(128):
            enclosed = ball.evaluate(program, [flint.arb(float(v)) for v in start])[0]
        assert enclosed.rad() < 1e-25
        assert abs(float(enclosed.mid()) - ours) < 1e-13 * ours


def test_flow_from_the_other_side_of_zero():
    # The smallest layer passes through 0; with a square there it cannot.
    through = model("chain:1,1,1").own.gfs_sharpness
    value = reference.evaluate(program_of([through], sp.symbols("w1 w2 w3", real=True)), [-0.3, 1.2, 1.5])[0]
    flow = solve_ivp(
        lambda _, z: -(np.prod(z) - 1) * np.prod(z) / z, (0, 200), [-0.3, 1.2, 1.5], "LSODA", rtol=1e-10, atol=1e-12
    )
    assert np.sum(1 / flow.y[:, -1] ** 2) == pytest.approx(float(value), rel=1e-7)
    loss = Loss.parse("(x*y**2 - 1)**2/2", "x y")
    stuck = program_of([gfs_sharpness_of(monomial_of(loss), loss.parameters)], loss.parameters)
    assert np.isnan(reference.evaluate(stuck, [-1.0, 0.2])[0])


def test_two_layers_end_as_the_closed_form_says():
    x, y = sp.symbols("x y", real=True)
    loss = Loss.parse("(1 - x*y)**2/2", "x y")
    found = gfs_sharpness_of(monomial_of(loss), loss.parameters)
    points = np.random.default_rng(4).uniform(-3, 3, (2, 200))
    closed = np.sqrt((points[0] ** 2 - points[1] ** 2) ** 2 + 4)
    np.testing.assert_allclose(reference.evaluate(program_of([found], (x, y)), list(points))[0], closed, rtol=1e-13)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 6])
def test_after_few_steps_of_newton_the_root_is_enclosed_or_nothing_is_known(steps, monkeypatch):
    rng, whole = np.random.default_rng(7), called("flow_9_4_0_1_2_1")
    monkeypatch.setattr(flow_sharpness, "STEPS", steps)
    builder = Builder([*"abcdef"])
    value = flow_sharpness.emit_flow_sharpness(builder, Fraction(9, 4), range(3), (1, 2, 1), range(3, 6))
    rough = Program(tuple("abcdef"), tuple(builder.instructions), (value,))
    known = 0
    with precision(128):
        for _ in range(200):
            operands = [flint.arb(float(v)) for v in [*rng.uniform(0.5, 2, 3), *10.0 ** rng.uniform(-4, 2, 3)]]
            (exact,) = ball.evaluate(whole, [flint.arb(1), *operands])
            (found,) = ball.evaluate(rough, operands)
            assert exact.rad() < 1e-20
            assert not found.is_finite() or found.overlaps(exact)
            known += found.is_finite()
    assert known > {1: -1, 2: 20}.get(steps, 100)


def test_far_apart_layers_are_enclosed():
    program = program_of([model("chain:1,1,1").own.gfs_sharpness], sp.symbols("w1 w2 w3", real=True))
    for start in ((1e-8, 1, 1), (1e4, 1e-3, 2), (100, 0.01, 0.02)):
        with precision(128):
            enclosed = ball.evaluate(program, [flint.arb(v) for v in start])[0]
        assert enclosed.rad() < 1e-15 * float(enclosed.mid())


@pytest.mark.parametrize(("text", "names"), [f[:2] for f in FLOWS])
def test_no_minimum_is_flatter_than_the_flattest(text, names):
    loss = Loss.parse(text, names)
    known = monomial_of(loss)
    least = float(least_sharpness_of(known, loss.parameters))
    # Minima: flow ends at them.
    starts = np.random.default_rng(5).uniform(0.3, 2, (len(loss.parameters), 200))
    starts[0] *= -1 if "+ 3" in text else 1
    ends = reference.evaluate(program_of([gfs_sharpness_of(known, loss.parameters)], loss.parameters), list(starts))[0]
    assert least * (1 - 1e-12) <= ends.min() <= 1.5 * least


@pytest.mark.parametrize("name", ["chain:1,2", "chain:2,2", "chain:1,1,1"])
def test_the_hessian_of_tied_layers_is_that_of_the_network(name):
    of = model(name)
    rng = np.random.default_rng(6)
    at = rng.uniform(0.5, 2, len(of.own.step.state))
    at[0] /= np.prod(at ** [int(m) for m in name.split(":")[1].split(",")])  # a minimum, where the first is alone
    if name == "chain:2,2":
        at = np.array([1.25, 0.8])
    values = dict(zip(of.own.step.state, at, strict=True))
    hessian = np.array(of.hessian.subs(values), float)
    assert np.linalg.eigvalsh(hessian)[-1] == pytest.approx(float(of.own.sharpness.subs(values)), rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "names", "start"),
    [
        # Of two smallest layers that agree neither comes through 0 first: flow ends at a saddle.
        ("(x*y*z - 1)**2/2", "x y z", (2, 1, -1)),
        ("(x*y*z - 1)**2/2", "x y z", (0, 0, 0)),
        ("(x*y*z - 1)**2/2", "x y z", (2, 0, 0)),
        ("(x*y - 1)**2/2", "x y", (1, -1)),
    ],
)
def test_where_flow_comes_to_no_minimum_there_is_no_sharpness(loss, names, start):
    of = model_of_loss(Loss.parse(loss, names))
    program = program_of([of.own.gfs_sharpness], of.loss.parameters)
    assert np.isnan(reference.evaluate(program, [float(v) for v in start])[0])
    assert not ball.evaluate(program, [flint.arb(v) for v in start])[0].is_finite()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("quartic", (1, 0)),
        ("degree-2", (1, -1)),
        ("chain:1,2", (-2, 1)),
        ("chain:3", (-1,)),
        ("chain:1,1,2", (-2, 1.5, 1)),
    ],
)
def test_likewise_of_the_models(name, start):
    of = model(name)
    program = program_of([of.own.gfs_sharpness], of.own.step.state)
    assert np.isnan(reference.evaluate(program, [float(v) for v in start])[0])


@pytest.mark.parametrize(
    ("name", "start"), [("quartic", (2, 0.5)), ("quartic", (2, -0.5)), ("degree-2", (2, -1)), ("chain:2,2", (-2, 1))]
)
def test_at_minima_and_from_the_other_side_there_is_one(name, start):
    of = model(name)
    program = program_of([of.own.gfs_sharpness], of.own.step.state)
    assert np.isfinite(reference.evaluate(program, [float(v) for v in start])[0])
