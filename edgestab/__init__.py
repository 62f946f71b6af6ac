"""edgestab: theorems about gradient descent at the edge of stability, checked.

The public names live in its packages and are imported when first used, so that ``import edgestab`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgestab.numerics.cycles.branches import flips as flips
    from edgestab.numerics.cycles.cascade import cascade as cascade
    from edgestab.numerics.cycles.cascade import cascade_of as cascade_of
    from edgestab.numerics.cycles.continuation import continue_cycle as continue_cycle
    from edgestab.numerics.cycles.cycles import cycles as cycles
    from edgestab.numerics.maps.exponents.exponents import ExponentsJob as ExponentsJob
    from edgestab.numerics.maps.exponents.exponents import exponents as exponents
    from edgestab.numerics.maps.exponents.growth import Measurement as Measurement
    from edgestab.numerics.maps.exponents.transverse import transverse_exponents as transverse_exponents
    from edgestab.numerics.maps.measures.boxcount import box_counting as box_counting
    from edgestab.numerics.maps.measures.entropy import basin_entropy as basin_entropy
    from edgestab.numerics.maps.measures.uncertainty import uncertainty_exponent as uncertainty_exponent
    from edgestab.numerics.maps.pictures.basin import BasinJob as BasinJob
    from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob as OrbitDiagramJob
    from edgestab.numerics.maps.pictures.passage import passage as passage
    from edgestab.numerics.maps.pictures.refine import Refinement as Refinement
    from edgestab.numerics.maps.pictures.slices import Axis as Axis
    from edgestab.numerics.maps.pictures.slices import Slice as Slice
    from edgestab.numerics.maps.pictures.slices import slice_of as slice_of
    from edgestab.numerics.orbits.follow import Rules as Rules
    from edgestab.numerics.orbits.sweep import sweep as sweep
    from edgestab.numerics.tiling.running import run as run
    from edgestab.numerics.tiling.running import run_stored as run_stored
    from edgestab.theory.claim import Claim as Claim
    from edgestab.theory.claims.catalogue import catalogue as catalogue
    from edgestab.theory.claims.catalogue import find as find
    from edgestab.theory.conclusions.along import Along as Along
    from edgestab.theory.conclusions.converges import Converges as Converges
    from edgestab.theory.conclusions.diverges import Diverges as Diverges
    from edgestab.theory.conclusions.final_sharpness import FinalSharpness as FinalSharpness
    from edgestab.theory.conclusions.monotone import Monotone as Monotone
    from edgestab.theory.lemma import Expansion as Expansion
    from edgestab.theory.lemma import Identity as Identity
    from edgestab.theory.lemma import Inequality as Inequality
    from edgestab.theory.loss import Loss as Loss
    from edgestab.theory.models.base import Model as Model
    from edgestab.theory.models.catalogue import model as model
    from edgestab.theory.models.of_loss import model_of_loss as model_of_loss
    from edgestab.theory.observation import Observation as Observation
    from edgestab.theory.observation import between as between
    from edgestab.theory.optimizers import gradient_descent as gradient_descent
    from edgestab.theory.optimizers import heavy_ball as heavy_ball
    from edgestab.theory.optimizers import nesterov as nesterov
    from edgestab.theory.parts.certified import Certified as Certified
    from edgestab.theory.parts.family import StatementFamily as StatementFamily
    from edgestab.theory.parts.proof import Proof as Proof
    from edgestab.theory.region import Region as Region
    from edgestab.theory.statement import OrbitStatement as OrbitStatement
    from edgestab.theory.statement import StepSizes as StepSizes
    from edgestab.theory.stepmap import StepMap as StepMap
    from edgestab.verify.check import check as check
    from edgestab.verify.evidence.standing import Standing as Standing
    from edgestab.verify.symbolic import curve_constant as curve_constant
    from edgestab.verify.verdict import Verdict as Verdict

_HOMES = {
    "Along": "edgestab.theory.conclusions.along",
    "Axis": "edgestab.numerics.maps.pictures.slices",
    "BasinJob": "edgestab.numerics.maps.pictures.basin",
    "Certified": "edgestab.theory.parts.certified",
    "Claim": "edgestab.theory.claim",
    "Converges": "edgestab.theory.conclusions.converges",
    "Diverges": "edgestab.theory.conclusions.diverges",
    "Expansion": "edgestab.theory.lemma",
    "ExponentsJob": "edgestab.numerics.maps.exponents.exponents",
    "FinalSharpness": "edgestab.theory.conclusions.final_sharpness",
    "Identity": "edgestab.theory.lemma",
    "Inequality": "edgestab.theory.lemma",
    "Loss": "edgestab.theory.loss",
    "Measurement": "edgestab.numerics.maps.exponents.growth",
    "Model": "edgestab.theory.models",
    "Monotone": "edgestab.theory.conclusions.monotone",
    "Observation": "edgestab.theory.observation",
    "OrbitDiagramJob": "edgestab.numerics.maps.pictures.orbit_diagram",
    "OrbitStatement": "edgestab.theory.statement",
    "Proof": "edgestab.theory.parts.proof",
    "Refinement": "edgestab.numerics.maps.pictures.refine",
    "Region": "edgestab.theory.region",
    "Rules": "edgestab.numerics.orbits.follow",
    "Slice": "edgestab.numerics.maps.pictures.slices",
    "Standing": "edgestab.verify.evidence.standing",
    "StatementFamily": "edgestab.theory.parts.family",
    "StepMap": "edgestab.theory.stepmap",
    "StepSizes": "edgestab.theory.statement",
    "Verdict": "edgestab.verify.verdict",
    "basin_entropy": "edgestab.numerics.maps.measures.entropy",
    "between": "edgestab.theory.observation",
    "box_counting": "edgestab.numerics.maps.measures.boxcount",
    "cascade": "edgestab.numerics.cycles.cascade",
    "cascade_of": "edgestab.numerics.cycles.cascade",
    "catalogue": "edgestab.theory.claims.catalogue",
    "check": "edgestab.verify.check",
    "continue_cycle": "edgestab.numerics.cycles.continuation",
    "curve_constant": "edgestab.verify.symbolic",
    "cycles": "edgestab.numerics.cycles.cycles",
    "exponents": "edgestab.numerics.maps.exponents.exponents",
    "find": "edgestab.theory.claims.catalogue",
    "flips": "edgestab.numerics.cycles.branches",
    "gradient_descent": "edgestab.theory.optimizers",
    "heavy_ball": "edgestab.theory.optimizers",
    "model": "edgestab.theory.models",
    "model_of_loss": "edgestab.theory.models",
    "nesterov": "edgestab.theory.optimizers",
    "passage": "edgestab.numerics.maps.pictures.passage",
    "run": "edgestab.numerics.tiling.running",
    "run_stored": "edgestab.numerics.tiling.running",
    "slice_of": "edgestab.numerics.maps.pictures.slices",
    "sweep": "edgestab.numerics.orbits.sweep",
    "transverse_exponents": "edgestab.numerics.maps.exponents.transverse",
    "uncertainty_exponent": "edgestab.numerics.maps.measures.uncertainty",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'edgestab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
