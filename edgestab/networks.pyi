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
from edgestab.numerics.networks.data.data import (
    Data as Data,
    chebyshev as chebyshev,
    digits as digits,
    digits_parity as digits_parity,
    held_out as held_out,
    modular_addition as modular_addition,
    power_law_gaussian as power_law_gaussian,
    teacher_student as teacher_student,
    whitened_linear as whitened_linear,
)
from edgestab.numerics.networks.data.files import cifar10 as cifar10, mnist as mnist, npz as npz
from edgestab.numerics.networks.losses.accuracy import accuracy as accuracy
from edgestab.numerics.networks.losses.criteria import (
    Criterion as Criterion,
    cross_entropy as cross_entropy,
    squared_error as squared_error,
)
from edgestab.numerics.networks.losses.network import Network as Network, network_objective as network_objective
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
from edgestab.numerics.networks.training.optimizers import (
    Optimizer as Optimizer,
    adam as adam,
    gradient_descent as gradient_descent,
    heavy_ball as heavy_ball,
    nesterov as nesterov,
    rmsprop as rmsprop,
    scalar_rmsprop as scalar_rmsprop,
)

# Training: recorded runs, batched sweeps, the edge of stability.
from edgestab.numerics.networks.run.presets import preset as preset
from edgestab.numerics.networks.run.recording import open_run as open_run
from edgestab.numerics.networks.run.spec import RunSpec as RunSpec, read as read, spec_of as spec_of
from edgestab.numerics.networks.run.train import train as train
from edgestab.numerics.networks.training.batched import sharpnesses as sharpnesses, sweep as sweep
from edgestab.numerics.networks.training.edge import Edge as Edge, find_edge as find_edge, kick as kick

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
from edgestab.numerics.networks.stabilization.plane import fit_parabola as fit_parabola, plane_of as plane_of
