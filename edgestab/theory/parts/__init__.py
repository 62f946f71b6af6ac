"""The parts of claims that are neither a statement about orbits nor an observation, one a file."""
