"""The public face: what ``import edgestab`` reaches, and what it leaves alone until it is used."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

import edgestab
from edgestab import networks
from edgestab.version import version

ROOT = Path(edgestab.__file__).parent
WITH_TORCH = importlib.util.find_spec("torch") is not None
MODULES = [edgestab, pytest.param(networks, marks=pytest.mark.skipif(not WITH_TORCH, reason="torch is not installed"))]


def python(code: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent), **more}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_there(module: ModuleType) -> None:
    names = dir(module)
    assert len(names) > 50
    assert names == sorted(set(names)) == module.__all__
    for name in names:
        found = getattr(module, name)
        assert found is not None
        assert getattr(found, "__doc__", None), name


@pytest.mark.parametrize("file", ["__init__.pyi", "networks.pyi"])
def test_the_stub_holds_nothing_but_names_that_checkers_export(file: str) -> None:
    for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body[1:]:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert [a.asname for a in node.names] == [a.name for a in node.names]  # else it is no export
        else:
            assert isinstance(node, ast.AnnAssign)


def test_no_public_name_is_that_of_a_module() -> None:
    # Importing the module would put it where the name is looked for.
    modules = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert set(dir(edgestab)) & modules == {"networks"}


def test_all_can_be_imported() -> None:
    found = python("from edgestab import *; print(Loss, sweep, basin, find)")
    assert found.returncode == 0, found.stderr


def test_unknown_names_are_refused() -> None:
    for name in ("nonsense", "annotations", "attach", "Any", "_hidden"):
        with pytest.raises(AttributeError, match=f"module 'edgestab' has no attribute '{name}'"):
            getattr(edgestab, name)


def test_the_version() -> None:
    assert edgestab.__version__ == version()


def test_importing_it_imports_next_to_nothing() -> None:
    found = python("import sys; before = set(sys.modules); import edgestab; print(*set(sys.modules) - before)")
    loaded = {name.split(".")[0] for name in found.stdout.split()}
    assert not loaded & {"sympy", "numpy", "scipy", "numba", "xarray", "matplotlib", "torch", "rich", "cyclopts"}


def test_names_that_need_torch_say_so_when_they_are_used() -> None:
    code = (
        "import importlib.machinery\n"
        "find = importlib.machinery.PathFinder.find_spec\n"
        "def without(name, *rest): return None if name.split('.')[0] == 'torch' else find(name, *rest)\n"
        "importlib.machinery.PathFinder.find_spec = without\n"
        "import edgestab\n"
        "assert 'mlp' in dir(edgestab.networks)\n"
        "try: edgestab.networks.mlp\n"
        "except ImportError as error: print(error)\n"
    )
    found = python(code)
    assert "edgestab[nn]" in found.stdout, found.stderr
    assert found.stdout.count("\n") == 1


def test_a_basin_in_three_lines(tmp_path: Path) -> None:
    found = edgestab.basin("quartic", x=(3, 3.4), y=(0.1, 0.5), eta=0.2, size=32)
    edgestab.save_figure(edgestab.figure_of(found), tmp_path / "basin.png")
    assert (tmp_path / "basin.png").read_bytes().startswith(b"\x89PNG")
    # A float means the decimal that is written, as on the command line.
    again = edgestab.basin(
        edgestab.model("quartic"), x=(3, Fraction("3.4")), y=(Fraction(1, 10), 0.5), eta=Fraction(1, 5), size=32
    )
    assert found.identical(again)


def test_a_basin_of_a_loss_over_a_parameter() -> None:
    found = edgestab.basin(edgestab.Loss.parse("x**2", "x"), x=(-1, 1), eta=(0.5, 1.5), size=8, full=True)
    assert found.status.dims == ("eta", "x")
    converged = found.status.values == edgestab.Status.CONVERGED
    assert (converged == (found.eta.values < 1)[:, None]).all()


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"x": (1, 2), "eta": 0.1}, "two axes"),
        ({"x": (1, 2), "y": (1, 2), "eta": (0.1, 0.2)}, "two axes"),
        ({"x": (1, 2, 3), "y": (1, 2), "eta": 0.1}, "two axes"),
        ({"x": (2, 1), "y": (1, 2), "eta": 0.1}, "empty"),
        ({"x": (1, 2), "y": (1, 2)}, "eta"),
        ({"x": (1, 2), "y": (1, 2), "eta": "q"}, "eta"),
        ({"x": (1, 2), "y": (1, float("nan")), "eta": 0.1}, "y"),
    ],
)
def test_what_is_no_basin_is_refused(variables: dict[str, object], says: str) -> None:
    with pytest.raises(edgestab.InputError, match=says):
        edgestab.basin("quartic", **variables)


def test_a_dataset_without_a_figure_is_refused() -> None:
    import xarray as xr

    with pytest.raises(edgestab.InputError, match="basin, orbit diagram, exponents"):
        edgestab.figure_of(xr.Dataset())
