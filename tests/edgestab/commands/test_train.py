"""``edgestab train``, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from edgestab.cli import run
from edgestab.numerics.networks.run.recording import open_run

SPEC = """
name = "small"
steps = 30
[problem.data]
kind = "chebyshev"
degree = 3
points = 10
[problem.network]
kind = "mlp"
hidden = [6]
[optimizer]
eta = 0.2
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "run.toml"
    file.write_text(SPEC)
    return str(file)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which bad usage is refused."""
    assert run(["train", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("edgestab: error: ")
    assert captured.err.count("\n") == 1
    return captured.err


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, object]:
    """What the command prints as JSON."""
    assert run(["train", *arguments, "--json"]) == status
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_run_is_recorded_drawn_and_resumed(capsys: pytest.CaptureFixture[str], tmp_path: Path, spec: str) -> None:
    out, picture = str(tmp_path / "r.zarr"), tmp_path / "r.png"
    first = said(capsys, spec, "--out", out, "--png", str(picture))
    assert (first["status"], first["recorded"], first["files"]) == (
        "FINISHED",
        31,
        [out, str(picture), f"{picture}.json"],
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    dataset = open_run(Path(out))
    assert first["loss"] == float(dataset.loss[-1])
    assert first["relative_sharpness"] == float(dataset.relative_sharpness[-1])
    assert dataset.attrs["name"] == "small"
    assert "--resume" in refused(capsys, spec, "--out", out)
    assert said(capsys, spec, "--out", out, "--resume")["sentence"] == first["sentence"]
    assert "eta is 0.2 there and 0.1 here" in refused(capsys, spec, "--out", out, "--resume", "--eta", "0.1")
    assert "steps is 30 there and 31 here" in refused(capsys, spec, "--out", out, "--resume", "--steps", "31")
    assert run(["train", spec, "--out", str(tmp_path / "s.zarr")]) == 0
    words = capsys.readouterr().out.splitlines()
    assert words[1].startswith("FINISHED: All 30 steps")
    assert words[2].endswith("s.zarr")


def test_the_command_line_overrides_the_specification(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, spec: str
) -> None:
    out = tmp_path / "r.zarr"
    said(capsys, spec, "--out", str(out), "--steps", "7", "--eta", "0.3", "--seed", "5", "--device", "cpu")
    dataset = open_run(out)
    assert (dataset.attrs["steps"], dataset.attrs["eta"]) == (7, 0.3)
    assert json.loads(dataset.attrs["spec"])["problem"]["seed"] == 5


def test_presets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["train", "--list-presets"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"chebyshev-eos", "digits-cnn", "two-layer-linear"} <= set(listed)
    assert list(said(capsys, "--list-presets")) == listed
    out = tmp_path / "p.zarr"
    found = said(capsys, "--preset", "chebyshev-eos", "--steps", "5", "--out", str(out))
    assert found["network"] == "tanh MLP 1-30-20-1"
    assert open_run(out).sizes["k"] == 3
    assert "chebyshev-eos" in refused(capsys, "--preset", "nonsense", "--out", str(out))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "--out RUN.zarr"),
        (["--out", "r.nc"], "--out RUN.zarr"),
        (["--out", "r.zarr", "--preset", "digits-eos"], "either"),
        (["--out", "r.zarr", "--interval", "-1"], "--interval"),
        (["--out", "r.zarr", "--steps", "0"], "steps"),
        (["--out", "r.zarr", "--eta", "nan"], "step size"),
        (["--out", "r.zarr", "--device", "abacus"], "abacus"),
        (["--out", "r.zarr", "--device", "cuda:99"], "CUDA"),
        (["--out", "r.zarr", "--dataset", "d.bin"], "chebyshev"),
        (["--out", "r.zarr", "--png", "p.pdf"], ".png"),
    ],
)
def test_bad_usage_is_refused(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str], spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(spec).parent)
    assert words in refused(capsys, spec, *more)
    assert not Path("r.zarr").exists()


def test_data_of_the_users_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "r.zarr")
    assert "--dataset data_batch_1.bin" in refused(capsys, "--preset", "cifar-mlp", "--out", out)
    short = tmp_path / "short.bin"
    short.write_bytes(b"\x01" * 5000)
    assert "short.bin" in refused(capsys, "--preset", "cifar-mlp", "--dataset", str(short), "--out", out)
    images = tmp_path / "batch.bin"
    images.write_bytes(b"".join(bytes([k % 10]) + os.urandom(3072) for k in range(24)))
    file = tmp_path / "run.toml"
    file.write_text(
        'steps = 2\n[problem.data]\nkind = "cifar10"\nbatches = []\nn = 24\n[problem.network]\nkind = "mlp"\n'
        "hidden = [3]\n[optimizer]\neta = 0.01\n"
    )
    assert said(capsys, str(file), "--dataset", str(images), "--out", out)["status"] == "FINISHED"


@pytest.mark.parametrize(("kind", "entries"), [("npz", ["path"]), ("mnist", ["images", "labels"])])
def test_every_kind_of_data_on_files_takes_as_many_as_it_has_entries(
    kind: str, entries: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, named = tmp_path / "run.toml", "\n".join(f'{name} = "none"' for name in entries)
    file.write_text(
        f'steps = 2\n[problem.data]\nkind = "{kind}"\nn = 5\n{named}\n[problem.network]\nkind = "mlp"\n'
        "hidden = [3]\n[optimizer]\neta = 0.01\n"
    )
    files = [str(tmp_path / f"file{n}") for n in range(3)]
    given = [x for f in files for x in ("--dataset", f)]
    sentence = refused(capsys, str(file), "--out", str(tmp_path / "r.zarr"), *given)
    assert f"{kind} takes --dataset {len(entries)} times, for its {' and '.join(entries)}, got 3" in sentence
    assert files[0] in refused(capsys, str(file), "--out", str(tmp_path / "r.zarr"), *given[: 2 * len(entries)])


def test_a_run_that_diverges_has_its_own_exit_status(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, spec: str
) -> None:
    found = said(capsys, spec, "--eta", "50", "--out", str(tmp_path / "r.zarr"), status=3)
    assert found["status"] == "DIVERGED"


def test_an_interrupt_keeps_what_was_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgestab.numerics.networks.run.course import Course, RunState

    advance = Course.advance

    def interrupted(self: Course, state: RunState) -> object:
        if state.step == 9:
            raise KeyboardInterrupt
        return advance(self, state)

    monkeypatch.setattr(Course, "advance", interrupted)
    out = tmp_path / "r.zarr"
    assert run(["train", spec, "--out", str(out)]) == 130
    assert "--resume" in capsys.readouterr().err
    assert (open_run(out).attrs["status"], open_run(out).attrs["recorded"]) == ("INTERRUPTED", 9)
    monkeypatch.undo()
    assert said(capsys, spec, "--out", str(out), "--resume")["recorded"] == 31


def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import importlib.machinery, sys\n"
        "find = importlib.machinery.PathFinder.find_spec\n"
        "def without(name, *rest): return None if name.split('.')[0] == 'torch' else find(name, *rest)\n"
        "importlib.machinery.PathFinder.find_spec = without\n"
        "from edgestab.cli import run\n"
        f"sys.exit(run(['train', '--preset', 'chebyshev-eos', '--out', {str(tmp_path / 'r.zarr')!r}]))\n"
    )
    root = Path(__file__).parents[3]
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root)
    assert found.returncode == 2
    assert "edgestab[nn]" in found.stderr
    assert not (tmp_path / "r.zarr").exists()
