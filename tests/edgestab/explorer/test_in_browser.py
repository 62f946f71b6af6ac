"""The page of the explorer in a browser: what is drawn is what the package computes, and nothing stale, by any way."""

from __future__ import annotations

import random
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgestab.cli import run as run_command
from edgestab.explorer.explorer import explore
from edgestab.numerics.browser.spec import STEPS
from edgestab.numerics.maps.pictures.basin import basin_of, label
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.verify.claim_files.claims import read_claim

Open = Callable[..., Any]

SMALL = "#size=64,48"


def until(page: Any, expression: str, seconds: float = 30) -> None:
    """Wait for an expression to be true; the page forbids what Playwright's own waiting evaluates in it."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def complete(page: Any) -> dict[str, Any]:
    """What the page shows once every pixel is computed."""
    until(page, "window.edgestabLabels && edgestabLabels().complete")
    found: dict[str, Any] = page.evaluate("edgestabLabels()")
    return found


def expected(of: Model, shown: dict[str, Any]) -> list[int]:
    """The labels of a window as the package computes them."""
    x, y = (Axis(shown[k]["name"], shown[k]["low"], shown[k]["high"], shown[k]["count"]) for k in "xy")
    rules = Rules(least=STEPS, most=STEPS, plain=STEPS)
    job = basin_of(of, slice_of(of, x, y, shown["fixed"]), rules, None)
    r, c = (i.ravel() for i in np.indices((y.count, x.count)))
    return label(job.pixels(r, c)).tolist()


def assert_right(shown: dict[str, Any], of: Model) -> None:
    """Every pixel that is known has the package's label, and one colour for each kind of outcome."""
    known = [i for i, found in enumerate(shown["labels"]) if found >= 0]
    right = expected(of, shown)
    assert [i for i in known if shown["labels"][i] != right[i]] == []
    colours: dict[tuple[int, int], set[int]] = {}
    for i in known:
        status, limit = right[i] % 16, right[i] // 16 % 256
        if status not in (Status.PERIODIC, Status.NONFINITE):
            colours.setdefault((status, limit), set()).add(shown["colours"][i])
    assert all(len(found) == 1 for found in colours.values())


def test_a_coarse_picture_comes_before_the_whole_one(opened: Open, quartic: Path) -> None:
    page = opened(quartic, "#size=512,512")
    until(page, "window.edgestabLabels && edgestabLabels().labels.some((v) => v >= 0)")
    assert not page.evaluate("edgestabLabels().complete")


def test_what_is_drawn_is_what_the_package_computes(opened: Open, quartic: Path) -> None:
    shown = complete(opened(quartic, SMALL))
    assert len(shown["labels"]) == 64 * 48
    assert len(set(shown["labels"])) > 2
    assert_right(shown, model("quartic"))


def test_no_stale_tile_is_drawn_in_thirty_moves(opened: Open, quartic: Path) -> None:
    page, chance = opened(quartic, SMALL), random.Random(3)
    until(page, "window.edgestabLabels")
    box = page.locator("#basin").bounding_box()
    middle = box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2
    seen = set()
    for _ in range(30):
        at = middle[0] + chance.uniform(-60, 60), middle[1] + chance.uniform(-60, 60)
        page.mouse.move(*at)
        if chance.random() < 0.5:
            page.mouse.wheel(0, chance.choice([-250, -120, 200]))
        else:
            page.mouse.down()
            page.mouse.move(at[0] + chance.uniform(-80, 80), at[1] + chance.uniform(-80, 80), steps=3)
            page.mouse.up()
        page.wait_for_timeout(chance.choice([0, 5, 40, 120]))
        shown = page.evaluate("edgestabLabels()")
        seen.add(shown["x"]["low"])
        assert_right(shown, model("quartic"))
    assert len(seen) > 20
    assert_right(complete(page), model("quartic"))


def test_a_window_moved_by_hand_keeps_what_it_shares(opened: Open, quartic: Path) -> None:
    page = opened(quartic, "#size=64,48&x=x,1.3007,2.9&y=y,-0.4,0.81")
    complete(page)
    page.focus("#basin")
    page.keyboard.press("Shift+ArrowRight")  # aligns the window to its lattice
    complete(page)
    page.keyboard.press("Shift+ArrowRight")
    at_once = page.evaluate("edgestabLabels()")
    assert sum(v >= 0 for v in at_once["labels"]) >= 64 * 48 * 3 // 4
    assert_right(complete(page), model("quartic"))


def test_a_deep_zoom_is_in_double_double(opened: Open, quartic: Path) -> None:
    ends = "2.7000000000000001,2.70000000000000012"
    page = opened(quartic, f"#size=24,16&x=x,{ends}&y=y,0.1,0.10000000000000002")
    assert_right(complete(page), model("quartic"))
    assert "double-double arithmetic" in page.inner_text("#state")


def test_too_deep_a_zoom_is_a_sentence(opened: Open, quartic: Path) -> None:
    page = opened(quartic, f"#size=24,16&x=x,2.7,2.7{'0' * 34}1")
    until(page, "document.getElementById('state').textContent.includes('zoom out')")


def test_the_state_is_restored_from_the_address(opened: Open, quartic: Path) -> None:
    page = opened(quartic, SMALL)
    complete(page)
    page.select_option("#colour", "sharpness")
    page.fill("#value-eta", "0.225")
    page.press("#value-eta", "Enter")
    box = page.locator("#basin").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.wheel(0, -300)
    before = complete(page)
    page.wait_for_timeout(300)
    again = opened(quartic, page.evaluate("location.hash"))
    after = complete(again)
    assert after["fixed"]["eta"] == "0.225"
    assert {k: after[k] for k in ("x", "y", "fixed", "labels")} == {k: before[k] for k in ("x", "y", "fixed", "labels")}
    assert again.input_value("#colour") == "sharpness"
    assert again.inner_text("#outcome") == page.inner_text("#outcome")


def test_by_the_keyboard_alone(opened: Open, quartic: Path) -> None:
    page = opened(quartic, SMALL)
    first = complete(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "basin":
            break
    assert page.evaluate("document.activeElement.id") == "basin"
    outcome = page.inner_text("#outcome")
    page.keyboard.press("ArrowUp")
    until(page, "document.getElementById('live').textContent.includes('the orbit')")
    page.keyboard.press("Enter")
    until(page, f"document.getElementById('outcome').textContent !== {outcome!r}")
    page.keyboard.press("+")
    zoomed = complete(page)
    width = float(zoomed["x"]["high"]) - float(zoomed["x"]["low"])
    assert width == pytest.approx((float(first["x"]["high"]) - float(first["x"]["low"])) / 2, rel=1e-3)
    page.keyboard.press("0")
    assert complete(page)["x"] == first["x"]


def test_a_click_chooses_a_start_and_two_zoom(opened: Open, quartic: Path) -> None:
    page = opened(quartic, SMALL)
    first = complete(page)
    box = page.locator("#basin").bounding_box()
    page.mouse.click(box["x"] + 160, box["y"] + 80)
    until(page, "!document.getElementById('outcome').textContent.includes('x = 2.5,')")
    assert page.evaluate("edgestabLabels()")["x"] == first["x"]
    page.mouse.dblclick(box["x"] + 160, box["y"] + 80)
    assert complete(page)["x"] != first["x"]


@pytest.mark.parametrize("width", [360, 390, 1280, 3840])
def test_nothing_is_wider_than_the_window(opened: Open, quartic: Path, width: int) -> None:
    page = opened(quartic, SMALL, viewport={"width": width, "height": 844})
    complete(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_light(opened: Open, quartic: Path) -> None:
    page = opened(quartic, SMALL, color_scheme="dark")
    complete(page)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.click("#theme")
    assert page.evaluate(background) == "rgb(255, 255, 255)" != dark
    assert_right(page.evaluate("edgestabLabels()"), model("quartic"))


HOSTILE = [
    "<script>window.evil=1</script>",
    "x=<img src=x onerror=window.evil=1>",
    "x=x,<b>1</b>,2",
    "set=eta:1);window.evil=1;(",
    "colour=javascript:window.evil=1",
    "colour=__proto__",
    "size=1e9,1e9",
    "size=NaN,NaN",
    "size=1000000000,1000000000",
    "size=-5,10",
    "size=0,0",
    "x=x,1e400,2e400",
    "x=x,1e-999,1",
    "x=x,NaN,Infinity",
    "x=x,3,-3",
    "x=__proto__,0,1",
    "__proto__=1&constructor=2&toString=3",
    "set=__proto__:1,constructor:2,eta:-1",
    "y=unknown,0,1",
    "steps=99999999999999999999",
    "x=x,0,1&x=x,0,2&%00=%ff&=&&===",
    "x=x," + "9" * 5000 + ",1",
    "set=eta:0x10",
    "x=eta,-1,1",
]


@pytest.mark.parametrize("fragment", HOSTILE)
def test_a_hostile_address_is_left_out(opened: Open, quartic: Path, fragment: str) -> None:
    page = opened(quartic, f"#size=16,12&{fragment}" if "size" not in fragment else f"#{fragment}")
    until(page, "window.edgestabLabels && edgestabLabels().labels.some((v) => v >= 0)")
    assert page.evaluate("window.evil") is None
    assert page.evaluate("Object.keys(Object.prototype).length + document.querySelectorAll('#message *').length") == 0
    assert "left out" in page.inner_text("#message")
    assert page.evaluate("edgestabLabels().labels.length") <= 2048 * 2048


def test_the_command_and_the_claim_are_read_by_the_package(
    opened: Open, quartic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(quartic, SMALL + "&x=x,-1.5,1.625&y=y,0.1,0.5")
    complete(page)
    page.click("#command")
    words = shlex.split(page.input_value("#copied-text").replace("\\\n", " "))
    page.keyboard.press("Escape")
    page.click("#claim")
    claim = tmp_path / "explored.toml"
    claim.write_text(page.input_value("#copied-text"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert words[0] == "edgestab"
    assert run_command(words[1:]) == 0, capsys.readouterr().err
    assert (tmp_path / "basin.png").exists()
    assert re.search(
        r"# Seen in the explorer: of 3072 starts computed \d+ converged", claim.read_text(encoding="utf-8")
    )
    assert read_claim(claim).parts


def test_a_picture_says_what_made_it(opened: Open, quartic: Path, tmp_path: Path) -> None:
    from PIL import Image

    page = opened(quartic, SMALL)
    complete(page)
    with page.expect_download() as begun:
        page.click("#save")
    begun.value.save_as(tmp_path / "basin.png")
    with Image.open(tmp_path / "basin.png") as picture:
        picture.load()
        assert picture.text["Source"].startswith("edgestab basin quartic")
        assert "eta = 0.2" in picture.text["Description"]


def test_a_page_within_a_page(opened: Open, tmp_path: Path) -> None:
    outer = tmp_path / "notebook.html"
    outer.write_text(
        f"<!DOCTYPE html><meta charset=utf-8>{explore('quartic', eta=0.2)._repr_html_()}", encoding="utf-8"
    )
    page = opened(outer)
    frame = page.frames[1]
    until(frame, "window.edgestabLabels && edgestabLabels().labels.some((v) => v >= 0)")
    assert "converges" in frame.inner_text("#outcome") or frame.wait_for_selector("#outcome:not(:empty)")


def test_momentum_starts_at_rest(opened: Open, tmp_path: Path) -> None:
    from edgestab.theory.models.given import model_given
    from edgestab.theory.symbols import symbol

    of = model_given(loss="(1 - x*y)**2/2", parameters="x y", optimizer="heavy-ball", free=["beta"])
    assert symbol("beta") in of.own.step.parameters
    page = opened(explore(of, eta=0.3, beta=0.5).save(tmp_path / "momentum.html"), SMALL)
    assert_right(complete(page), of)


def test_one_coordinate_against_the_step_size(opened: Open, tmp_path: Path) -> None:
    loss = Loss.parse("(x**2 - 1)**2/4", "x")
    page = opened(explore(loss).save(tmp_path / "one.html"), SMALL)
    shown = complete(page)
    assert (shown["x"]["name"], shown["y"]["name"]) == ("eta", "x")
    from edgestab.theory.models.of_loss import model_of_loss

    assert_right(shown, model_of_loss(loss))
    page.focus("#basin")
    for key in ("Shift+ArrowLeft", "-"):
        page.keyboard.press(key)
        shown = complete(page)
        assert shown["x"]["low"] == "0"
        assert_right(shown, model_of_loss(loss))


def test_two_fingers_zoom_and_one_moves(opened: Open, quartic: Path) -> None:
    page = opened(quartic, SMALL, viewport={"width": 390, "height": 844}, has_touch=True)
    before = complete(page)
    page.locator("#basin").scroll_into_view_if_needed()
    box = page.locator("#basin").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": a, "y": b, "id": k} for k, (a, b) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 40, y), (x + 40, y))
    touch("touchEnd")
    zoomed = complete(page)
    width = [float(s["x"]["high"]) - float(s["x"]["low"]) for s in (before, zoomed)]
    assert width[1] == pytest.approx(width[0] / 2, rel=0.02)
    touch("touchStart", (x, y))
    touch("touchMove", (x + 60, y + 10))
    touch("touchEnd")
    moved = complete(page)
    assert float(moved["x"]["low"]) < float(zoomed["x"]["low"])
    assert_right(moved, model("quartic"))


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ("delete window.Worker", "no web workers"),
        ("delete window.WebAssembly", "WebAssembly is switched off"),
        ("WebAssembly.validate = () => false", "no WebAssembly vectors"),
    ],
)
def test_a_browser_that_cannot_is_told(browser: Any, quartic: Path, without: str, sentence: str) -> None:
    page = browser.new_page()
    page.add_init_script(without)
    page.goto(quartic.as_uri())
    assert sentence in page.inner_text("#message")
    page.close()


def test_axes_of_one_of_many_coordinates(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(explore("chain:1,1,1", eta=0.2).save(tmp_path / "chain.html"), "#size=32,24")
    page.select_option("#axis-y", "eta")
    shown = complete(page)
    assert (shown["x"]["name"], shown["y"]["name"], sorted(shown["fixed"])) == ("w1", "eta", ["w2", "w3"])
    assert_right(shown, model("chain:1,1,1"))
    page.click("#claim")
    claim = tmp_path / "claim.toml"
    claim.write_text(page.input_value("#copied-text"), encoding="utf-8")
    assert read_claim(claim).parts
    page.keyboard.press("Escape")
    page.click("#command")
    monkeypatch.chdir(tmp_path)
    assert run_command(shlex.split(page.input_value("#copied-text").replace("\\\n", " "))[1:]) == 0


def test_a_title_is_text(opened: Open, tmp_path: Path) -> None:
    from dataclasses import replace

    evil = replace(model("quartic"), title="</title></script><img src=x onerror=window.evil=1>\u2028", name="<b>")
    page = opened(explore(evil, eta=0.2).save(tmp_path / "evil.html"), SMALL)
    complete(page)
    assert page.evaluate("window.evil") is None
    assert page.evaluate("document.images.length") == 0
    assert "<img" in page.inner_text("h1")


def test_help_names_what_the_command_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edgestab", "explore", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "--no-open" in done.stdout


def green_in(page: Any, canvas: str) -> int:
    """How many pixels of a picture are green, as only 2-cycles and the end are."""
    return int(
        page.evaluate(
            """(id) => {
              const canvas = document.getElementById(id);
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              const green = (k) => data[k + 1] > data[k] + 25 && data[k + 1] > data[k + 2] + 8;
              let count = 0;
              for (let k = 0; k < data.length; k += 4) count += green(k);
              return count;
            }""",
            canvas,
        )
    )


def test_two_cycles_and_the_end_are_drawn_of_losses_of_a_product(opened: Open, tmp_path: Path) -> None:
    fragment = SMALL + "&set=x:3.4,y:0.35&across=x,0,4&up=y,0,4"
    for loss, drawn in (("log(cosh(x*y - 1))", True), ("(1 - x*y)**2/2", False)):
        page = opened(explore(Loss.parse(loss, "x y"), eta=0.5).save(tmp_path / f"{drawn}.html"), fragment)
        complete(page)
        until(page, "!document.getElementById('outcome').textContent.includes('undefined')")
        page.wait_for_timeout(500)
        assert (green_in(page, "portrait") > 20) is drawn
        assert (green_in(page, "sharpness") > 20) is drawn
