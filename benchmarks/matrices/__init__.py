"""Benchmarks of the matrix models."""
