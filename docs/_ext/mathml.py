"""Formulas as MathML, made when the site is built: its pages need no script, and nothing from outside."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


def mathml(node: nodes.math | nodes.math_block) -> str:
    """A formula as a ``<math>`` element, or as it is written, with a warning, where it is no LaTeX that is known."""
    try:
        return str(tex2mathml(plain(node.astext()), as_block=isinstance(node, nodes.math_block)))
    except MathError as error:
        logger.warning("a formula cannot be typeset: %s", error, location=node)
        return ""


def plain(written: str) -> str:
    r"""LaTeX as docutils reads it: ``\ldots`` for ``\dots``; and ``\frac12`` would be twelve over what comes next."""
    return re.sub(r"(\\[dt]?frac)\s*(\d)\s*(\d)", r"\1{\2}{\3}", written).replace(r"\dots", r"\ldots")


def visit(writer: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    """Write a formula; a number at its side would need more, and no formula of ours has one."""
    writer.body.append(mathml(node) or writer.encode(node.astext()))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Make it the way in which formulas are shown."""
    app.add_html_math_renderer("mathml", inline_renderers=(visit, None), block_renderers=(visit, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
