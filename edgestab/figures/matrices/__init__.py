"""Figures of the matrix models."""
