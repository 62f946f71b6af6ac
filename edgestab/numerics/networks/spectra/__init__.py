"""Spectra: the top eigenpairs of the Hessian, cold and along a trajectory, and how they turn."""
