"""Orbits of a statement: starts drawn from its hypotheses, and single orbits followed in ball arithmetic."""
