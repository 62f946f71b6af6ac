"""edgestab: theorems about gradient descent at the edge of stability, checked.

>>> import edgestab
>>> basin = edgestab.basin("quartic", x=(3, 3.4), y=(0.1, 0.5), eta=0.2, size=64)
>>> int((basin.status == edgestab.Status.CONVERGED).sum())
2463
>>> edgestab.check(edgestab.find("zhu2023.minima")).sentence
'in exact arithmetic: the coupled Hessian is singular at a minimum; ...'
"""

from edgestab.public import attach

_public, __dir__ = attach(__name__, __file__)
del attach  # no name of this module's own


def __getattr__(name: str) -> object:
    if name == "__version__":
        from edgestab.version import version

        return version()
    return _public(name)
