"""Generated Python modules, stored under the hash of their own text and compiled once per machine."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

_PREFIX = "edgestab_generated_"

_LOADING = threading.RLock()
"""Held while a module is imported, and those it imports: its name is registered before its body has run. And while one
is compiled, so that a function is compiled once for all threads."""


def load(source: str) -> ModuleType:
    """Return the module made of `source`, importing it from the cache folder.

    The module's name is the hash of its text, so a changed source is a new module, and the compiled code
    that numba keeps beside it can never be stale. A file that was truncated or altered is written again.
    """
    with _LOADING:
        return _loaded(source)


def _loaded(source: str) -> ModuleType:
    name = _PREFIX + hashlib.sha256(source.encode()).hexdigest()[:24]
    if name in sys.modules:
        return sys.modules[name]
    path = cache_folder() / f"{name}.py"
    _store(path, source)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported as a module")
    module = importlib.util.module_from_spec(spec)
    # Before exec_module: numba's cache index looks the module up by name, and without the entry the
    # second process fails with "No module named '<dynamic>'".
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def compiled(module: ModuleType, name: str) -> Any:
    """Return a function of a generated module, compiled as its ``SIGNATURES`` say, for another one to call.

    Each is compiled when it is asked for first. What is stored of it may be damaged: see `call`.
    """
    import numba  # not above: it takes half a second

    known = module.__dict__.setdefault("_COMPILED", {})
    with _LOADING:
        if name not in known:
            compiler = numba.cfunc(module.SIGNATURES[name], cache=True, fastmath=False, error_model="numpy")
            try:
                known[name] = compiler(getattr(module, name))
            except Exception:
                forget_compiled(Path(str(module.__file__)))
                known[name] = compiler(getattr(module, name))
    return known[name]


def call(module: ModuleType, name: str, *arguments: Any) -> None:
    """Call a compiled function of a generated module, which writes its results into its arguments.

    Numba reads its stored code without checking it: a truncated file surfaces as nearly any exception, before
    anything is computed. So the function is compiled afresh and called again; an error of the call itself comes again.
    """
    try:
        getattr(module, name)(*arguments)
    except Exception:
        forget_compiled(Path(str(module.__file__)))
        getattr(module, name)(*arguments)


def forget_compiled(path: Path) -> None:
    """Delete what numba stored for the module in a file: what is called next is compiled afresh."""
    for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*.nb?"):
        stale.unlink(missing_ok=True)


@functools.cache
def cache_folder() -> Path:
    """Return the folder of generated modules: ``$EDGESTAB_CACHE_DIR``, or the user's cache folder.

    When it cannot be written, a temporary folder serves this process instead, with one warning.
    """
    chosen = os.environ.get("EDGESTAB_CACHE_DIR")
    folder = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("edgestab")) / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        warnings.warn(
            f"the kernel cache {folder} cannot be written ({error.strerror}); "
            "kernels of this process are compiled into a temporary folder",
            RuntimeWarning,
            stacklevel=2,
        )
        return Path(tempfile.mkdtemp(prefix="edgestab-kernels-"))
    return folder


def _store(path: Path, source: str) -> None:
    try:
        if path.read_text(encoding="utf-8") == source:
            return
    except (OSError, UnicodeDecodeError):
        pass
    # Two processes may store the same file at once: each writes its own, the renames are atomic.
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(source)
    Path(temporary).replace(path)
