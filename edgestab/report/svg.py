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
_QUALITY, _COLOURS = 40, 16
"""Of the two ways in which an image is made small: dense ones lose detail, sparse ones colours."""


def figure_svg(figure: Figure, prefix: str, letters: dict[str, str]) -> str:
    """Return a figure as a small ``<svg>`` element that takes the page's colour of ink.

    Parameters
    ----------
    figure : Figure
        The figure.
    prefix : str
        Begins the ids inside.
    letters : dict
        The outlines of letters by their names, which `letter_sheet` writes once a page: those of this figure are added.
    """
    root = ET.fromstring(to_svg(figure, prefix))
    _share_letters(root, prefix, letters)
    for element in root.iter():
        _tidy(element)
    _hoist(root)
    _join_dots(root)
    _drop_ids(root)
    _drop_empty(root)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def letter_sheet(letters: Mapping[str, str]) -> str:
    """Return an element without size that holds outlines of letters; empty for none."""
    paths = "".join(f'<path id="l{i}" d="{d}" transform="scale(.015625)"/>' for i, d in enumerate(letters.values()))
    hidden = 'class="letters" aria-hidden="true" focusable="false" width="0" height="0"'
    return f"<svg {hidden}><defs>{paths}</defs></svg>" if letters else ""


def _share_letters(root: ET.Element, prefix: str, letters: dict[str, str]) -> None:
    """Move outlines of letters out of the figure."""
    parents = {child: parent for parent in root.iter() for child in parent}
    moved = {}
    for path in [e for e in root.iter("path") if _GLYPH.fullmatch(e.get("id", "").removeprefix(f"{prefix}-"))]:
        name = path.get("id", "").removeprefix(f"{prefix}-")
        letters.setdefault(name, _closed_up(path.get("d", "")))
        moved[f"#{path.get('id')}"] = f"#l{list(letters).index(name)}"
        parents[path].remove(path)
    for use in root.iter("use"):
        name = moved.get(use.get("href", ""), "")
        if name:
            use.set("href", name)
            shift = _SHIFT.fullmatch(use.get("transform", ""))
            if shift is not None:
                del use.attrib["transform"]
                use.set("x", shift[1])
                use.set("y", shift[2])


def _closed_up(path: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path)


def _tidy(element: ET.Element) -> None:
    for name in _ROUNDED:
        text = element.get(name)
        if text is not None and element.tag != "svg":
            short = _NUMBER.sub(_short, text)
            element.set(name, _closed_up(short) if name == "d" else short)
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
        line = "".join(f"M{u.get('x')} {u.get('y')}h0" for u in uses)
        for use in uses:
            group.remove(use)
        opacity = group.attrib.pop("fill-opacity", None)
        group.attrib.pop("fill", None)
        path = ET.SubElement(group, "path", {"d": line, "stroke": colour, "stroke-linecap": "round", "fill": "none"})
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


def _drop_empty(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            empty = all(e.tag in ("g", "defs", "style") for e in child.iter())
            if child.tag in ("style", "metadata", "title") or empty:
                parent.remove(child)
