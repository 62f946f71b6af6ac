"""How orbits are judged by each conclusion: the margin in floating point, and a failure in ball arithmetic."""
