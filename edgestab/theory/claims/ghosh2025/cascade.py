r"""The period doublings of the balanced chain past the flip of its 2-cycle, and where they accumulate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import AFTER
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.chain import balanced
from edgestab.theory.observation import Observation, between
from edgestab.theory.parts.flips import Flip, Flips
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

S, R, ROOT = symbols("s r t")
"""eta S, rho in units of sigma^(1/L), and sigma^(1/L)."""

EDGES: Mapping[int, tuple[str, ...]] = {
    2: ("2.576063508966", "2.598455879300", "2.603257828074", "2.604286543163", "2.604506875484"),
    3: ("2.600832949515", "2.624963283807", "2.630143464018", "2.631253409376", "2.631491150354"),
    4: ("2.608299968071", "2.632956554398", "2.638251376398", "2.639385940906", "2.639628958183"),
    5: ("2.611825948201", "2.636731317313", "2.642080354270", "2.643226561004", "2.643472073423"),
}
"""By depth: eta S where the cycles of period 4, 8, ..., 64 flip, to 1e-12."""

SECOND = {2: "2.472135955000", 3: "2.489214785679", 4: "2.494338544873", 5: "2.496754211868"}
"""By depth: eta S where the cycle of period 2 flips, to 1e-12 (``ghosh2025.flip``)."""

DELTAS: Mapping[int, tuple[str, ...]] = {
    2: ("4.542933", "4.641204", "4.663184", "4.667909", "4.668925"),
    3: ("4.382932", "4.625637", "4.658204", "4.667059", "4.668717"),
    4: ("4.337771", "4.621947", "4.656736", "4.666832", "4.668658"),
    5: ("4.316909", "4.620359", "4.656047", "4.666730", "4.668630"),
}
"""By depth: delta_2 to delta_6, to 1e-6."""

ENDS = {2: "2.604566925", 3: "2.631555945", 4: "2.639695195", 5: "2.643538987"}
"""By depth: eta S where the flips accumulate, extrapolated."""

ERROR = sp.Rational(1, 10**12)


def flips(depth: int) -> tuple[Flip, ...]:
    """Return the flips that are claimed, of the periods 1, 2, 4, ..., 64.

    Examples
    --------
    >>> [f.period for f in flips(3)], float(flips(3)[2].low)
    ([1, 2, 4, 8, 16, 32, 64], 2.600832949514)
    """
    values = map(sp.Rational, ("2", SECOND[depth], *EDGES[depth]))
    return tuple(Flip(2**n, v - ERROR, v + ERROR) for n, v in enumerate(values))


def _located(depth: int) -> Flips:
    step = balanced(depth).own.step.substitute({ETA: S / depth})
    return Flips(f"L = {depth}", step, S, (sp.S.One, sp.S(2)), flips(depth), "s = eta S")


def _scaled(depth: int) -> Identity:
    def moved(rho: sp.Expr, size: sp.Expr, target: sp.Expr) -> sp.Expr:
        return rho + size * (target - rho**depth) * rho ** (depth - 1)

    unit = ETA * ROOT ** (2 * depth - 2)
    return Identity(
        f"L = {depth}: in units of sigma^(1/L)", moved(ROOT * R, ETA, ROOT**depth), ROOT * moved(R, unit, sp.S.One)
    )


def _ratios(depth: int) -> tuple[Lemma, ...]:
    found: list[Lemma] = []
    for n, delta in enumerate(map(sp.Rational, DELTAS[depth])):
        a, b, c = flips(depth)[n : n + 3]
        error = sp.Rational(1, 10**6)
        for name, gap in (
            (f"< {delta} + 1e-6", (delta + error) * (c.low - b.high) - (b.high - a.low)),
            (f"> {delta} - 1e-6", (b.low - a.high) - (delta - error) * (c.high - b.low)),
        ):
            found.append(Inequality(f"L = {depth}: delta_{n + 2} {name}", gap, {}, strict=True))
    return tuple(found)


def _cascade() -> Claim:
    third = ", ".join(EDGES[depth][0] for depth in EDGES)
    sixth = ", ".join(DELTAS[depth][-1] for depth in DELTAS)
    return Claim(
        "ghosh2025.cascade",
        AFTER,
        "the first six period doublings of the balanced chain, L = 2 to 5",
        "rho' = rho + eta (sigma - rho^L) rho^(L-1), S = L sigma^(2 - 2/L), has cycles of least period 2^(n-1), n = 1 to 7, whose multiplier passes -1 at eta_n, within 1e-12 of the tabulated values of eta S: for the 4-cycle at eta_3 S = "
        f"{third} for L = 2, 3, 4, 5. The ratios delta_n = (eta_n - eta_(n-1))/(eta_(n+1) - eta_n), n = 2 to 6, are within 1e-6 of those tabulated, delta_6 = {sixth}: within 1e-3 of Feigenbaum's 4.669202.",
        (
            Proof("in units of sigma^(1/L) the map has the one parameter eta S", tuple(map(_scaled, EDGES)), "t = sigma^(1/L), rho = t r, and eta S = L eta t^(2L-2) is the s of the maps."),
            *map(_located, EDGES),
            Proof("ratios", tuple(itertools.chain.from_iterable(map(_ratios, EDGES))), "From the ends of the intervals that hold eta_n."),
            Proof("delta_6", tuple(Inequality(f"L = {depth}: |delta_6 - 4.669202| + 1e-6 < 1e-3", sp.Rational(1, 10**3) - abs(sp.Rational(DELTAS[depth][-1]) - sp.Rational("4.669202")) - sp.Rational(1, 10**6), {}, strict=True) for depth in DELTAS)),
        ),
        kind="derived",
        notes=(
            "That the cycle which flips at eta_(n+1) is the one born at eta_n, and attracts between, is followed by continuation and not proved; of the 2-cycle ghosh2025.flip proves it.",
        ),
    )  # fmt: skip


def _accumulation() -> Claim:
    def end(depth: int) -> Observation:
        return Observation(
            f"L = {depth}",
            "balanced-cascade",
            f"eight doublings of the balanced chain of depth {depth}, the end extrapolated by Aitken's process, twice",
            (
                between("away", f"distance of the end from eta S = {ENDS[depth]}", high="1e-8"),
                between("error", "last change of the extrapolation", high="1e-9"),
                between("ratio", "distance of the last ratio of gaps from 4.669202", high="1e-4"),
                between("proved", "flips that are proved", low="9"),
            ),
            (("depth", depth), ("near", sp.Rational(ENDS[depth]))),
            seeds=(1, 1, 1),
        )

    ends = ", ".join(ENDS.values())
    return Claim(
        "ghosh2025.accumulation",
        AFTER,
        "where the period doublings of the balanced chain accumulate, by extrapolation",
        f"The flips eta_n of ghosh2025.cascade accumulate at eta S = {ends} for L = 2, 3, 4, 5, within 1e-8, and delta_8 is within 1e-4 of 4.669202.",
        tuple(map(end, ENDS)),
        kind="derived",
        notes=("Each flip is enclosed; the limit is extrapolated from them, which is no proof.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.cascade": _cascade,
    "ghosh2025.accumulation": _accumulation,
}
"""The claims on the cascade of a mode."""
