"""The explorer: one HTML page in which the basins, orbit diagram and phase portrait of a loss are computed as one looks."""
