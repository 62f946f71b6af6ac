"""The house rules that can be read off the source: who imports whom, and what no file may call."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("theory", "numerics", "verify")  # each imports only those before it, and the face imports them all
FILES = sorted((ROOT / "edgestab").rglob("*.py"))

THEORY_MAY_IMPORT = sys.stdlib_module_names | {"edgestab", "sympy", "flint", "symengine"}
FACE_ONLY = {"matplotlib", "rich", "cyclopts", "jinja2"}  # drawing, tables, command line, pages
MAY_EXEC_MODULE = "edgestab/numerics/programs/modules.py"  # imports the generated kernels, which are files on disk

SLOW_TO_IMPORT = ("torch", "panel", "dask", "matplotlib.pyplot", "numba")


def package_of(file: str) -> str:
    """Dotted name of the package a file's relative imports start from."""
    return ".".join(Path(file).parts[:-1])


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything a module imports, anywhere in it, by name or literal string."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = [*above, *([module] if module else [])]
                yield from ((node.lineno, ".".join([*base, alias.name])) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def floor_of(dotted: str) -> int:
    """Height of a module of ours: theory 0, numerics 1, verify 2, the face 3; the errors and the bare package below."""
    parts = dotted.split(".")
    if len(parts) == 1 or parts[1] == "errors":
        return -1
    return FLOORS.index(parts[1]) if parts[1] in FLOORS else len(FLOORS)


def allowed(file: str, imported: str) -> bool:
    """Whether a file may import this module."""
    here, root = floor_of(file.removesuffix(".py").replace("/", ".")), imported.split(".")[0]
    if root in FLOORS:
        return False  # the links at the top of the repository are for people
    if root == "edgestab" and floor_of(imported) > here:
        return False
    if here == 0 and root not in THEORY_MAY_IMPORT:
        return False
    return here == len(FLOORS) or root not in FACE_ONLY


def wrong_imports(source: str, file: str) -> list[str]:
    """Imports that run the wrong way, as ``file:line: imports name``."""
    found = imports(ast.parse(source), package_of(file))
    return [f"{file}:{line}: imports {name}" for line, name in found if not allowed(file, name)]


def is_integer(node: ast.expr) -> bool:
    """Whether a node is an integer literal, perhaps negative."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def evaluates_text(node: ast.AST) -> str | None:
    """Name of what turns text or bytes into running code at this node, if anything does."""
    match node:
        case ast.Name(id="eval" | "exec" | "sympify" | "parse_expr" as name, ctx=ast.Load()):
            return name
        case ast.Attribute(attr="sympify" | "parse_expr" | "exec_module" as name, ctx=ast.Load()):
            return name
        case ast.Attribute(value=ast.Name(id="builtins" | "__builtins__"), attr="eval" | "exec" as name):
            return name
        case ast.alias(name="sympify" | "parse_expr" | "eval" | "exec" as name):
            return name
        case ast.Call(
            func=ast.Name(id="S") | ast.Attribute(value=ast.Name(id="sp" | "sympy"), attr="S"),
            args=[argument],
        ) if not is_integer(argument):
            return "S(...), which is sympify"
        case ast.keyword(arg="allow_pickle", value=value) if not (
            isinstance(value, ast.Constant) and value.value is False
        ):
            return "allow_pickle"
    return None


def dangers(source: str, file: str) -> list[str]:
    """Everything in a module that could run a user's text, as ``file:line: name``."""
    tree = ast.parse(source)
    found = [(getattr(node, "lineno", 0), name) for node in ast.walk(tree) if (name := evaluates_text(node))]
    picklers = {"pickle", "_pickle", "cloudpickle", "dill", "shelve", "marshal", "joblib"}
    imported = imports(tree, package_of(file))
    found += [(line, name) for line, name in imported if name.split(".")[0] in picklers]
    return [
        f"{file}:{line}: {name}"
        for line, name in sorted(found)
        if not (name == "exec_module" and file == MAY_EXEC_MODULE)
    ]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", FLOORS)
def test_package_is_here(package):
    # Without this, the tests over FILES would pass on an empty folder.
    assert (ROOT / "edgestab" / package / "__init__.py").is_file()


@pytest.mark.parametrize("package", FLOORS)
def test_the_top_of_the_repository_shows_the_floors(package):
    link = ROOT / package
    if not link.is_symlink():
        pytest.skip("this checkout has no symbolic links")
    assert link.readlink() == Path("edgestab") / package


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_run_one_way(file):
    assert wrong_imports(file.read_text(encoding="utf-8"), name_of(file)) == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_file_evaluates_text(file):
    assert dangers(file.read_text(encoding="utf-8"), name_of(file)) == []


def test_importing_edgestab_leaves_slow_modules_alone():
    code = "import sys, json, edgestab; print(json.dumps([edgestab.__file__, *sys.modules]))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    origin, *loaded = json.loads(run.stdout)
    assert Path(origin).is_relative_to(ROOT)
    assert not set(SLOW_TO_IMPORT) & set(loaded)


# The checkers themselves: what they must catch, and what they must let through.


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("edgestab/theory/a.py", "import edgestab.numerics"),
        ("edgestab/theory/a.py", "from edgestab.verify.verdict import Verdict"),
        ("edgestab/theory/a.py", "def f():\n    from edgestab import cli"),
        ("edgestab/theory/a.py", "import numpy as np"),
        ("edgestab/theory/a.py", "import sympy, scipy.optimize"),
        ("edgestab/theory/a.py", "from numba import njit"),
        ("edgestab/theory/a.py", "if TYPE_CHECKING:\n    import xarray"),
        ("edgestab/theory/a.py", "import matplotlib.pyplot as plt"),
        ("edgestab/theory/claims/a.py", "from ... import numerics"),
        ("edgestab/theory/a.py", "importlib.import_module('edgestab.numerics.kernels')"),
        ("edgestab/numerics/a.py", "from edgestab import verify"),
        ("edgestab/numerics/a.py", "from edgestab.report import write"),
        ("edgestab/numerics/kernels/a.py", "from rich.progress import track"),
        ("edgestab/verify/b/a.py", "from ... import cli"),
        ("edgestab/verify/a.py", "import edgestab.cli"),
        ("edgestab/verify/a.py", "from theory.loss import Loss"),
        ("edgestab/cli.py", "import numerics"),
        ("edgestab/verify/a.py", "import cyclopts"),
        ("edgestab/verify/a.py", "__import__('jinja2')"),
    ],
)
def test_a_wrong_import_is_caught(file, source):
    assert len(wrong_imports(source, file)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("edgestab/theory/a.py", "import ast, sympy as sp\nfrom flint import fmpq_mpoly\nimport symengine"),
        ("edgestab/theory/claims/a.py", "from ..loss import Loss\nfrom . import registry"),
        ("edgestab/numerics/a.py", "import numba, numpy\nfrom edgestab.theory.loss import Loss\nfrom .verify import x"),
        ("edgestab/verify/a.py", "import edgestab.numerics, edgestab.theory, scipy, hypothesis"),
        ("edgestab/a.py", "import edgestab.verify, rich, cyclopts, jinja2, matplotlib.pyplot"),
    ],
)
def test_a_right_import_passes(file, source):
    assert wrong_imports(source, file) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "builtins.exec(text)",
        "list(map(eval, texts))",
        "sp.sympify(text)",
        "sympy.core.sympify.sympify(text)",
        "from sympy import sympify as read",
        "parse_expr(text)",
        "from sympy.parsing.sympy_parser import parse_expr",
        "sp.S(text)",
        'S("x + 1")',
        "import pickle",
        "from pickle import loads",
        "np.load(path, allow_pickle=True)",
        "spec.loader.exec_module(module)",
    ],
)
def test_evaluating_text_is_caught(source):
    assert dangers(source, "edgestab/a.py") != []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (MAY_EXEC_MODULE, "spec.loader.exec_module(module)"),
        ("edgestab/theory/a.py", "from sympy import S\nhalf = S(1) / 2\nminus = S(-1)\nzero = S.Zero"),
        ("edgestab/theory/a.py", "class F(Function):\n    @classmethod\n    def eval(cls, x): ..."),
        ("edgestab/numerics/a.py", "model.eval()\nnp.load(path, allow_pickle=False)"),
    ],
)
def test_what_evaluates_no_text_passes(file, source):
    assert dangers(source, file) == []
