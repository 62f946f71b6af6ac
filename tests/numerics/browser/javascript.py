"""The script of a page's worker, run by Node or in a browser."""

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

needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed: the scripts of a page are not run")

# JSON has no NaN, no infinities and no typed arrays.
_PLAIN = """
const plain = (_, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)) ? String(value) || "-0" : value;
};
"""

_ANSWERS = """
const bytes = Object.fromEntries(
  Object.entries(data.modules).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]),
);
const state = { engine: null };
const loaded = answer(state, { id: 0, kind: "load", spec: data.spec, modules: bytes });
if (loaded.error) throw new Error(loaded.error);
return data.requests.map((request, k) => answer(state, { id: k + 1, ...request }));
"""


def run(script: str, data: Any, page: Any = None) -> Any:
    """What a script returns that comes after the worker's, in Node or in a page; `data` is its input."""
    whole = f"{_PLAIN}\nreturn JSON.stringify((() => {{{script}}})(), plain);"
    given = {"source": worker_source(), "script": whole, "data": data}
    return json.loads(_in_node(given) if page is None else _in_page(page, given))


def answers(engine: Engine, requests: Sequence[dict[str, Any]], page: Any = None) -> list[dict[str, Any]]:
    """What the worker answers to each request."""
    modules = {n: base64.b64encode(m).decode() for n, m in engine.modules.items()}
    replies: list[dict[str, Any]] = run(
        _ANSWERS, {"spec": engine.spec, "modules": modules, "requests": list(requests)}, page
    )
    return replies


def _in_node(given: dict[str, Any]) -> str:
    assert NODE is not None
    harness = str(Path(__file__).with_name("harness.js"))
    done = subprocess.run([NODE, harness], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _in_page(page: Any, given: dict[str, Any]) -> str:
    run_it = "({source, script, data}) => new Function('data', `${source}\\n${script}`)(data)"
    return str(page.evaluate(run_it, given))


def numbers(values: Sequence[float | str]) -> list[float]:
    """Numbers as JSON had them."""
    return [float(v) for v in values]
