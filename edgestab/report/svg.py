"""Figures as small SVG: shared letters, one decimal, colours of the page."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import TYPE_CHECKING

from edgestab.figures.style import to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GLYPH = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z]+)*-[0-9a-f]+")
"""How matplotlib names the outline of a letter: font, style, code."""

_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([^)\"\s]+)")
_BLACK = {"#000000": "currentColor", "black": "currentColor"}
_ROUNDED = ("d", "x", "y", "width", "height", "points", "x1", "y1", "x2", "y2")
_INHERITED = ("fill", "stroke", "stroke-width", "fill-opacity", "stroke-opacity", "opacity")
_CIRCLE = re.compile(r"M0 (\d+\.?\d*)C")
_SHIFT = re.compile(r"translate\((\S+) (\S+)\)")
_NAME = re.compile("<[a-z]+")
_UPWARDS = re.compile(r"\(\S+ -(\S+)\)")
_QUALITY, _COLOURS = 32, 16
"""Of the two ways in which an image is made small: dense ones lose detail, sparse ones colours."""

_DPI = 76
"""Dots an inch of images: the page of the whole catalogue stays below three megabytes."""


def figure_svg(figure: Figure, prefix: str, letters: dict[str, str]) -> str:
    """Return a figure as a small ``<svg>`` element that takes the page's colour of ink.

    Parameters
    ----------
    figure : Figure
        The figure.
    prefix : str
        Begins the ids inside.
    letters : dict
        The ids of outlines of letters, words and marks, which `letter_sheet` writes once a page: those of this figure
        are added.
    """
    root = ET.fromstring(to_svg(figure, prefix, _DPI))
    _share_letters(root, prefix, letters)
    for element in root.iter():
        _tidy(element)
    _hoist(root)
    _join_dots(root)
    _unrepeat(root)
    _drop_ids(root)
    _drop_empty(root)
    _unwrap(root)
    _share_words(root, letters)
    _share_marks(root, letters)
    return _text(root)


def _text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode").replace(" />", "/>")


def letter_sheet(letters: Mapping[str, str]) -> str:
    """Return an element without size that holds what figures share, each with its id; empty for none."""
    shared = "".join(_NAME.sub(rf'\g<0> id="{name}"', element, count=1) for element, name in letters.items())
    hidden = 'class="letters" aria-hidden="true" focusable="false" width="0" height="0"'
    return f"<svg {hidden}><defs>{shared}</defs></svg>" if letters else ""


def _share_letters(root: ET.Element, prefix: str, letters: dict[str, str]) -> None:
    """Move outlines of letters out of the figure."""
    parents = {child: parent for parent in root.iter() for child in parent}
    moved = {}
    for path in [e for e in root.iter("path") if _GLYPH.fullmatch(e.get("id", "").removeprefix(f"{prefix}-"))]:
        outline = f'<path d="{_closed_up(path.get("d", ""))}" transform="scale(.015625)"/>'
        moved[f"#{path.get('id')}"] = _shared(outline, letters)
        parents[path].remove(path)
    for use in root.iter("use"):
        name = moved.get(use.get("href", ""), "")
        if name:
            use.set("href", name)
            _put(use, use.attrib.pop("transform", ""))


def _closed_up(path: str) -> str:
    """A path without spaces beside its letters."""
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path)


def _relative(path: str) -> str:
    """A path of lines in tenths from point to point, without points that are where the one before is."""
    steps = re.findall(r"([MLhz])(?:(-?[\d.]+)(?: (-?[\d.]+))?)?", path)
    if "".join(f"{c}{x}{' ' if y else ''}{y}" for c, x, y in steps) != path:
        return path
    found, last, at, first = [], "", (0, 0), (0, 0)
    for letter, x, y in steps:
        if letter in "zh":
            found.append(f"{letter}{x}")
            last, at = letter, first if letter == "z" else at
            continue
        point = round(10 * float(x)), round(10 * float(y))
        step = point[0] - at[0], point[1] - at[1]
        first = point if letter == "M" else first
        if letter == "L" and step == (0, 0) and last == "L":
            continue
        numbers = "".join(_joined(n, i == 0) for i, n in enumerate(step))
        separate = "" if numbers.startswith("-") else " "
        found.append(separate + numbers if letter == last == "L" else letter.lower() + numbers)
        last, at = letter, point
    text = "".join(found)
    return f"M{text[1:]}" if text.startswith("m") else text


def _joined(tenths: int, first: bool) -> str:
    """A number of tenths, with a space before it where it needs one."""
    text = f"{tenths / 10:g}".replace("0.", ".") if abs(tenths) < 10 else f"{tenths / 10:.1f}".removesuffix(".0")
    return text if first or text.startswith("-") else f" {text}"


def _tidy(element: ET.Element) -> None:
    for name in _ROUNDED:
        text = element.get(name)
        if text is not None and element.tag != "svg":
            short = _NUMBER.sub(_short, text)
            element.set(name, _relative(_closed_up(short)) if name == "d" else short)
    if "transform" in element.attrib:
        element.set("transform", _NUMBER.sub(_fine, element.get("transform", "")))
    style = element.attrib.pop("style", None)
    for entry in (style or "").split(";"):
        name, _, value = entry.partition(":")
        if name.strip():
            element.set(name.strip(), _BLACK.get(value.strip(), value.strip()))
    if element.get("fill") == "#ffffff" and element.tag == "path" and "stroke" not in element.attrib:
        element.set("fill", "none")
    if element.tag == "image":
        _compress(element)
    element.tail = None
    if element.tag not in ("text", "tspan"):
        element.text = None


def _join_dots(root: ET.Element) -> None:
    """Many equal dots of one colour as one line of no length with round ends."""
    markers = {f"#{e.get('id')}": e for e in root.iter("path") if e.get("id")}
    for group in root.iter("g"):
        uses = list(group)
        if len(uses) < 8 or any(set(u.attrib) != {"href", "x", "y"} or u.tag != "use" for u in uses):
            continue
        marker = markers.get(uses[0].get("href", ""))
        circle = None if marker is None else _CIRCLE.match(marker.get("d", ""))
        colour = group.get("fill") or (marker.get("fill") if marker is not None else None)
        plain = marker is not None and "stroke" not in marker.attrib and "stroke" not in group.attrib
        if circle is None or not plain or not colour or len({u.get("href") for u in uses}) > 1:
            continue
        dots = sorted((float(u.get("x", "0")), float(u.get("y", "0"))) for u in uses)  # neighbours take fewer digits
        line = "".join(f"M{x:g} {y:g}h0" for x, y in dots)
        for use in uses:
            group.remove(use)
        opacity = group.attrib.pop("fill-opacity", None)
        group.attrib.pop("fill", None)
        path = ET.SubElement(
            group, "path", {"d": _relative(line), "stroke": colour, "stroke-linecap": "round", "fill": "none"}
        )
        path.set("stroke-width", f"{2 * float(circle[1]):g}")
        if opacity is not None:
            path.set("stroke-opacity", opacity)


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")


def _fine(match: re.Match[str]) -> str:
    return f"{float(match[0]):.4f}".rstrip("0").rstrip(".")


def _compress(image: ET.Element) -> None:
    """An image that is drawn into a figure as WebP, in the smaller of two ways."""
    from PIL import Image

    kind, _, data = image.get("href", "").partition(";base64,")
    if kind != "data:image/png":
        return
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        shown = picture.convert("RGBA")
    few = shown.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGBA")
    dense, sparse = io.BytesIO(), io.BytesIO()
    shown.save(dense, format="webp", quality=_QUALITY, alpha_quality=_QUALITY, method=4)
    few.save(sparse, format="webp", lossless=True, quality=50, method=4)
    smaller = min(dense.getvalue(), sparse.getvalue(), key=len)
    image.set("href", f"data:image/webp;base64,{base64.b64encode(smaller).decode()}")


def _drop_ids(root: ET.Element) -> None:
    """Ids that nothing refers to."""
    texts = [text for e in root.iter() for name, text in e.attrib.items() if name != "id" and len(text) < 200]
    used = {match for text in texts for match in _REFERENCE.findall(text)}
    short = {name: f"{name.rpartition('-')[0]}-{i}" for i, name in enumerate(sorted(used)) if "-" in name}
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        for name, text in element.attrib.items():
            if name == "id":
                element.set(name, short[text])
            elif "#" in text and len(text) < 200:
                element.set(name, _REFERENCE.sub(lambda m: f"#{short.get(m[1], m[1])}", text))


def _hoist(root: ET.Element) -> None:
    """Colours that all children of a group share, said once."""
    for group in root.iter("g"):
        children = list(group)
        if len(children) < 2:
            continue
        for name in _INHERITED:
            if name == "opacity" or name in group.attrib:
                continue
            found = {child.get(name) for child in children}
            if len(found) == 1 and None not in found:
                group.set(name, str(children[0].get(name)))
                for child in children:
                    del child.attrib[name]


def _unrepeat(root: ET.Element) -> None:
    """Colours of a marker where it is used: it has its own."""
    markers = {f"#{e.get('id')}": e for e in root.iter("path") if e.get("id")}
    for use in root.iter("use"):
        marker = markers.get(use.get("href", ""))
        for name in _INHERITED if marker is not None else ():
            if marker is not None and name in marker.attrib:
                use.attrib.pop(name, None)


def _unwrap(root: ET.Element) -> None:
    """Groups that say nothing."""
    for parent in list(root.iter())[::-1]:
        children = list(parent)
        flat = [c for child in children for c in (list(child) if child.tag == "g" and not child.attrib else [child])]
        if len(flat) != len(children) or any(a is not b for a, b in zip(flat, children, strict=True)):
            parent[:] = flat


def _share_words(root: ET.Element, letters: dict[str, str]) -> None:
    """Words that are written more than once, such as the numbers at axes, each in its size."""
    for group in root.iter("g"):
        uses = list(group)
        if not uses or any(u.tag != "use" or not u.get("href", "").startswith("#l") for u in uses):
            continue
        place, scale, size = group.attrib.pop("transform", "").partition("scale")
        place = _levelled(place.strip(), size, uses)
        scaled = f' transform="{scale}{size}"' if scale else ""
        group.set("href", _shared(f"<g{scaled}>{''.join(map(_text, uses))}</g>", letters))
        group[:] = []
        group.tag = "use"
        _put(group, place)


def _levelled(place: str, size: str, uses: list[ET.Element]) -> str:
    """The place of a word whose letters all stand as high, which then need not say so."""
    shift, height, levels = _SHIFT.fullmatch(place), _UPWARDS.fullmatch(size), {u.get("y") for u in uses}
    if shift is None or height is None or len(levels) > 1 or None in levels:
        return place
    level = float(uses[0].get("y", "0"))
    for use in uses:
        del use.attrib["y"]
    return f"translate({shift[1]} {float(shift[2]) - level * float(height[1])})"


def _put(use: ET.Element, place: str) -> None:
    """Say where something is used: in two numbers where it is only shifted."""
    shift = _SHIFT.fullmatch(place)
    if shift is None:
        if place:
            use.set("transform", place)
        return
    for axis, distance in zip("xy", shift.groups(), strict=True):
        if float(distance):
            use.set(axis, f"{float(distance):.2f}".rstrip("0").rstrip("."))


def _share_marks(root: ET.Element, letters: dict[str, str]) -> None:
    """Ticks and markers, which are the same in many figures."""
    names = {}
    for defs in root.iter("defs"):
        for mark in [m for m in defs if m.tag == "path" and "id" in m.attrib]:
            name = f"#{mark.attrib.pop('id')}"
            names[name] = _shared(_text(mark), letters)
            defs.remove(mark)
    for use in root.iter("use"):
        use.set("href", names.get(use.get("href", ""), use.get("href", "")))
    _drop_empty(root)


def _shared(element: str, letters: dict[str, str]) -> str:
    """Put an element on the sheet of letters, once, and return the reference to it."""
    return f"#{letters.setdefault(element, f'l{len(letters)}')}"


def _drop_empty(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            empty = all(e.tag in ("g", "defs", "style") for e in child.iter())
            if child.tag in ("style", "metadata", "title") or empty:
                parent.remove(child)
