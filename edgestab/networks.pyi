"""The public names of networks, each once; see ``edgestab/__init__.pyi``."""

# By subject, not by module:
# isort: off

# Problems: data, an architecture and a criterion.
from edgestab.numerics.networks.architectures.cnn import cnn as cnn
from edgestab.numerics.networks.architectures.deep_linear import deep_linear as deep_linear
from edgestab.numerics.networks.architectures.mlp import mlp as mlp
from edgestab.numerics.networks.architectures.module import of_module as of_module
from edgestab.numerics.networks.architectures.resnet import resnet as resnet
from edgestab.numerics.networks.architectures.transformer import (
    patch_transformer as patch_transformer,
    token_transformer as token_transformer,
)
from edgestab.numerics.networks.data.chebyshev import chebyshev as chebyshev
from edgestab.numerics.networks.data.cifar10 import cifar10 as cifar10
from edgestab.numerics.networks.data.digits import digits as digits, digits_parity as digits_parity
from edgestab.numerics.networks.data.mnist import mnist as mnist
from edgestab.numerics.networks.data.modular_addition import modular_addition as modular_addition
from edgestab.numerics.networks.data.npz import npz as npz
from edgestab.numerics.networks.data.power_law import power_law_gaussian as power_law_gaussian
from edgestab.numerics.networks.data.samples import Data as Data, held_out as held_out
from edgestab.numerics.networks.data.teacher import teacher_student as teacher_student
from edgestab.numerics.networks.data.whitened_linear import whitened_linear as whitened_linear
from edgestab.numerics.networks.losses.accuracy import accuracy as accuracy
from edgestab.numerics.networks.losses.criteria import (
    Criterion as Criterion,
    cross_entropy as cross_entropy,
    squared_error as squared_error,
)
from edgestab.numerics.networks.losses.network import Network as Network, network_objective as network_objective
from edgestab.numerics.networks.specs.problems import problem as problem
from edgestab.numerics.networks.specs.spec import (
    Problem as Problem,
    problem_of as problem_of,
    read_problem as read_problem,
)

# Objectives and their derivatives.
from edgestab.numerics.networks.losses.derivative_check import check_derivatives as check_derivatives
from edgestab.numerics.networks.losses.objective import Objective as Objective, Point as Point
from edgestab.numerics.networks.losses.taylor import Taylor as Taylor

# Curvature, and eigenvalues along training.
from edgestab.numerics.networks.spectra.curvature import (
    Curvature as Curvature,
    curvature as curvature,
    dense_hessian as dense_hessian,
    midpoint as midpoint,
    sharpness as sharpness,
)
from edgestab.numerics.networks.spectra.eigen import (
    Eigenpairs as Eigenpairs,
    Tracker as Tracker,
    top_eigenpairs as top_eigenpairs,
)
from edgestab.numerics.networks.spectra.preconditioned import preconditioned as preconditioned
from edgestab.numerics.networks.spectra.rotation import (
    angle as angle,
    polarity as polarity,
    principal_angles as principal_angles,
    rotation as rotation,
    similarity_in_time as similarity_in_time,
)
from edgestab.numerics.networks.spectra.trace import trace as trace

# Update rules.
from edgestab.numerics.networks.optimizers.adam import adam as adam
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent as gradient_descent
from edgestab.numerics.networks.optimizers.heavy_ball import heavy_ball as heavy_ball
from edgestab.numerics.networks.optimizers.nesterov import nesterov as nesterov
from edgestab.numerics.networks.optimizers.optimizer import Optimizer as Optimizer
from edgestab.numerics.networks.optimizers.rmsprop import rmsprop as rmsprop, scalar_rmsprop as scalar_rmsprop

# Training: recorded runs, batched sweeps, the edge of stability.
from edgestab.numerics.networks.run.presets import preset as preset
from edgestab.numerics.networks.run.recording import open_run as open_run
from edgestab.numerics.networks.run.spec import RunSpec as RunSpec, read as read, spec_of as spec_of
from edgestab.numerics.networks.run.train import train as train
from edgestab.numerics.networks.training.batched import sharpnesses as sharpnesses, sweep as sweep
from edgestab.numerics.networks.training.edge import (
    Edge as Edge,
    below_edge as below_edge,
    find_edge as find_edge,
    kick as kick,
)
from edgestab.numerics.networks.training.loop import Iterate as Iterate, iterates as iterates

# Flows.
from edgestab.numerics.networks.flows.central_flow import central_flow as central_flow, descent as descent
from edgestab.numerics.networks.flows.central_rmsprop import (
    rmsprop_preconditioner as rmsprop_preconditioner,
    scalar_rmsprop_preconditioner as scalar_rmsprop_preconditioner,
)
from edgestab.numerics.networks.flows.gradient_flow import adaptive_flow as adaptive_flow, flow as flow
from edgestab.numerics.networks.flows.stable_flow import stable_flow as stable_flow

# Self-stabilization.
from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory as constrained_trajectory
from edgestab.numerics.networks.stabilization.flip import flip_form as flip_form
from edgestab.numerics.networks.stabilization.minima import at_sharpness as at_sharpness, minimum_near as minimum_near
from edgestab.numerics.networks.stabilization.minimum_flip import flip_at_minimum as flip_at_minimum
from edgestab.numerics.networks.stabilization.plane import fit_parabola as fit_parabola, plane_of as plane_of
from edgestab.numerics.networks.stabilization.reduced import (
    drifting_swing as drifting_swing,
    reduced_landing as reduced_landing,
)
