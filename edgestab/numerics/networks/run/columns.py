"""What a run records: the variables of its store."""

from __future__ import annotations

from edgestab.numerics.networks.run.spec import RunSpec
from edgestab.numerics.tiling.tiles import Variable

STEP, EIGENVECTOR_STEP, PARAMETER_STEP = "step", "eigenvector_step", "parameter_step"

TIMES = (STEP, EIGENVECTOR_STEP, PARAMETER_STEP)
"""The dimensions along which a record grows."""

ALWAYS = {
    "loss": "loss",
    "gradient_norm": "norm of the gradient",
    "step_size": "step size",
    "edge": "largest stable eigenvalue of the preconditioned Hessian",
    "distance": "distance from the parameters at the start",
}

SPECTRUM = {
    "sharpness": "sharpness: the top eigenvalue of the Hessian",
    "residual": "residual of the eigenpairs, relative to the sharpness",
    "products": "Hessian-vector products spent on the eigenvalues",
    "relative_sharpness": "sharpness, preconditioned as the rule is, over the edge: eta S/2 for gradient descent",
}


def columns_of(spec: RunSpec, scores: tuple[str, ...], *, preconditioned: bool) -> dict[str, Variable]:
    """Return the variables of a run's store by name.

    Parameters
    ----------
    scores : tuple of str
        Which of accuracy, test_loss and test_accuracy the problem has.
    preconditioned : bool
        Whether the rule has a preconditioner.
    """
    record = spec.record
    named = dict(ALWAYS)
    if record.sharpness_every:
        named |= SPECTRUM
        if preconditioned:
            named["preconditioned_sharpness"] = "top eigenvalue of the preconditioned Hessian"
    if record.midpoint_every:
        named["midpoint_sharpness"] = "sharpness half way to the next step"
    if record.accuracy_every:
        words = {"accuracy": "accuracy", "test_loss": "loss on the test data", "test_accuracy": "test accuracy"}
        named |= {name: words[name] for name in scores}
    found = {name: Variable((STEP,), "float64", words) for name, words in named.items()}
    if record.sharpness_every:
        found["eigenvalues"] = Variable((STEP, "k"), "float64", "top eigenvalues of the Hessian, largest first")
    if record.eigenvectors_every:
        dims = (EIGENVECTOR_STEP, "parameter", "k")
        found["eigenvectors"] = Variable(dims, "float64", "top eigenvectors of the Hessian")
    if record.parameters_every:
        found["parameters"] = Variable((PARAMETER_STEP, "parameter"), "float64", "parameters")
    return found


def stride_of(spec: RunSpec, dimension: str) -> int:
    """Return every how many steps there is an entry along a dimension of time."""
    return {
        STEP: 1,
        EIGENVECTOR_STEP: spec.record.eigenvectors_every,
        PARAMETER_STEP: spec.record.parameters_every,
    }[dimension]
