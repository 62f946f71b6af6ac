"""Proofs of contraction beside the same proofs in Arb and in plain Python: ``python -m benchmarks.certificates``."""
