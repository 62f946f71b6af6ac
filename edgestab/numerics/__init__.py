"""From a symbolic map to numbers: programs, compiled kernels, ball arithmetic, sweeps."""
