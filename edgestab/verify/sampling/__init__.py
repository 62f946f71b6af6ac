"""Sampling: starts drawn from the hypotheses, attacks on the conclusion, confirmed counterexamples."""
