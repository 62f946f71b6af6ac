"""Statements of 2023-2026 about noise, momentum and other steps, derived here: each names the paper that it is after.

What those papers say is cited as transcribed. What is claimed is what the lemmas show.
"""
