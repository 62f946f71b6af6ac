"""The explorer: one HTML page that computes basins, an orbit diagram and a phase portrait as one looks."""
