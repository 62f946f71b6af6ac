"""Networks on torch: losses of flat parameters, their curvature, and the dynamics of training (extra ``nn``)."""
