"""What pages of the theme lack for a keyboard and a screen reader: levels of headings, a way into what scrolls."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

AFTER_THE_THEME = 900
SCROLLS = re.compile(r'<pre(?=>)|<div class="(?:table|math)-wrapper[^"]*"(?=>)')


def mend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: nodes.document | None) -> None:
    """Give captions of the navigation a level, and let the keyboard reach code, tables and formulas that scroll."""
    tree = str(context.get("furo_navigation_tree", ""))
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    if "body" in context:
        context["body"] = SCROLLS.sub(r'\g<0> tabindex="0"', str(context["body"]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Mend every page."""
    app.connect("html-page-context", mend, priority=AFTER_THE_THEME)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
