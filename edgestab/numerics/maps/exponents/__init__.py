"""Lyapunov exponents: along one orbit, over a window, and across a set of minima."""
