"""Claims side by side: the same verdicts in the same order for any number of processes, and none lost with a process."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import find
from edgestab.theory.lemma import Identity
from edgestab.theory.observation import Observation
from edgestab.theory.parts.proof import Proof
from edgestab.verify import pieces
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.pieces import Lost, PartOfClaim, pieces_of, verdict_of
from edgestab.verify.side_by_side import check_all
from edgestab.verify.verdict import Verdict

NAMES = ("zhu2023.slip1", "zhu2023.R10", "zhu2023.minima", "zhu2023.slip2-corrected", "zhu2023.sec5-simplified")


def told(verdict: Verdict) -> tuple[str, Standing, str, list[str]]:
    return verdict.claim.id, verdict.standing, verdict.sentence, [e.sentence for e in verdict.checks]


def own() -> Claim:
    x = sp.Symbol("x", real=True)
    proof = Proof("square", (Identity("x^2 = x x", (x + 1) ** 2, x**2 + 2 * x + 1),))
    return Claim("user.square", "", "", "", (proof,), kind="user")


@pytest.mark.parametrize("jobs", [1, 2])
def test_verdicts_and_their_order_are_those_of_one_process(jobs: int) -> None:
    claims = [*map(find, NAMES), own()]
    order: list[str] = []
    counts: list[tuple[int, int]] = []
    verdicts = check_all(claims, jobs=jobs, ready=lambda v: order.append(v.claim.id), done=lambda *n: counts.append(n))
    assert [told(v) for v in verdicts] == [told(check(c)) for c in claims]
    assert order == [c.id for c in claims]
    assert counts[0][0] == 0
    assert counts[-1][0] == counts[-1][1] == len(counts) - 1
    assert all(v.seconds > 0 for v in verdicts)


def test_runs_of_networks_side_by_side_are_those_of_one_process() -> None:
    pytest.importorskip("torch")
    claims = [find("cohen2024.complementarity"), find("cohen2024.scalar-rmsprop-variance")]
    assert [told(v) for v in check_all(claims, jobs=2)] == [told(check(c)) for c in claims]


def test_a_run_that_two_claims_ask_for_is_one_piece() -> None:
    pytest.importorskip("torch")
    claim = find("cohen2021.edge-of-stability")
    twin = replace(claim, id="user.twin")
    assert list(pieces_of(0, claim, "quick")) == list(pieces_of(1, twin, "quick"))


def test_a_part_of_the_catalogue_travels_by_its_name_and_a_user_s_as_it_is() -> None:
    claim = find("zhu2023.slip1")
    (piece,) = pieces_of(0, claim, "quick")
    assert isinstance(piece, PartOfClaim)
    assert piece.of == "zhu2023.slip1"
    changed = replace(claim, title="mine")
    (piece,) = pieces_of(0, changed, "quick")
    assert isinstance(piece, PartOfClaim)
    assert piece.of is changed


def test_a_lost_piece_leaves_its_claim_undecided_with_the_reason() -> None:
    claim = find("zhu2023.slip1")
    verdict = verdict_of(
        0, claim, "quick", {p: Lost("its process was killed by SIGKILL") for p in pieces_of(0, claim, "quick")}
    )
    assert verdict.standing is Standing.UNDECIDED
    assert verdict.sentence == "not settled: its process was killed by SIGKILL"


def test_a_lost_run_leaves_its_observation_undecided_though_others_would_be_enough() -> None:
    pytest.importorskip("torch")
    part = find("cohen2024.complementarity").parts[0]
    assert isinstance(part, Observation)
    claim = Claim("user.most", "", "", "", (replace(part, seeds=(4, 4, 4), at_least=sp.Rational(1, 2)),))
    needed = list(pieces_of(0, claim, "quick"))
    found: dict[pieces.Piece, pieces.Settled | Lost] = {
        p: pieces.settle_piece(p, effort="quick", threads=1) for p in needed
    }
    assert verdict_of(0, claim, "quick", found).standing is Standing.SUPPORTED
    lost = verdict_of(0, claim, "quick", {**found, needed[-1]: Lost("its process was killed by SIGKILL")})
    assert lost.standing is Standing.UNDECIDED
    assert lost.sentence == "not observed: its process was killed by SIGKILL"


def test_a_killed_process_costs_one_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    from edgestab.verify import side_by_side

    monkeypatch.setattr(side_by_side, "settle_piece", killed_at_r10)
    claims = list(map(find, NAMES))
    verdicts = check_all(claims, jobs=2)
    assert [v.claim.id for v in verdicts] == list(NAMES)
    assert [v.standing for v in verdicts if v.claim.id != "zhu2023.R10"] == [
        check(c).standing for c in claims if c.id != "zhu2023.R10"
    ]
    assert verdicts[1].standing is Standing.UNDECIDED
    assert "killed by SIGKILL" in verdicts[1].sentence


def killed_at_r10(piece: pieces.Piece, *rest: object, **how: object) -> object:
    if isinstance(piece, PartOfClaim) and piece.of == "zhu2023.R10" and piece.place == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return pieces.settle_piece(piece, *rest, **how)  # type: ignore[arg-type]  # passed on as they came


def test_bad_numbers_and_efforts_are_refused_before_any_work() -> None:
    with pytest.raises(InputError, match="at least 1, got 0"):
        check_all([find("zhu2023.slip1")], jobs=0)
    with pytest.raises(InputError, match="effort must be one of"):
        check_all([find("zhu2023.slip1")], "fast")


def test_the_workers_of_a_cluster_give_the_same_verdicts() -> None:
    distributed = pytest.importorskip("distributed")
    claims = [find("zhu2023.slip1"), find("zhu2023.sec5-simplified"), own()]
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    ) as workers:
        verdicts = check_all(claims, scheduler=workers.scheduler_address)
    assert [told(v) for v in verdicts] == [told(check(c)) for c in claims]
