"""Maps of many orbits, beside other ways to compute them: ``python -m benchmarks.maps``."""
