"""Exact mathematics: losses, step maps, models, claims. No arrays, no floats, no files."""
