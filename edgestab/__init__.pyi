"""The public names, each once: `edgestab.public` imports one when it is first used; type checkers read them here."""

# By subject, not by module:
# isort: off

# Losses, and the maps that update rules make of them.
from edgestab.theory.chart import Chart as Chart
from edgestab.theory.loss import Loss as Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent as gradient_descent
from edgestab.theory.optimizers.momentum import heavy_ball as heavy_ball, nesterov as nesterov
from edgestab.theory.stepmap import Observer as Observer, StepMap as StepMap
from edgestab.theory.symbols import ETA as ETA, symbol as symbol, symbols as symbols

# Models: a loss, its step and its minima.
from edgestab.theory.models.base import Coordinates as Coordinates, LimitSet as LimitSet, Model as Model
from edgestab.theory.models.catalogue import model as model
from edgestab.theory.models.given import model_given as model_given
from edgestab.theory.models.of_loss import model_of_loss as model_of_loss, model_of_step as model_of_step

# Claims, and what they are made of.
from edgestab.theory.claim import Claim as Claim
from edgestab.verify.catalogue import catalogue as catalogue, find as find
from edgestab.theory.conclusions.along import Along as Along
from edgestab.theory.conclusions.converges import Converges as Converges
from edgestab.theory.conclusions.diverges import Diverges as Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness as FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone as Monotone
from edgestab.theory.lemma import (
    CurveConstant as CurveConstant,
    Expansion as Expansion,
    Identity as Identity,
    Inequality as Inequality,
)
from edgestab.theory.observation import Observation as Observation, between as between
from edgestab.theory.parts.certified import Certified as Certified
from edgestab.theory.parts.family import StatementFamily as StatementFamily
from edgestab.theory.parts.proof import Proof as Proof, Refutation as Refutation
from edgestab.theory.parts.two_cycle import TwoCycleWindow as TwoCycleWindow
from edgestab.theory.region import Region as Region
from edgestab.theory.statement import (
    Interruption as Interruption,
    OrbitStatement as OrbitStatement,
    StepSizes as StepSizes,
)
from edgestab.verbs import read_claim as read_claim

# Verdicts and proofs.
from edgestab.report.write import write_report as write_report
from edgestab.verify.certify.claims import certify as certify, write_certificates as write_certificates
from edgestab.verify.certify.recheck import recheck as recheck
from edgestab.verify.check import check as check
from edgestab.verify.evidence.standing import Standing as Standing
from edgestab.verify.side_by_side import check_all as check_all
from edgestab.verify.symbolic import curve_constant as curve_constant
from edgestab.verify.verdict import Verdict as Verdict

# Orbits.
from edgestab.numerics.maps.pictures.passage import passage as passage
from edgestab.numerics.orbits.follow import Rules as Rules
from edgestab.numerics.orbits.status import Status as Status
from edgestab.numerics.orbits.sweep import sweep as sweep

# Maps of basins and their measures; orbit diagrams.
from edgestab.numerics.maps.measures.boxcount import box_counting as box_counting
from edgestab.numerics.maps.measures.entropy import basin_entropy as basin_entropy
from edgestab.numerics.maps.measures.uncertainty import uncertainty_exponent as uncertainty_exponent
from edgestab.numerics.maps.pictures.basin import BasinJob as BasinJob
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob as OrbitDiagramJob
from edgestab.numerics.maps.pictures.refine import Refinement as Refinement
from edgestab.numerics.maps.pictures.slices import Axis as Axis, Slice as Slice, slice_of as slice_of
from edgestab.verbs import basin as basin

# Lyapunov exponents.
from edgestab.numerics.maps.exponents.exponents import ExponentsJob as ExponentsJob, exponents as exponents
from edgestab.numerics.maps.exponents.growth import Measurement as Measurement
from edgestab.numerics.maps.exponents.transverse import transverse_exponents as transverse_exponents

# Cycles and their bifurcations.
from edgestab.numerics.cycles.branches import branches as branches, flips as flips
from edgestab.numerics.cycles.cascade import cascade as cascade, cascade_of as cascade_of
from edgestab.numerics.cycles.continuation import continue_cycle as continue_cycle
from edgestab.numerics.cycles.cycles import cycles as cycles

# Matrix models in batches, their orbits and multipliers.
from edgestab.numerics.floquet.dynamics import dynamics_of as dynamics_of
from edgestab.numerics.floquet.floquet import floquet as floquet
from edgestab.numerics.matrices.descent import descend as descend
from edgestab.numerics.matrices.diagonal import diagonal_network as diagonal_network
from edgestab.numerics.matrices.factorization import factorization as factorization, two_layer as two_layer
from edgestab.numerics.matrices.pairs import two_cycle_multipliers as two_cycle_multipliers
from edgestab.numerics.matrices.two_cycle import two_cycle as two_cycle

# Where a job is computed, and what becomes of it.
from edgestab.numerics.tiling.executors import cluster as cluster, threads as threads
from edgestab.numerics.tiling.running import run as run, run_stored as run_stored
from edgestab.numerics.storage.netcdf import save_netcdf as save_netcdf
from edgestab.numerics.tiling.store import export_netcdf as export_netcdf
from edgestab.verbs import open_store as open_store

# Figures.
from edgestab.figures.basin import draw_basin as draw_basin
from edgestab.figures.cycles import draw_branches as draw_branches, draw_cascade as draw_cascade
from edgestab.figures.exponents import (
    draw_exponent_map as draw_exponent_map,
    draw_exponents as draw_exponents,
    draw_finite_time as draw_finite_time,
)
from edgestab.figures.of_claims import figure_for as figure_for
from edgestab.figures.of_datasets import figure_of as figure_of
from edgestab.figures.orbit_diagram import draw_orbit_diagram as draw_orbit_diagram
from edgestab.figures.save import save_figure as save_figure
from edgestab.figures.style import publication as publication

# A page in which to look round.
from edgestab.explorer.explorer import Explorer as Explorer, explore as explore

# Networks, which need torch; and what a user can mend.
from edgestab import networks as networks
from edgestab.errors import InputError as InputError

__version__: str
