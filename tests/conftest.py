"""What every test shares: Hypothesis profiles, and one kernel cache for all workers of all runs."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Set on import, before any test module can import numerics; workers and subprocesses inherit it. Kernels are
# found by the hash of their source, so keeping them from run to run cannot make a test see an old one.
os.environ.setdefault("EDGESTAB_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_kernels"))
