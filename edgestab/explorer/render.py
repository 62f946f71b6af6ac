"""What the pages share: their script and style with the policy that allows them, data as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from edgestab.explorer.script import policy, script, style


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
