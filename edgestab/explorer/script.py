"""The script of the page: its files in the order in which they need each other, and hashes that allow them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent

EXPLORER = (
    "dom", "decimal", "axis", "crew", "raster", "colours", "plot", "basin", "levels", "portrait", "diagram", "fragment",
    "gestures", "series", "png", "copies", "controls", "words", "page", "theme", "main",
)  # fmt: skip
"""The files in ``ui/`` of the explorer of a model, the one that begins last."""

RECORD = ("dom", "decimal", "axis", "colours", "plot", "series", "theme", "record")
"""Those of the page of a record."""


def script(files: Sequence[str]) -> str:
    """Return the text of a script: these files, one after the other."""
    return "\n".join((FOLDER / "ui" / f"{name}.js").read_text(encoding="utf-8") for name in files)


def style() -> str:
    """Return the text of the style sheet."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def digest(text: str) -> str:
    """Return the hash of a script or a style sheet as a content security policy names it.

    Examples
    --------
    >>> digest("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(script_text: str, style_text: str) -> str:
    """Return the content security policy: the page's own script and style, workers made of it, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {digest(script_text)} 'wasm-unsafe-eval'",
            f"style-src {digest(style_text)}",
            "worker-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
