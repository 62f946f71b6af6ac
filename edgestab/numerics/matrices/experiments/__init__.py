"""Experiments on the matrix models: what they measure becomes the statistics of observations."""
