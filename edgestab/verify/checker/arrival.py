"""How many steps it takes: bounds of the tube's map from which a bound of the time follows (Theorem 4)."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

import sympy as sp

from edgestab.verify.checker.enclosures import ball, claim, derived, positive
from edgestab.verify.checker.gradient_descent import DEVIATION, DRIFT, EPS, HEIGHT, MULTIPLIER, OFFSET, horner
from edgestab.verify.checker.reading import demand, listed, number, record
from edgestab.verify.checker.trees import settle
from edgestab.verify.checker.tube import TubeProof

WORK = 8_000_000  # operations on balls that these bounds may take
TWICE, NEXT, IMAGE = sp.symbols("twice xnext bnext")


def prove_time(proof: TubeProof, value: Any) -> str:
    """Prove the bounds, and return the time in words; the sections of the start and of the limit come before."""
    *entries, sides, gap, keep = record(value, "turn least fall theta near gain loss pace height gap keep", "time")
    turn, least, fall, theta, near, gain, loss, pace = listed(number, entries, "time")
    (low, high), lower = listed(number, sides, "time.height", 2), listed(number, gap, "time.gap")
    demand(proof.frozen and proof.motion.above is None, "time: the map must be that of l(uv), with its frozen 2-cycles")
    # The rest of the signs follow: m = -1 at x = b = 0, where J does not depend on eps.
    demand(min(least, fall, theta, near, gain, pace) > 0, "time: a sign is wrong")
    (rho0, rho1, rho2), (left, right), top = proof.rho, proof.strip, proof.ceiling
    kept = 1 - rho1 - rho2 * top  # positive by the section of the limit
    demand(left <= -near and near <= right, "time: near is not in the strip")
    demand(top <= 1, "time: the ceiling is above 1")
    demand(proof.shrunk > 0, "time: b may nearly vanish before the capture")
    eps, lowest = (Fraction(0), proof.eps[1]), proof.lowest
    proof.work.allow(WORK)
    test = partial(claim, proof.work)
    variables, flow = (OFFSET, DEVIATION, EPS), proof.flow
    wide = (lowest, top), proof.strip, eps
    above = (Fraction(0), top), proof.strip, eps
    turning = sp.Symbol(f"{MULTIPLIER}_{DEVIATION}")
    settle(test(flow, variables, fall=DRIFT - fall), ".", wide, "time.fall")
    settle(test(flow, variables, least=-MULTIPLIER - least), ".", above, "time.least")
    bent = derived(flow, DEVIATION)
    settle(test(bent, variables, below=turn - turning, over=turn + turning), ".", above, "time.turn")
    settle(proof.signs, ".", ((-near, near),), "time.near")  # F is the 2-cycle there, also where no leaf needs it
    heights = test(flow, (DEVIATION, EPS), low=HEIGHT - low, high=high - HEIGHT)
    settle(heights, ".", (proof.strip, eps), "time.height")
    names = {OFFSET: NEXT, DEVIATION: IMAGE} | {name: sp.Symbol(f"{name}2") for name in proof.motion.flow}
    again = {names[name]: f.xreplace(names) for name, f in proof.motion.flow.items()}
    twice = {
        **proof.motion.flow,
        NEXT: OFFSET - EPS * DEVIATION**2 * DRIFT,
        IMAGE: MULTIPLIER * DEVIATION,
        **again,
        TWICE: MULTIPLIER * names[MULTIPLIER],
    }
    box = (-near, near)
    grows, moves = (sp.Symbol(f"{TWICE}_{by}") for by in (OFFSET, EPS))
    frozen = (lowest, near**2 * high), box, (Fraction(0), Fraction(0))
    settle(test(derived(twice, OFFSET), variables, gain=grows - gain), ".", frozen, "time.gain")
    last = (lowest, Fraction(0)), box, eps
    settle(test(derived(twice, EPS), variables, loss=loss - moves), ".", last, "time.loss")
    kappa = -(proof.c + rho0 + theta)
    ends = {
        "falls": kappa * gain - loss - pace,
        "near": near**2 * low - EPS * (2 * rho0 + theta),
        **proof.motion.margins((proof.c - rho0, -kappa), (horner(lower, EPS), proof.window[1]), None),
    }
    settle(test({}, (EPS,), **ends), ".", (eps,), "time")
    axis, begin = least * top / (2 * turn * proof.shrunk), _begin(proof, keep)
    terms = (
        f"{proof.followed + 6}",
        f"(1 + 4/f) ln+({_up(axis)}/|b_0|)",
        f"{_up(4 * turn**2 / (least**2 * fall))}/(eps f)",
        f"({_up(high / (fall * kept))}/eps) ln({_up((top - lowest) / theta)}/eps)",
        f"({_up(2 / pace)}/eps) ln+({_up(near)}/e)",
    )
    return (
        f"; and for every e > 0 and all n >= T, |b_n| <= e and x_n is that of a gap between "
        f"{sp.expand(horner(lower, EPS))} and {sp.expand(proof.window[1])}, where T = {' + '.join(terms)}, "
        f"f = {begin}, ln+ being the positive part of ln"
    )


def _up(value: Fraction) -> str:
    """A number of four digits that is not smaller, without an exponent."""
    places = 0
    while value * 10**places < 1000 and places < 12:
        places += 1
    whole = math.ceil(value * 10**places)
    return f"{whole // 10**places}.{whole % 10**places:0{places}d}".rstrip("0").rstrip(".") if places else str(whole)


def _begin(proof: TubeProof, value: Any) -> str:
    """Below which x the orbit is in the tube, in words."""
    keep = None if value is None else number(value, "time.keep")
    if proof.power is None:
        demand(keep is None and proof.floor[0] > 0, "time: starts that are a box have no keep, and floor[0] > 0")
        return f"{proof.floor[0]}"
    demand(keep is not None and 0 < keep < 1, "time.keep must be between 0 and 1")
    (sigma, p, reach), share = proof.power, keep or Fraction(1)
    floor, rate, log = ball(proof.floor[1]), ball(proof.rate), -ball(proof.eps[1]).log()
    lift, need = ball(sigma) * (ball(1 - p) * log).exp(), ball(reach / proof.rho[0]).log() + log
    fallen = rate * ball(1 - share) * lift
    positive(floor=ball(share) * lift - floor, g=fallen - need, slope=ball(1 - p) * fallen - 1)
    return f"{share * sigma} eps^({p})"
