"""Benchmarks of the curvature of networks: derivatives beside other ways to them, and the tracking of sharpness."""
