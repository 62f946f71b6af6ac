"""Work cut into tiles: jobs, who computes them, and where their results are kept."""
