"""Statements that arguments prove, and their certificates."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from edgestab.theory.statement import OrbitStatement
from edgestab.verify.claim_files.claims import claim_from, read_claim
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.proofs.attempts import argument_for
from edgestab.verify.proofs.certificate import certificate_of

THEOREMS = Path(__file__).parents[2] / "edgestab/verify/theorems"

OF_PAPERS = (
    "altschuler2023-long-step",
    "andriushchenko2022-usam-above",
    "andriushchenko2022-usam-below",
    "chen2023-below",
    "chen2023-bounded",
    "chen2023-trapped",
    "heavyball1964-edge",
    "kong2020-chaos",
    "lessard2016-convex",
    "macdonald2023-decay",
    "meng2024-below",
    "nesterov1983-below",
    "nesterov2004-descent",
    "zhang2020-unclipped",
)
"""The theorems of papers that an argument proves."""

WELL, SQUARE = "(x**2 - 1)**2/4", {"x": ["1/2", "3/2"], "y": ["1/2", "6/5"]}
PRODUCT = "(x*y - 1)**2/2 + (x**2 + y**2)/20"


def _one(loss: str, eta: Any, region: Any, conclusion: dict[str, Any], **more: Any) -> dict[str, Any]:
    sizes = {"eta_range": eta} if isinstance(eta, list) else {"eta": eta}
    region = region if isinstance(region, dict) else {"x": region}
    return {"loss": loss, "parameters": " ".join(region), **sizes, "region": region, "conclusion": conclusion, **more}


def _along(inequality: str, **steps: int) -> dict[str, Any]:
    return {"kind": "along", "inequality": inequality, **steps}


OURS = {
    "sharp-image": _one("x**2/2", "1/2", 1, _along("x >= 1/2", **{"from": 1, "until": 1})),
    "range-image": _one(WELL, ["7/5", "3/2"], ["1/20", "32/25"], {"kind": "invariant"}),
    "plane-image": _one(PRODUCT, "3/10", SQUARE, _along("x + y < 13/5", until=3), where=["x + y < 5/2"]),
    "warmup-image": _one(
        "x**4/4 + x**2/2", "1/2", [3, "16/5"], _along("x <= 33/10 + t", until=3), step_size="eta*min(1, (t + 1)/50)"
    ),
    "domain-image": _one("x - log(x)", "3/2", ["1/2", "5/2"], _along("x**2 <= 1000", until=1)),
    "trapped-along": _one(WELL, "29/20", ["1/10", "6/5"], _along("x < 123/100")),
    "trapped-plane": _one(f"{WELL} + (y**2 - 1)**2/4 + x*y/50", ["3/10", "2/5"], {"x": ["7/10", "6/5"], "y": ["7/10", "6/5"]}, _along("x > 1/1000")),
    "clipped": _one("x**4/4 + x**2/2", "1/2", [-9, 9], {"kind": "bounded"}, step_size="eta/max(1, abs(gx))"),
    "limit": _one(WELL, "9/10", ["1/10", "13/10"], {"kind": "limit", "inequality": "x_final > 999/1000"}),
    "window": _one("log(cosh(x)) + y**2 + x**2", "1/10", {"x": [-1, 2], "y": [0, 1]}, {"kind": "final-sharpness", "low": "2.9", "high": "3.1"}),
    "huber": _one("x**2/2 - max(0, abs(x) - 1)**2/2", "19/10", [-9, 9], {"kind": "converges"}),
    "barrier": _one("x - log(x)", "1/2", ["1/2", 2], {"kind": "bounded"}),
    "linear-window": _one("3*x**2/2 + y**2", "1/2", {"x": [-1, 2], "y": [0, 1]}, {"kind": "final-sharpness", "low": "2.9", "high": "3.1"}, optimizer="heavy-ball", constants={"beta": "1/2"}),
    "linear-limit": _one("(3*x - 1)**2/2", ["1/20", "1/10"], [-1, 1], {"kind": "limit", "inequality": "x_final <= 1/3"}),
}  # fmt: skip


@cache
def statement(name: str) -> OrbitStatement:
    """Return the statement of a theorem of a paper, or of one of ours."""
    claim = (
        read_claim(THEOREMS / f"{name}.toml")
        if name in OF_PAPERS
        else claim_from(msgspec.convert({"name": name, **OURS[name]}, Entries))
    )
    (part,) = claim.parts
    assert isinstance(part, OrbitStatement)
    return part


@cache
def text(name: str) -> str:
    """Return the certificate of a statement."""
    argument, missing = argument_for(statement(name))
    assert argument is not None, missing
    certificate = certificate_of(argument)
    assert certificate is not None, argument.certificate
    return certificate.text


def document(name: str) -> dict[str, Any]:
    """Return the certificate of a statement as it is read."""
    read: dict[str, Any] = json.loads(text(name))
    return read
