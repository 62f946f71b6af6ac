"""Rigorous interval arithmetic in double precision, on batches of boxes."""
