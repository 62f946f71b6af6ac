"""Conclusions about orbits: what a statement claims of each, one a file."""
