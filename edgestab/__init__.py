"""edgestab: theorems about gradient descent at the edge of stability, checked.

The public names live in the four packages and are imported when first used, so that ``import edgestab`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numerics.cycles.branches import flips as flips
    from numerics.cycles.cascade import cascade as cascade
    from numerics.cycles.cascade import cascade_of as cascade_of
    from numerics.cycles.continuation import continue_cycle as continue_cycle
    from numerics.cycles.cycles import cycles as cycles
    from numerics.maps.basin import BasinJob as BasinJob
    from numerics.maps.boxcount import box_counting as box_counting
    from numerics.maps.entropy import basin_entropy as basin_entropy
    from numerics.maps.exponents import ExponentsJob as ExponentsJob
    from numerics.maps.exponents import exponents as exponents
    from numerics.maps.growth import Measurement as Measurement
    from numerics.maps.orbit_diagram import OrbitDiagramJob as OrbitDiagramJob
    from numerics.maps.passage import passage as passage
    from numerics.maps.refine import Refinement as Refinement
    from numerics.maps.slices import Axis as Axis
    from numerics.maps.slices import Slice as Slice
    from numerics.maps.slices import slice_of as slice_of
    from numerics.maps.transverse import transverse_exponents as transverse_exponents
    from numerics.maps.uncertainty import uncertainty_exponent as uncertainty_exponent
    from numerics.sweep import Rules as Rules
    from numerics.sweep import sweep as sweep
    from numerics.tiling.running import run as run
    from numerics.tiling.running import run_stored as run_stored
    from theory.claim import Certified as Certified
    from theory.claim import Claim as Claim
    from theory.claim import Family as Family
    from theory.claim import Proof as Proof
    from theory.claims import catalogue as catalogue
    from theory.claims import find as find
    from theory.lemma import Expansion as Expansion
    from theory.lemma import Identity as Identity
    from theory.lemma import Inequality as Inequality
    from theory.loss import Loss as Loss
    from theory.models import Model as Model
    from theory.models import model as model
    from theory.models import model_of_loss as model_of_loss
    from theory.observation import Observation as Observation
    from theory.observation import between as between
    from theory.optimizers import gradient_descent as gradient_descent
    from theory.optimizers import heavy_ball as heavy_ball
    from theory.optimizers import nesterov as nesterov
    from theory.region import Region as Region
    from theory.statement import Along as Along
    from theory.statement import Converges as Converges
    from theory.statement import Diverges as Diverges
    from theory.statement import FinalSharpness as FinalSharpness
    from theory.statement import Monotone as Monotone
    from theory.statement import OrbitStatement as OrbitStatement
    from theory.statement import StepSizes as StepSizes
    from theory.stepmap import StepMap as StepMap
    from verify.check import check as check
    from verify.evidence import Standing as Standing
    from verify.symbolic import curve_constant as curve_constant
    from verify.verdict import Verdict as Verdict

_HOMES = {
    "Along": "theory.statement",
    "Axis": "numerics.maps.slices",
    "BasinJob": "numerics.maps.basin",
    "Certified": "theory.claim",
    "Claim": "theory.claim",
    "Converges": "theory.statement",
    "Diverges": "theory.statement",
    "Expansion": "theory.lemma",
    "ExponentsJob": "numerics.maps.exponents",
    "Family": "theory.claim",
    "FinalSharpness": "theory.statement",
    "Identity": "theory.lemma",
    "Inequality": "theory.lemma",
    "Loss": "theory.loss",
    "Measurement": "numerics.maps.growth",
    "Model": "theory.models",
    "Monotone": "theory.statement",
    "Observation": "theory.observation",
    "OrbitDiagramJob": "numerics.maps.orbit_diagram",
    "OrbitStatement": "theory.statement",
    "Proof": "theory.claim",
    "Refinement": "numerics.maps.refine",
    "Region": "theory.region",
    "Rules": "numerics.sweep",
    "Slice": "numerics.maps.slices",
    "Standing": "verify.evidence",
    "StepMap": "theory.stepmap",
    "StepSizes": "theory.statement",
    "Verdict": "verify.verdict",
    "basin_entropy": "numerics.maps.entropy",
    "between": "theory.observation",
    "box_counting": "numerics.maps.boxcount",
    "cascade": "numerics.cycles.cascade",
    "cascade_of": "numerics.cycles.cascade",
    "catalogue": "theory.claims",
    "check": "verify.check",
    "continue_cycle": "numerics.cycles.continuation",
    "curve_constant": "verify.symbolic",
    "cycles": "numerics.cycles.cycles",
    "exponents": "numerics.maps.exponents",
    "find": "theory.claims",
    "flips": "numerics.cycles.branches",
    "gradient_descent": "theory.optimizers",
    "heavy_ball": "theory.optimizers",
    "model": "theory.models",
    "model_of_loss": "theory.models",
    "nesterov": "theory.optimizers",
    "passage": "numerics.maps.passage",
    "run": "numerics.tiling.running",
    "run_stored": "numerics.tiling.running",
    "slice_of": "numerics.maps.slices",
    "sweep": "numerics.sweep",
    "transverse_exponents": "numerics.maps.transverse",
    "uncertainty_exponent": "numerics.maps.uncertainty",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'edgestab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
