"""What all figures share: colours, sizes, labels, and the way from a figure into a page."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
"""The palette of Okabe and Ito, which readers with any colour vision can tell apart."""

GREY = "#767676"

LOSS = GREEN
SHARPNESS = BLUE
"""The largest eigenvalue of the Hessian."""
EIGENVALUES = (SHARPNESS, SKY, "#A9CBE8")
"""The largest, the second and the third."""
EDGE = BLACK
"""2/eta, always dashed."""
ORBIT = VERMILLION
"""The iterates of gradient descent, or of the rule in its place."""
PREDICTION = ORANGE
REFINED = "#79502F"
"""A second prediction, or what is known exactly."""
FLOW = "#B07AAF"
"""Gradient flow."""
MINIMA = YELLOW
"""Minima and limits; a light colour, for wide lines and for markers with a black edge."""
CONSTRAINED = "#7FD1B5"
"""The trajectory that is held at the edge, about which gradient descent oscillates."""
BIFURCATION = "#6A1A6A"
GUIDE = "#505050"
"""Lines to compare with: zero, a slope, the diagonal."""

ROLES = {
    "loss": LOSS,
    "sharpness": SHARPNESS,
    "second eigenvalue": EIGENVALUES[1],
    "third eigenvalue": EIGENVALUES[2],
    "edge": EDGE,
    "orbit": ORBIT,
    "prediction": PREDICTION,
    "second prediction": REFINED,
    "gradient flow": FLOW,
    "constrained trajectory": CONSTRAINED,
    "minima": MINIMA,
    "bifurcation": BIFURCATION,
    "guide": GUIDE,
}
"""One colour for one thing, in every figure: for quantities where one run is shown; where runs and flows are compared,
for whose they are. Any two of the colours are told apart with any colour vision."""

CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)
"""What has no colour of its own, such as periods, takes these in turn, in figures that have a legend for them."""

WINDOW = "#CFE6F6"
"""The tint of what a claim allows."""

WIDTH = 7.2
"""Inches: the text width of the report at 96 dots an inch."""

MOST_MARKERS = 1500
"""Above this many markers a layer is drawn as an image inside the vector figure."""

COLUMN = 3.4
"""Inches: a column of a journal with two."""

LEAST_SIZE = 7.0
"""Points: no text of a figure is smaller."""

_SIZES = {
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "axes.labelsize": 11.5,
    "legend.fontsize": 10,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}
_RC: Any = {
    "font.family": ["STIXGeneral", "DejaVu Sans"],  # the second has what the first lacks
    "mathtext.fontset": "stix",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 4),
    "axes.unicode_minus": True,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "figure.facecolor": "white",
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "edgestab",
}

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega"
)
_SPECIAL = {
    "eps": r"\varepsilon",
    "offset": "P - 1",
    "angle": r"\mathrm{angle}/\pi",
    "cosine": r"\cos\,\mathrm{angle}",
    "p_": "P",
}


@contextlib.contextmanager
def publication(width: float = WIDTH) -> Iterator[None]:
    """Set the defaults of the figures for the length of a ``with`` block.

    Parameters
    ----------
    width : float
        Inches, of the figure: below 5 inches text is set smaller, down to three quarters in a `COLUMN`.
    """
    import matplotlib as mpl

    scale = min(1.0, max(0.74, 0.74 + 0.26 * (width - COLUMN) / (5 - COLUMN)))
    sizes: Any = {name: max(LEAST_SIZE, scale * size) for name, size in _SIZES.items()}
    with mpl.rc_context({**_RC, **sizes}):
        yield


def small_size() -> float:
    """Return the size of small print in points."""
    import matplotlib as mpl

    return max(LEAST_SIZE, 0.76 * float(mpl.rcParams["font.size"]))


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure whose parts arrange themselves without overlap; sizes in inches."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from edgestab.figures.shown import ShownFigure

    return ShownFigure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.05, wspace=0.03))


def literal(text: str) -> str:
    r"""Return text in which nothing is read as mathematics.

    Examples
    --------
    >>> literal("a $5 run")
    'a \\$5 run'
    """
    return text.replace("$", r"\$")


def label(name: str) -> str:
    r"""Return a variable's name as mathematics.

    Examples
    --------
    >>> label("x0"), label("eta"), label("w2_final")
    ('$x_{0}$', '$\\eta$', '$w_{2,\\mathrm{final}}$')
    """
    if name in _SPECIAL:
        return f"${_SPECIAL[name]}$"
    words = [w for w in re.split(r"[^A-Za-z0-9]+", name) if w]
    if not words:
        return ""
    match = re.fullmatch(r"([A-Za-z]+)([0-9]*)", words[0])
    stem, digits = match.groups() if match else (words[0], "")
    below = ([digits] if digits else []) + [w if len(w) == 1 or w.isdigit() else rf"\mathrm{{{w}}}" for w in words[1:]]
    if _GREEK.fullmatch(stem):
        stem = rf"\{stem}"
    elif len(stem) > 1:
        stem = rf"\mathrm{{{stem}}}"
    return f"${stem}_{{{','.join(below)}}}$" if below else f"${stem}$"


def number(value: float) -> str:
    """Return a number for a title, as short as it can be."""
    return f"{value:.4g}"


def to_svg(figure: Figure, prefix: str, dpi: float = 200) -> str:
    """Return a figure as an ``<svg>`` element for the body of an HTML page.

    Names inside the element begin with `prefix`, so that several figures can stand on one page; it refers to
    nothing outside itself, and equal figures give equal text. Images inside have `dpi` dots an inch.
    """
    buffer = io.StringIO()
    with publication(figure.get_figwidth()):
        figure.savefig(buffer, format="svg", dpi=dpi, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text, count=2)
    text = text.replace("xlink:href=", "href=")
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = text.replace("url(#", f"url(#{prefix}-")
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1).strip()
