"""What the pages share: their templates, their script and style with the policy that allows them, data as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edgestab.explorer.script import policy, script, style

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Return the templates; what is put into them is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("edgestab.explorer"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def heads(files: Sequence[str]) -> dict[str, str]:
    """Return the script of these files, the style sheet, and the policy that allows both."""
    script_text, style_text = script(files), style()
    return {"script": script_text, "style": style_text, "policy": policy(script_text, style_text)}


def embedded(data: Any) -> str:
    r"""Return JSON that may stand in a script element of a page.

    Examples
    --------
    >>> embedded("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
