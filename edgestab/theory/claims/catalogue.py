"""The catalogue: every claim by its id, built when it is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from edgestab.errors import InputError

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim


@dataclass(frozen=True)
class Paper:
    """A paper, and where its claims are.

    Parameters
    ----------
    source : str
        Authors, venue and number.
    modules : tuple of str
        The modules of this package whose `CLAIMS` are its claims, in the order of the text.
    """

    source: str
    modules: tuple[str, ...]

    def builders(self) -> Iterator[tuple[str, Callable[[], Claim]]]:
        """Yield the id of every claim and the function that builds it; a module is imported when its turn comes."""
        for module in self.modules:
            found: Mapping[str, Callable[[], Claim]] = import_module(f"edgestab.theory.claims.{module}").CLAIMS
            yield from found.items()


PAPERS: Mapping[str, Paper] = {
    "zhu2023": Paper(
        "Zhu, Wang, Wang, Zhou & Ge, ICLR 2023, arXiv 2210.03294",
        (
            "zhu2023.setting",
            "zhu2023.theorems",
            "zhu2023.expansions",
            "zhu2023.sections",
            "zhu2023.slips",
            "zhu2023.results",
            "zhu2023.certified",
            "zhu2023.networks",
        ),
    ),
    "damian2023": Paper(
        "Damian, Nichani & Lee, ICLR 2023, arXiv 2209.15594",
        (
            "damian2023.general",
            "damian2023.cubic",
            "damian2023.spring",
            "damian2023.momentum",
            "damian2023.networks",
        ),
    ),
    "cohen2021": Paper("Cohen, Kaur, Li, Kolter & Talwalkar, ICLR 2021, arXiv 2103.00065", ("cohen2021",)),
    "cohen2024": Paper("Cohen, Damian, Talwalkar, Kolter & Lee, arXiv 2410.24206", ("cohen2024",)),
    "wang2024": Paper("Wang & Roberts, arXiv 2412.17613", ("wang2024.networks", "wang2024.toy")),
    "kalra2023": Paper("Kalra, He & Barkeshli, arXiv 2311.02076", ("kalra2023.model", "kalra2023.escape")),
    "chen2024": Paper("Chen, Balasubramanian, Ghosal & Agrawalla, TMLR 2024, arXiv 2310.01687", ("chen2024",)),
    "ghosh2025": Paper(
        "Ghosh, Kwon, Wang, Ravishankar & Qu, ICLR 2025, arXiv 2502.20531",
        (
            "ghosh2025.minima",
            "ghosh2025.modes",
            "ghosh2025.two_cycle",
            "ghosh2025.cascade",
            "ghosh2025.transverse",
            "ghosh2025.observed",
            "ghosh2025.scalar_runs",
        ),
    ),
    "even2023": Paper("Even, Pesme, Gunasekar & Flammarion, arXiv 2302.08982", ("even2023",)),
    "liang2025": Paper("Liang & Montufar, arXiv 2509.25351", ("liang2025",)),
    "derived": Paper(
        "derived here, after the papers that the claims name",
        (
            "derived.heavy_ball_noise",
            "derived.random_curvature",
            "derived.zeroth_order",
            "derived.noisy_edge",
            "derived.steps",
        ),
    ),
    "edgestab2026": Paper(
        "this package, docs/landing.md, after the papers that the claims name",
        (
            "edgestab2026.flip",
            "edgestab2026.equivalents",
            "edgestab2026.landing",
            "edgestab2026.landing_next",
            "edgestab2026.landing_on_minima",
            "edgestab2026.landing_losses",
            "edgestab2026.subcritical",
            "edgestab2026.subcritical_network",
            "edgestab2026.networks",
            "edgestab2026.windows",
        ),
    ),
}
"""The papers of the catalogue, by the key that begins the ids of their claims."""


def require_paper(paper: str | None) -> None:
    """Refuse a paper that the catalogue does not have."""
    if paper is not None and paper not in PAPERS:
        raise InputError(f"unknown paper {paper[:40]!r}; the papers are {', '.join(PAPERS)}")


def ids(paper: str | None = None) -> tuple[str, ...]:
    """Return the ids of a paper's claims, or of all, in the order of the papers and of the text; nothing is built.

    Raises
    ------
    InputError
        When there is no such paper, with the keys that exist.

    Examples
    --------
    >>> ids("wang2024")[:2]
    ('wang2024.rotation', 'wang2024.polarity')
    """
    require_paper(paper)
    return tuple(i for key, of in PAPERS.items() if paper in (None, key) for i, _ in of.builders())


def catalogue() -> tuple[Claim, ...]:
    """Return every claim, in the order of `ids`."""
    return tuple(map(find, ids()))


@functools.cache
def find(claim_id: str) -> Claim:
    """Return a claim by id; no other is built.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> find("zhu2023.cor3.1").kind
    'theorem'
    """
    key = claim_id.partition(".")[0]
    for name, build in PAPERS[key].builders() if key in PAPERS else ():
        if name == claim_id:
            return build()
    raise InputError(f"unknown claim {claim_id[:60]!r}; `edgestab claims` lists them")
