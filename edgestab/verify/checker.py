"""The independent checker of certificates: all of ``docs/certificates.md``, from the file alone, in SymPy and Arb."""

from __future__ import annotations

import ast
import hashlib
import json
import operator
import re
from collections.abc import Callable, Sequence
from fractions import Fraction as Q
from functools import cache, partial, reduce
from pathlib import Path
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

Box = tuple[tuple[Q, Q], ...]
Program = dict[sp.Symbol, sp.Expr]
Test = Callable[[str, Box], None]

BITS, BYTES, LETTERS, ENTRIES, POWER = 64, 5_000_000, 4_000, 200, 64
HALVINGS, PARTS, FAR = 36, 20_000, 8  # cuts in a row and in all where balls are too wide; widths that are far
SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
P, X, B, E, S, R, L, D, M, Y, C, T = sp.symbols("p x b eps s r ell drift m y curve after")


class CertificateError(ValueError):
    """The file proves nothing: the first thing that fails is the message."""


def _demand(holds: object, words: str) -> None:
    if not holds:
        raise CertificateError(words)


def _positive(**margins: arb) -> None:
    for name, margin in margins.items():
        _demand(margin > 0, f"{name} > 0 is not proved, found {margin.str(6)}")


def _record(value: Any, keys: str, where: str) -> list[Any]:
    _demand(
        isinstance(value, dict) and set(value) == set(keys.split()), f"{where} must have the keys {keys}, once each"
    )
    return [value[key] for key in keys.split()]


def _list(read: Callable[[Any, str], Any], value: Any, where: str, most: int = ENTRIES) -> list[Any]:
    _demand(isinstance(value, list) and 0 < len(value) <= most, f"{where} must be a list of 1 to {most} entries")
    return [read(entry, where) for entry in value]


def _text(value: Any, where: str) -> str:
    _demand(isinstance(value, str) and len(value) <= LETTERS, f"{where} must be text of at most {LETTERS} letters")
    return str(value)


def _number(value: Any, where: str) -> Q:
    proper = re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", _text(value, where)) and str(Q(value)) == value
    _demand(proper, f"{where} must be an integer or p/q in lowest terms, as text")
    return Q(value)


def _box(value: Any, keys: str, where: str) -> Box:
    sides = [_list(_number, side, where) for side in _record(value, keys, where)]
    _demand(all(len(side) == 2 and side[0] <= side[1] for side in sides), f"{where}: a range must be [low, high]")
    return tuple((low, high) for low, high in sides)


def _expression(text: Any, names: dict[str, sp.Expr], roots: bool = False) -> sp.Expr:
    def walk(node: ast.expr, power: int) -> sp.Expr:
        match node:
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Constant(value=value) if type(value) is int:
                return sp.Integer(value)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -walk(inner, power)
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int(n))) if 0 < power * n <= POWER:
                return walk(base, power * n) ** int(n)
            case ast.BinOp(left=a, op=sign, right=b) if type(sign) in SIGNS:
                return SIGNS[type(sign)](walk(a, power), walk(b, power))
            case ast.Call(func=ast.Name(id="sqrt"), args=[inner], keywords=[]) if roots:
                return sp.sqrt(sp.factor(walk(inner, power)))
        raise CertificateError(f"not allowed in an expression in {', '.join(names)}: {ast.unparse(node)[:60]}")

    return walk(ast.parse(_text(text, "an expression"), mode="eval").body, 1)


def _horner(coefficients: Sequence[Any], at: sp.Expr) -> sp.Expr:
    return reduce(lambda total, entry: total * at + entry, reversed(coefficients), sp.Integer(0))


def _ball(low: Any, high: Q | None = None) -> arb:
    ball = arb(fmpq(int(low.numerator), int(low.denominator)))
    return ball if high is None else ball.union(_ball(high))


def _derived(program: Program, by: sp.Symbol) -> Program:  # with the derivative of each definition, NAME_VARIABLE
    rates, longer = {by: sp.Integer(1)}, dict(program)
    for name, value in program.items():
        slope, rate = sp.Symbol(f"{name}_{by}"), sp.Add(*(value.diff(u) * rates.get(u, 0) for u in value.free_symbols))
        longer[slope], rates[name] = rate, slope if rate != 0 else rate
    return longer


def _power(a: arb, twice: int) -> arb:  # a^(twice/2), by products: a**2 is NaN for a = [-r, r]
    product = reduce(operator.mul, [a.sqrt() if twice % 2 else a] * (abs(twice) // (2 - twice % 2)))
    _demand(product.is_finite() and (twice > 0 or product.abs_lower() > 0), "a radicand > 0 or a divisor /= 0 is open")
    return product if twice > 0 else 1 / product


class Form:
    """Definitions as operations on balls, each done once: the mean-value form, cut with the natural extension."""

    def __init__(self, program: Program, variables: Sequence[sp.Symbol], outputs: str) -> None:
        slots: dict[sp.Expr, int] = {variable: slot for slot, variable in enumerate(variables)}
        longer: Program = reduce(operator.or_, (_derived(program, by) for by in variables))
        self.code: list[tuple[Any, Any, Any]] = []

        def emit(operation: Any, a: Any, b: Any = None) -> int:
            self.code.append((operation, a, b))
            return len(variables) + len(self.code) - 1

        def place(f: sp.Expr) -> int:
            if f not in slots and f in longer:
                slots[f] = place(longer[f])
            elif f not in slots and f.is_Rational:
                slots[f] = emit(None, _ball(f))
            elif f not in slots and f.is_Pow and (2 * f.exp).is_Integer:
                slots[f] = emit(_power, place(f.base), emit(None, int(2 * f.exp)))
            elif f not in slots and (f.is_Add or f.is_Mul):
                slots[f] = reduce(partial(emit, operator.add if f.is_Add else operator.mul), map(place, f.args))
            return slots[f]

        self.slots = [(place(sp.Symbol(f)), [place(sp.Symbol(f"{f}_{v}")) for v in variables]) for f in outputs.split()]

    def _run(self, balls: Sequence[arb]) -> list[arb]:
        values = [*balls]
        for operation, a, b in self.code:
            values.append(operation(values[a], values[b]) if operation else a)
        return values

    def __call__(self, *balls: arb) -> list[arb]:
        """Enclosures over a box."""
        middle = [ball.mid() for ball in balls]
        at, over, off = self._run(middle), self._run(balls), [*map(operator.sub, balls, middle)]
        return [sum(map(operator.mul, (over[i] for i in ds), off), at[f]).intersection(over[f]) for f, ds in self.slots]


def _halves(box: Box, side: int, cut: Q | None = None) -> list[Box]:
    middle = (box[side][0] + box[side][1]) / 2 if cut is None else cut
    return [(*box[:side], half, *box[side + 1 :]) for half in ((box[side][0], middle), (middle, box[side][1]))]


def _covered(region: Box, boxes: list[Box]) -> bool:
    if any(all(c <= a and b <= d for (a, b), (c, d) in zip(region, box, strict=True)) for box in boxes):
        return True
    faces = ((side, end) for box in boxes for side, ends in enumerate(box) for end in ends)
    face = next(((side, end) for side, end in faces if region[side][0] < end < region[side][1]), None)
    return face is not None and all(_covered(half, boxes) for half in _halves(region, *face))


def _prove_map(value: Any) -> tuple[sp.Poly, Q, Q, Program]:  # l, d0, h = l''(d0), definitions of ell, s, D and m
    *texts, sha256 = [_text(text, "map") for text in _record(value, "loss minimum drift multiplier sha256", "map")]
    _demand(hashlib.sha256("\n".join(texts).encode()).hexdigest() == sha256, "map.sha256 is not the hash of the map")
    loss, d0 = sp.Poly(_expression(texts[0], {"p": P}), P, domain="QQ"), _number(texts[1], "map.minimum")
    slope, h = loss.diff(), loss.diff().diff().eval(d0)
    _demand(slope.eval(d0) == 0 and h > 0, f"map.minimum: there l' = {slope.eval(d0)} and l'' = {h}")
    ell = _horner(slope.compose(sp.Poly(P + d0, P)).all_coeffs()[-2::-1], B)
    flow = {L: ell, S: sp.sqrt(4 * (1 + X) / h**2 + 4 * E * B * (2 * d0 + B))}
    flow[D] = L**2 * (1 + X - h**2 * d0**2 * E) * (2 - E * B**2 * L**2)
    flow[M] = 1 - S * L + E * (d0 + B) * B * L**2
    # Gradient descent on l(uv): D and m, as they are here and as the file has them, move its x and b.
    u, v, eta = sp.symbols("u v eta", positive=True)
    d, edge = u * v, (h / 2) ** 2 * eta**2 * ((u**2 - v**2) ** 2 + 4 * d0**2)
    step = {a: a - eta * sp.diff(loss.as_expr().subs(P, d), a) for a in (u, v)}
    here = {X: edge - 1, E: eta**2, B: d - d0, S: eta * (u**2 + v**2), L: ell.subs(B, d - d0)}
    drift, multiplier = (_expression(text, {"x": edge - 1, "b": d - d0, "eps": eta**2}, True) for text in texts[2:])
    identities = {"s": (S**2 - flow[S] ** 2, sp.Integer(0)), "x'": (1 + X - E * B**2 * flow[D], edge)}
    identities |= {"b'": (d0 + B * flow[M], d), "drift": (1 + X - E * B**2 * drift, edge)}
    for name, (formula, after) in (identities | {"multiplier": (d0 + B * multiplier, d)}).items():
        difference = formula.subs(here, simultaneous=True) - after.subs(step, simultaneous=True)
        _demand(sp.expand(difference) == 0, f"map: {name} is not that of gradient descent on this loss")
    return loss, d0, Q(int(h.p), int(h.q)), flow


def _prove_frozen(radicand: sp.Expr, value: sp.Expr, edge: sp.Expr, image: sp.Expr, after: sp.Expr) -> None:
    """Theta(X, b, 0) = 0 identically: F is the 2-cycle of the frozen map, modulo r^2 = R(b)."""
    field = sp.QQ.frac_field(R, B)
    relation, moved = field.from_sympy(R**2 - radicand).numer, value.subs({B: after, R: image}, simultaneous=True)
    identities = {"edge": edge**2 - 1 - B**2 * value, "image": image**2 - radicand.subs(B, after)}
    for name, difference in (identities | {"value": after**2 * moved - B**2 * value}).items():
        _demand(field.from_sympy(difference).numer.rem(relation) == 0, f"curve.frozen: {name} is not that of a 2-cycle")


def _claim(program: Program, variables: Sequence[sp.Symbol], **margins: sp.Expr) -> Test:
    form = Form(program | {sp.Symbol(name): f for name, f in margins.items()}, variables, " ".join(margins))
    return lambda _, box: _positive(**dict(zip(margins, form(*(_ball(*side) for side in box)), strict=True)))


class Proof:
    """What a file claims, and the sections of its proof."""

    def __init__(self, map_: Any, eta: Any, curve: Any, tube: Any) -> None:
        (self.loss, self.d0, self.h, flow), self.spent = _prove_map(map_), 0
        rho, rate, floor, top, strip = _record(tube, "rho rate floor ceiling strip", "tube")
        self.eta, self.strip = _box({"eta": eta, "strip": strip}, "eta strip", "eta or tube.strip")
        self.rho, self.floor, (self.rate, self.ceiling) = (_list(_number, n, "tube") for n in (rho, floor, [rate, top]))
        positive = self.rho[0], self.rate, max(self.floor), -self.strip[0], self.strip[1]
        proper = min(positive) > 0 <= min(self.rho + self.floor) and (len(rho), len(floor)) == (3, 2)
        _demand(proper, "tube: a sign or the length of a list is wrong, or the strip does not hold 0")
        frozen, c, q = _record(curve, "frozen c q", "curve")
        self.c, rows = _horner(_list(_number, c, "curve.c"), E), _list(partial(_list, _number), q, "curve.q")
        self.frozen, self.eps = frozen is not None, (self.eta[0] ** 2, self.eta[1] ** 2)
        _demand(self.eta[0] >= 0 < self.eta[self.frozen], "eta must be > 0; low may be 0 with curve.frozen only")
        trivial = {"radicand": "1", "value": "0", "edge": "1", "image": "1"}
        texts = _record(frozen if self.frozen else trivial, " ".join(trivial), "curve.frozen")
        radicand = _expression(texts[0], {"b": B})
        value, edge, image = (_expression(text, {"b": B, "r": R}) for text in texts[1:])
        _prove_frozen(radicand, value, edge, image, B * (1 - 2 * edge * flow[L] / self.h))
        r_after, theta, off, lost, mean = sp.symbols("rafter theta off lost mean")
        height = value + E * _horner([_horner(row, B) for row in rows], E)
        path = {R: sp.sqrt(radicand), Y: height, C: E * self.c + B**2 * Y}
        flow |= {T: M * B, r_after: sp.sqrt(radicand.xreplace({B: T})), lost: E * B**2 * D}
        flow |= {theta: Y - M**2 * height.xreplace({B: T, R: r_after}) - E * D, off: X - C + B**2 * theta}
        there = {X: C} | {name: sp.Symbol(f"{name}0") for name in flow}  # the same at x = X(b)
        bent = path | {there[name]: f.xreplace(there) for name, f in flow.items()}
        self.flow, both = path | flow, path | flow | bent | {mean: (theta - there[theta]) / (X - C)}
        self.move, self.step = (Form(self.flow, (X, B, E), f"m after lost{more}") for more in (" drift off", ""))
        self.turn, self.mean = Form(_derived(self.flow, X), (X, B, E), "theta_x"), Form(both, (X, B, E), "mean")
        self.curve, self.signs = Form(path, (B, E), "curve"), _claim(path, (B,), edge=edge, image=image)
        self.bent, self.defect = Form(_derived(bent, E), (B, E), "theta0 theta0_eps"), cache(self._defect)

    def _defect(self, side: tuple[Q, Q], steps: tuple[Q, Q]) -> arb:  # |A|, from above
        b, e, ((value, _), (_, (across, along))) = _ball(*side), _ball(*steps), self.bent.slots
        if not self.frozen:
            return (self.bent(b, e)[0] / e).abs_upper()
        self.signs("", (side,))
        at, over = self.bent._run((b.mid(), e.mid())), self.bent._run((b, e.union(arb(0))))  # A is a mean over [0, eps]
        return (at[value] / e.mid() + over[across] * (b - b.mid()) + over[along] * (e - e.mid()) / 2).abs_upper()

    def _gauge(self, x: arb, e: arb) -> arb:  # h(x)
        (rho0, rho1, rho2), top = map(_ball, self.rho), x.max(arb(0))
        return rho0 * e + (rho1 + rho2 * top) * top

    def _settle(self, test: Test, token: str, box: Box, where: str, depth: int = 0) -> None:  # on parts of the box
        sides = [side for side, (low, high) in enumerate(box) if low < high]
        try:
            test(token, box)
        except CertificateError as why:
            self.spent, cell = self.spent + 1, [[float(low), float(high)] for low, high in box]
            if self.spent > PARTS or depth > HALVINGS or not sides:
                raise CertificateError(f"{where}: {why}, in the cell {cell}") from None
            for half in _halves(box, sides[depth % len(sides)]):
                self._settle(test, token, half, where, depth + 1)

    def _tree(self, test: Test, cells: Any, box: Box, letters: str, where: str) -> None:
        stack = [box]
        for i, token in enumerate(_list(_text, cells, where, BYTES)):
            _demand(stack, f"{where}.cells go on after the tree")
            cell = stack.pop()
            if token in tuple(letters):
                stack += reversed(_halves(cell, letters.index(token)))
            else:
                self._settle(test, token, cell, f"{where}.cells[{i}] = {token[:40]!r}")
        _demand(not stack, f"{where}.cells: the tree breaks off")

    def _contracts(self, token: str, box: Box) -> None:
        above = box[0][1] > self.floor[0] + self.floor[1] * box[2][0]
        (x, b, e), (low, high), rate = (_ball(*side) for side in box), map(_ball, box[0]), _ball(self.rate * above)
        (curve,), (kind, _, text) = self.curve(b, e), token.partition(" ")
        if token == "O" and not above:  # x - h(x) is concave, and least at an end
            over = (low - self._gauge(low, e)).min(high - self._gauge(high, e)) - curve
            return _positive(outside=over.max(curve - high - self._gauge(high, e)))
        bound = _number(text, "a bound")
        _demand(bound <= 0 if kind == "F" else kind == "D" and 0 < bound <= 1, "this is not a leaf here")
        m, after, lost, drift, off = self.move(x, b, e)
        _positive(D=drift, minus_m=-m, strip=(after - _ball(self.strip[0])).min(_ball(self.strip[1]) - after))
        steep = _ball(self.rho[1] + 2 * self.rho[2] * box[0][1]) * drift if box[0][1] > 0 else arb(0)  # h' D
        least = self._gauge(low, arb(0)) / _ball(box[2][1]) + _ball(self.rho[0])  # h/eps, from below
        gap, square = (x - curve).abs_lower(), _ball(max(end * end for end in box[1]))
        if kind == "F":
            (turn,) = self.mean(x, b, e) if gap > FAR * (x - curve).rad() else self.turn(x.union(curve), b, e)
            q = rate * drift + self.defect(*box[1:]) / least.max(gap / _ball(box[2][1])) + steep / least
            _positive(second=2 - square * (turn.abs_upper() + q))
            return _demand(turn + q <= _ball(bound), f"B + Q <= bound is not proved, found {turn + q}")
        keep, grows = 1 - square * rate * drift, 1 - square * steep / least  # the latter is below h(x')/h(x)
        room = self._gauge((x - lost).lower(), _ball(box[2][0])).lower().max(gap * grows.lower())
        return _positive(keep=keep, room=_ball(bound) * keep * room - off.abs_upper())

    def _captured(self, token: str, box: Box) -> None:  # after k steps |delta| <= h(x) exp(rate (x - floor)/eps)
        (x, b, e), k = (_ball(*side) for side in box), _number(token, "k")
        _demand(k.denominator == 1 and 0 <= k < 10_000, "k must be an integer from 0 to 9999")
        for _ in range(int(k)):
            m, after, lost = self.step(x, b, e)
            _positive(multiplier=m.abs_lower())
            x, b = x - lost, after
        ends = [(Q(str(ball.lower().fmpq())), Q(str(ball.upper().fmpq()))) for ball in (x, b)] if k else box[:2]
        walls = (self.floor[0] + self.floor[1] * box[2][1], self.ceiling), self.strip
        _demand(_covered((*ends,), [walls]), "not in [floor, ceiling] x strip")
        rise = (x.lower() - _ball(self.floor[0])) / _ball(box[2][1]) - _ball(self.floor[1])  # (x - floor)/eps
        room = self._gauge(x.lower(), _ball(box[2][0])) * (_ball(self.rate) * rise).exp()
        _positive(captured=room - (x - self.curve(b, e)[0]).abs_upper())

    def _contraction(self, entries: Any) -> None:  # the contraction on boxes that cover its domain
        boxes = []
        for i, (sides, cells) in enumerate(_list(lambda e, w: _record(e, "box cells", w), entries, "contraction")):
            boxes.append(box := _box(sides, "x b eps", f"contraction[{i}].box"))
            self._tree(self._contracts, cells, box, "xbe", f"contraction[{i}]")
        low = min(box[0][0] for box in boxes)
        region = (low, self.ceiling), self.strip, self.eps
        _demand(_covered(region, boxes), "contraction: the boxes do not cover its domain")
        nothing_below = _claim(self.flow, (B, E), height=Y, depth=E * (self.c - self.rho[0]) - low)
        self._settle(nothing_below, ".", region[1:], "the tube")

    def _start(self, value: Any) -> str:  # all starts are captured
        *sides, cells, power = _record(value, "x b eps cells power", "start")
        self.starts = (low, high), (left, right), eps = _box(dict(zip("xbe", sides, strict=True)), "x b e", "start")
        _demand(eps == self.eps, "start.eps must be the range of eta^2")
        if power is None:
            self._tree(self._captured, cells, self.starts, "xbe", "start")
            return f"{low} <= x <= {high}, {left} <= b <= {right}, b /= 0"
        sigma, p, reach = _list(_number, _record(power, "sigma p reach", "start.power"), "start.power")
        whole = _covered(self.starts[:2], [((Q(0), self.ceiling), self.strip)])
        proper = whole and cells == [] and 0 < p < 1 and self.floor[0] == low == 0
        _demand(proper, "start: a power needs x = [0, high], floor = [0, f1], 0 < p < 1, b in the strip and no cells")
        floor, rate, log = _ball(self.floor[1]), _ball(self.rate), -_ball(eps[1]).log()
        lift, need = _ball(sigma) * (_ball(1 - p) * log).exp(), _ball(reach / self.rho[0]).log() + log
        _positive(floor=lift - floor, g=rate * (lift - floor) - need, slope=rate * _ball(1 - p) * lift - 1)
        self._settle(_claim(self.flow, (X, B, E), above=reach - X + C, below=reach + X - C), ".", self.starts, "start")
        return f"{sigma} eps^({p}) <= x <= {high}, {left} <= b <= {right}, b /= 0"

    def _limit(self, value: Any) -> str:  # the window of the gap
        ((low, high),) = (_list(partial(_list, _number), gap, "limit.gap") for gap in _record(value, "gap", "limit"))
        low, high, (rho0, rho1, rho2) = _horner(low, E), _horner(high, E), self.rho
        claims = {"slack_of_tube": 1 - rho1 - rho2 * self.ceiling + 0 * E, "minus_c_minus_rho0": -self.c - rho0}
        claims |= {"gap_minus_low": low**2 * E / 4 - low - self.c - rho0, "two_minus_low_eps": 2 - low * E}
        claims |= {"high_minus_gap": high - high**2 * E / 4 + self.c - rho0, "two_minus_high_eps": 2 - high * E}
        self._settle(_claim({}, (E,), **claims), ".", (self.eps,), "limit")
        return f"{sp.expand(low)} < gap < {sp.expand(high)}"

    def _basin(self, value: Any) -> str:  # orbits of the basin come to a certified start, or meet d = 0 or +-d0
        x, losses, *numbers, trap, above, below = _record(value, "x losses d_max gamma K trap above below", "basin")
        ((x1, x_max),), (loss1, loss2) = _box({"x": x}, "x", "basin"), _list(_number, losses, "basin.losses")
        (d_max, gamma, most), d, slope = _list(_number, numbers, "basin"), sp.Symbol("d"), self.loss.diff()
        (low, high), (xa, xb) = (self.d0 + end for end in self.strip), self.starts[0]
        across = xa > 0 and _covered((self.strip,), [(self.starts[1],)])
        _demand(across, "basin: the starts must reach across the strip, with x > 0")
        _demand(all(power % 2 == 0 for (power,) in self.loss.monoms()), "basin: l is not even")
        _demand(slope.count_roots(0, d_max) == 2 and slope.diff().eval(0) < 0, "basin: l' has zeros besides 0 and d0")
        enough = gamma > 0 and self.eps[1] * most * low**2 <= loss2 * (1 - 1 / (1 + gamma) ** 2)
        _demand(enough and xa <= x1 - loss1 - loss2, "basin: loss2 or x1 is too low, or gamma <= 0")
        k, wall = slope.exquo(sp.Poly(P, P)).as_expr().subs(P, d), 1 + X - self.h**2 * self.d0**2 * E
        step, grow, share = 2 - E * d**2 * k**2, E * d**2 * k**2 - S * k, wall * k**2
        after, lost = d + d * grow, E * d**2 * share * step  # d' and x - x'
        claim, whole = partial(_claim, {B: d - self.d0, S: self.flow[S]}, (X, d, E)), (Q(0), d_max)
        for tree, xs, ds, test in (
            (trap, (xa, x_max), whole, claim(wall=wall, step=step, right=d_max - after, left=d_max + after)),
            (above, (xa, xb), (high, d_max), claim(right=high - after, left=high + after, loss=loss1 - lost)),
            (below, (xa, xb), (Q(0), low), claim(growth=grow - gamma, right=high - after, loss=most - share * step)),
        ):
            box, cells = _record(tree, "box cells", "a tree of basin")
            proper = _box(box, "x d eps", "basin") == (xs, ds, self.eps) and {*cells} <= {*"xde."}
            _demand(proper, "basin: the box of a tree is not its region, or a cell is not one of x d e .")
            self._tree(test, cells, (xs, ds, self.eps), "xde", "basin")
        self._settle(claim(landing=X - lost - x1), ".", ((min(xb, x_max), x_max), whole, self.eps), "basin")
        return f"x in [{x1}, {x_max}], |XY| <= {d_max}, never at XY = 0 or |XY| = {self.d0} (or to the mirror image)"


def check(document: Any) -> str:
    """Prove what a parsed certificate claims, and return it in words; raise CertificateError where it cannot."""
    keys = "format version map eta curve tube contraction start limit basin made"
    name, version, map_, eta, curve, tube, contraction, start, limit, basin, made = _record(document, keys, "the file")
    _demand((name, repr(version), type(made)) == ("edgestab-certificate", "1", dict), "no certificate of version 1")
    try:
        with ctx.workprec(BITS):
            proof = Proof(map_, eta, curve, tube)
            proof._contraction(contraction)
            window, starts = proof._limit(limit), proof._start(start)
            starts += "" if basin is None else f", and from every one with {proof._basin(basin)}"
    except Exception as error:  # a file that is not what the format says, in whatever way
        raise CertificateError(str(error) or repr(error)) from error
    return (
        f"Gradient descent on l(XY), l(p) = {map_['loss']}, with eta in {'[' if proof.eta[0] else '('}{proof.eta[0]}, "
        f"{proof.eta[1]}], from every start with {starts}, converges to a minimum XY = {proof.d0} with {window}, "
        "where gap = (2/eta - sharpness)/eta, eps = eta^2, b = XY - d0, 1 + x = (h/2)^2 eps ((X^2 - Y^2)^2 + 4 d0^2)."
    )


def check_file(path: Path) -> str:
    """Prove what a certificate file claims, and return it in words; raise CertificateError where it cannot."""
    _demand(path.stat().st_size <= BYTES, f"{path} has more than {BYTES} bytes")
    try:
        document = json.loads(path.read_text("utf-8"), object_pairs_hook=lambda p: len(dict(p)) == len(p) and dict(p))
    except (RecursionError, ValueError) as error:
        raise CertificateError(str(error)) from error
    return check(document)
