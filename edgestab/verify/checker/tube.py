"""The sections of a proof by a tube: contraction, starts, limit and basin, each proved on cells."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from typing import Any

import sympy as sp
from flint import arb

from edgestab.verify.checker.enclosures import Form, Work, ball, claim, covered, derived, positive
from edgestab.verify.checker.gradient_descent import (
    AFTER,
    CURVE,
    DEVIATION,
    DRIFT,
    EPS,
    HEIGHT,
    MULTIPLIER,
    OFFSET,
    PRODUCT,
    ROOT,
    TRACE,
    horner,
)
from edgestab.verify.checker.motion import motion_of
from edgestab.verify.checker.reading import Box, CertificateError, box, demand, listed, number, record
from edgestab.verify.checker.trees import settle, tree

FAR = 8  # widths of a ball
BASE = 12_000_000  # operations on balls that every proof may take, besides those for its cells
BOXES, COEFFICIENTS = 12, 160  # the most boxes of the contraction and coefficients of the curve


class TubeProof:
    """What a file claims, and the sections of its proof; docs/certificates.md says what each letter is."""

    def __init__(self, map_: Any, version: int, eta: Any, curve: Any, tube: Any) -> None:
        self.work, self.followed, self.shrunk = Work(BASE), 0, Fraction(1)
        self.motion = motion_of(map_, version, self.work)
        flow, power = dict(self.motion.flow), self.motion.power
        self._read_tube(eta, tube)
        above = self.motion.above
        demand(above is None or self.strip[0] > above, "tube.strip: b is where the map has another form")
        frozen, c, q = record(curve, "frozen c q", "curve")
        self.c, rows = horner(listed(number, c, "curve.c"), EPS), listed(partial(listed, number), q, "curve.q")
        demand(len(c) + sum(map(len, rows)) <= COEFFICIENTS, f"curve: more than {COEFFICIENTS} coefficients")
        self.frozen, self.eps = frozen is not None, (self.eta[0] ** power, self.eta[1] ** power)
        demand(self.eta[0] >= 0 < self.eta[self.frozen], "eta must be > 0; low may be 0 with curve.frozen only")
        none = (sp.Integer(1), sp.Integer(0), sp.Integer(1), sp.Integer(1))
        radicand, value, edge, image = self.motion.frozen(frozen) if self.frozen else none
        r_after, theta, off, lost, mean = sp.symbols("rafter theta off lost mean")
        height = value + EPS * horner([horner(row, DEVIATION) for row in rows], EPS)
        height_after = height.xreplace({DEVIATION: AFTER, ROOT: r_after})
        path = {ROOT: sp.sqrt(radicand), HEIGHT: height, CURVE: EPS * self.c + DEVIATION**2 * HEIGHT}
        flow |= {
            AFTER: MULTIPLIER * DEVIATION,
            r_after: sp.sqrt(radicand.xreplace({DEVIATION: AFTER})),
            lost: EPS * DEVIATION**2 * DRIFT,
            theta: HEIGHT - MULTIPLIER**2 * height_after - EPS * DRIFT,
            off: OFFSET - CURVE + DEVIATION**2 * theta,
        }
        there = {OFFSET: CURVE} | {name: sp.Symbol(f"{name}0") for name in flow}  # the same at x = X(b)
        bent = path | {there[name]: f.xreplace(there) for name, f in flow.items()}
        self.flow = path | flow
        both = path | flow | bent | {mean: (theta - there[theta]) / (OFFSET - CURVE)}
        form, claims, variables = partial(Form, self.work), partial(claim, self.work), (OFFSET, DEVIATION, EPS)
        self.move, self.step = (form(self.flow, variables, f"m after lost{more}") for more in (" drift off", ""))
        self.turn, self.mean = (
            form(derived(self.flow, OFFSET), variables, "theta_x"),
            form(both, variables, "mean"),
        )
        self.curve, self.signs = (
            form(path, (DEVIATION, EPS), "curve"),
            claims(path, (DEVIATION,), edge=edge, image=image),
        )
        self.bent, self.defect = (
            form(derived(bent, EPS), (DEVIATION, EPS), "theta0 theta0_eps"),
            cache(self._defect),
        )

    def _read_tube(self, eta: Any, tube: Any) -> None:
        rho, rate, floor, top, strip = record(tube, "rho rate floor ceiling strip", "tube")
        self.eta, self.strip = box({"eta": eta, "strip": strip}, "eta strip", "eta or tube.strip")
        self.rho, self.floor, (self.rate, self.ceiling) = (listed(number, n, "tube") for n in (rho, floor, [rate, top]))
        above_zero = self.rho[0], self.rate, max(self.floor), -self.strip[0], self.strip[1]
        proper = min(above_zero) > 0 <= min(self.rho + self.floor) and (len(rho), len(floor)) == (3, 2)
        demand(proper, "tube: a sign or the length of a list is wrong, or the strip does not hold 0")

    def _defect(self, side: tuple[Fraction, Fraction], steps: tuple[Fraction, Fraction]) -> arb:  # |A|, from above
        b, e, ((value, _), (_, (across, along))) = ball(*side), ball(*steps), self.bent.slots
        if not self.frozen:
            return (self.bent(b, e)[0] / e).abs_upper()
        self.signs("", (side,))
        at, over = self.bent.run((b.mid(), e.mid())), self.bent.run((b, e.union(arb(0))))  # A is a mean over [0, eps]
        return (at[value] / e.mid() + over[across] * (b - b.mid()) + over[along] * (e - e.mid()) / 2).abs_upper()

    def _gauge(self, x: arb, e: arb) -> arb:  # w(x)
        (rho0, rho1, rho2), top = map(ball, self.rho), x.max(arb(0))
        return rho0 * e + (rho1 + rho2 * top) * top

    def contracts(self, token: str, cell: Box) -> None:
        """Prove what a leaf of the contraction says of its cell."""
        above = cell[0][1] > self.floor[0] + self.floor[1] * cell[2][0]
        (x, b, e), (low, high), rate = (ball(*side) for side in cell), map(ball, cell[0]), ball(self.rate * above)
        (curve,), (kind, _, given) = self.curve(b, e), token.partition(" ")
        if token == "O" and not above:  # x - w(x) is concave, and least at an end
            over = (low - self._gauge(low, e)).min(high - self._gauge(high, e)) - curve
            return positive(outside=over.max(curve - high - self._gauge(high, e)))
        bound = number(given, "a bound")
        demand(bound <= 0 if kind == "F" else kind == "D" and 0 < bound <= 1, "this is not a leaf here")
        m, after, lost, drift, off = self.move(x, b, e)
        positive(D=drift, minus_m=-m, strip=(after - ball(self.strip[0])).min(ball(self.strip[1]) - after))
        steep = ball(self.rho[1] + 2 * self.rho[2] * cell[0][1]) * drift if cell[0][1] > 0 else arb(0)  # w' D
        least = self._gauge(low, arb(0)) / ball(cell[2][1]) + ball(self.rho[0])  # w/eps, from below
        gap, square = (x - curve).abs_lower(), ball(max(end * end for end in cell[1]))
        if kind == "F":
            (turn,) = self.mean(x, b, e) if gap > FAR * (x - curve).rad() else self.turn(x.union(curve), b, e)
            q = rate * drift + self.defect(*cell[1:]) / least.max(gap / ball(cell[2][1])) + steep / least
            positive(second=2 - square * (turn.abs_upper() + q))
            return demand(turn + q <= ball(bound), f"B + Q <= bound is not proved, found {turn + q}")
        keep, grows = 1 - square * rate * drift, 1 - square * steep / least  # the latter is below w(x')/w(x)
        room = self._gauge((x - lost).lower(), ball(cell[2][0])).lower().max(gap * grows.lower())
        return positive(keep=keep, room=ball(bound) * keep * room - off.abs_upper())

    def captured(self, token: str, cell: Box) -> None:
        """Prove of all starts of a cell that after k steps |delta| <= w(x) exp(rate (x - floor)/eps)."""
        (x, b, e), k = (ball(*side) for side in cell), number(token, "k")
        demand(k.denominator == 1 and 0 <= k < 10_000, "k must be an integer from 0 to 9999")
        self.followed, shrunk = max(self.followed, int(k)), arb(1)
        for _ in range(int(k)):
            demand(self.motion.above is None or b > ball(self.motion.above), "b may be where the map has another form")
            m, after, lost = self.step(x, b, e)
            positive(multiplier=m.abs_lower())
            shrunk = (shrunk * m.abs_lower()).lower()
            x, b = x - lost, after
        ends = [(Fraction(str(u.lower().fmpq())), Fraction(str(u.upper().fmpq()))) for u in (x, b)] if k else cell[:2]
        walls = (self.floor[0] + self.floor[1] * cell[2][1], self.ceiling), self.strip
        demand(covered((*ends,), [walls]), "not in [floor, ceiling] x strip")
        rise = (x.lower() - ball(self.floor[0])) / ball(cell[2][1]) - ball(self.floor[1])  # (x - floor)/eps
        room = self._gauge(x.lower(), ball(cell[2][0])) * (ball(self.rate) * rise).exp()
        positive(captured=room - (x - self.curve(b, e)[0]).abs_upper())
        least = Fraction(str((1000 * shrunk).lower().floor().fmpq())) / 1000
        self.shrunk = min(self.shrunk, least)  # |b_k| >= shrunk |b_0|

    def contraction(self, entries: Any) -> None:
        """Prove the contraction on boxes that cover its domain."""
        boxes = []
        for i, (sides, cells) in enumerate(
            listed(lambda e, w: record(e, "box cells", w), entries, "contraction", BOXES)
        ):
            boxes.append(whole := box(sides, "x b eps", f"contraction[{i}].box"))
            tree(self.contracts, cells, whole, "xbe", f"contraction[{i}]", self.work)
        self.lowest = low = min(whole[0][0] for whole in boxes)
        region = (low, self.ceiling), self.strip, self.eps
        demand(covered(region, boxes), "contraction: the boxes do not cover its domain")
        nothing_below = claim(
            self.work, self.flow, (DEVIATION, EPS), height=HEIGHT, depth=EPS * (self.c - self.rho[0]) - low
        )
        settle(nothing_below, ".", region[1:], "the tube")

    def start(self, value: Any) -> str:
        """Prove that all starts are captured, and return them in words."""
        *sides, cells, power = record(value, "x b eps cells power", "start")
        self.starts = (low, high), (left, right), eps = box(dict(zip("xbe", sides, strict=True)), "x b e", "start")
        demand(eps == self.eps, "start.eps must be the range of eps")
        demand(left < 0 or right > 0, "start: no b /= 0 is in its range")
        self.power: Any = None
        if power is None:
            tree(self.captured, cells, self.starts, "xbe", "start", self.work)
            return f"{low} <= x <= {high}, {left} <= b <= {right}, b /= 0"
        self.power = sigma, p, reach = listed(number, record(power, "sigma p reach", "start.power"), "start.power")
        whole = covered(self.starts[:2], [((Fraction(0), self.ceiling), self.strip)])
        proper = whole and cells == [] and 0 < p < 1 and self.floor[0] == low == 0
        demand(proper, "start: a power needs x = [0, high], floor = [0, f1], 0 < p < 1, b in the strip and no cells")
        floor, rate, log = ball(self.floor[1]), ball(self.rate), -ball(eps[1]).log()
        lift, need = ball(sigma) * (ball(1 - p) * log).exp(), ball(reach / self.rho[0]).log() + log
        positive(floor=lift - floor, g=rate * (lift - floor) - need, slope=rate * ball(1 - p) * lift - 1)
        both = {"above": reach - OFFSET + CURVE, "below": reach + OFFSET - CURVE}
        within = claim(self.work, self.flow, (OFFSET, DEVIATION, EPS), **both)
        settle(within, ".", self.starts, "start")
        return f"{sigma} eps^({p}) <= x <= {high}, {left} <= b <= {right}, b /= 0"

    def limit(self, value: Any) -> str:
        """Prove the window of the gap, and return it in words."""
        keys = "gap between" if isinstance(value, dict) and "between" in value else "gap"
        pairs = (listed(partial(listed, number), pair, "limit", 2) for pair in record(value, keys, "limit"))
        (low, high), *more = ([horner(entry, EPS) for entry in pair] for pair in pairs)
        rho0, rho1, rho2 = self.rho
        ends, self.window = (self.c - rho0, self.c + rho0), (low, high)
        margins = {
            "slack_of_tube": 1 - rho1 - rho2 * self.ceiling + 0 * EPS,
            "minus_c_minus_rho0": -self.c - rho0,
        } | self.motion.margins(ends, (low, high), more[0] if more else None)
        settle(claim(self.work, {}, (EPS,), **margins), ".", (self.eps,), "limit")
        return f"{sp.expand(low)} < gap < {sp.expand(high)}"

    def basin(self, value: Any) -> str:
        """Prove that orbits of the basin come to a certified start, or meet d = 0 or +-d0; return it in words."""
        loss, d0, h = self.motion.product or (None, Fraction(0), Fraction(0))
        if loss is None:
            raise CertificateError("basin: the map is not that of a polynomial l(uv)")
        x, losses, *numbers, trap, above, below = record(value, "x losses d_max gamma K trap above below", "basin")
        ((x1, x_max),), (loss1, loss2) = box({"x": x}, "x", "basin"), listed(number, losses, "basin.losses")
        (d_max, gamma, most), d, slope = listed(number, numbers, "basin"), sp.Symbol("d"), loss.diff()
        (low, high), (xa, xb) = (d0 + end for end in self.strip), self.starts[0]
        across = xa > 0 and covered((self.strip,), [(self.starts[1],)])
        demand(across, "basin: the starts must reach across the strip, with x > 0")
        demand(all(power % 2 == 0 for (power,) in loss.monoms()), "basin: l is not even")
        demand(slope.count_roots(0, d_max) == 2 and slope.diff().eval(0) < 0, "basin: l' has zeros besides 0 and d0")
        enough = gamma > 0 and self.eps[1] * most * low**2 <= loss2 * (1 - 1 / (1 + gamma) ** 2)
        demand(enough and xa <= x1 - loss1 - loss2, "basin: loss2 or x1 is too low, or gamma <= 0")
        k = slope.exquo(sp.Poly(PRODUCT, PRODUCT)).as_expr().subs(PRODUCT, d)
        wall = 1 + OFFSET - h**2 * d0**2 * EPS
        step, grow, share = 2 - EPS * d**2 * k**2, EPS * d**2 * k**2 - TRACE * k, wall * k**2
        after, lost = d + d * grow, EPS * d**2 * share * step  # d' and x - x'
        proves = partial(claim, self.work, {DEVIATION: d - d0, TRACE: self.flow[TRACE]}, (OFFSET, d, EPS))
        whole = (Fraction(0), d_max)
        for section, xs, ds, test in (
            (trap, (xa, x_max), whole, proves(wall=wall, step=step, right=d_max - after, left=d_max + after)),
            (above, (xa, xb), (high, d_max), proves(right=high - after, left=high + after, loss=loss1 - lost)),
            (
                below,
                (xa, xb),
                (Fraction(0), low),
                proves(growth=grow - gamma, right=high - after, loss=most - share * step),
            ),
        ):
            sides, cells = record(section, "box cells", "a tree of basin")
            proper = box(sides, "x d eps", "basin") == (xs, ds, self.eps) and {*cells} <= {*"xde."}
            demand(proper, "basin: the box of a tree is not its region, or a cell is not one of x d e .")
            tree(test, cells, (xs, ds, self.eps), "xde", "basin", self.work)
        landing = (min(xb, x_max), x_max), whole, self.eps
        settle(proves(landing=OFFSET - lost - x1), ".", landing, "basin")
        never = f"whose orbit never meets uv = 0 or |uv| = {d0} exactly"
        return f"x in [{x1}, {x_max}], |uv| <= {d_max}, {never} (or to the mirror image)"
