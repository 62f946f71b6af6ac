"""Which drift form a model has."""

from __future__ import annotations

from edgestab.theory.drift import DriftForm, drift_form
from edgestab.theory.drift_of_chain import chain_form
from edgestab.theory.models.base import Model


def form_of(model: Model) -> DriftForm:
    """Return the drift form of a model's step: that of a loss l(xy), or of the chain (x, y, y).

    Raises
    ------
    NoDriftForm
        When it has none that is known.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> form_of(model("chain:1,2")).power, form_of(model("quartic")).power
    (3, 2)
    """
    return chain_form(model) or drift_form(model)
