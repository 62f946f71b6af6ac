"""A page's worker, run by Node: what it answers to requests."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edgestab.numerics.browser.scripts import worker_source
from edgestab.numerics.browser.spec import Engine

NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed: no page's worker is run")


def answers(engine: Engine, requests: Sequence[dict[str, Any]], **changed: Any) -> list[dict[str, Any]]:
    """What the worker answers to each request; `changed` replaces entries of the specification."""
    given = {
        "source": worker_source(),
        "spec": engine.spec | changed,
        "modules": {n: base64.b64encode(m).decode() for n, m in engine.modules.items()},
        "requests": list(requests),
    }
    assert NODE is not None
    harness = str(Path(__file__).with_name("harness.js"))
    done = subprocess.run([NODE, harness], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    replies: list[dict[str, Any]] = json.loads(done.stdout)
    return replies
