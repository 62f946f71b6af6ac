"""Iterates per second of gradient descent, side by side with other ways to iterate a map: ``python -m benchmarks``."""
