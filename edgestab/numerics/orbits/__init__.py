"""Orbits of a model: advanced in lock-step, judged, and reported as labelled outcomes."""
