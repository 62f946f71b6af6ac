"""Networks on torch: problems, objectives, curvature, update rules, training with records, flows.

They need torch, which ``pip install "edgestab[nn]"`` brings.
"""

from edgestab.public import attach

__getattr__, __dir__ = attach(__name__, __file__)
del attach  # no name of this module's own
