"""Proofs of statements that nobody wrote a proof for: one argument a file."""
