"""Training runs: a specification, a record in a Zarr store, checkpoints, and exact resume."""
