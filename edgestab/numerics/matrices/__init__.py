"""Models whose parameters are matrices, in batches of arrays: deep linear networks, diagonal networks, their orbits."""
