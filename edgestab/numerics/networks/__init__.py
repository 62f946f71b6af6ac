"""Networks on torch: losses of flat parameters, their curvature, and the dynamics of training (extra ``nn``)."""

from importlib.util import find_spec

if find_spec("torch") is None:
    raise ModuleNotFoundError('networks need torch, which is not installed: pip install "edgestab[nn]"', name="torch")
