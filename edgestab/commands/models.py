"""``edgestab models``: the built-in models and update rules."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from edgestab.commands.printing import print_json


def models(*names: str, json_: Annotated[bool, Parameter("--json", negative="")] = False) -> None:
    """List the built-in models and optimizers, or say what those that are named are: formulas, constants, charts.

    Parameters
    ----------
    names
        Models, such as quartic or balanced:3, and optimizers, such as heavy-ball.
    json_
        Print JSON.
    """
    from edgestab.inventory import described
    from edgestab.inventory import names as listed

    found = [described(name) for name in names] if names else listed()
    if json_:
        print_json(found)
    elif names:
        print("\n\n".join(map(_page, found)))
    else:
        width = max(len(row["name"]) for row in found)
        for kind in ("model", "optimizer"):
            print(f"{kind}s:")
            print("\n".join(f"  {row['name']:<{width}}  {row['title']}" for row in found if row["kind"] == kind))


def _page(found: dict[str, Any]) -> str:
    """A model or a rule, one fact a line."""
    lines = [f"{found['name']}: {found.get('title') or found['source']}"]
    for label, value in found.items():
        if label in ("kind", "name", "title") or not value:
            continue
        if label == "charts":
            lines += [f"  chart        {n}: {_equations(c)}" for n, c in value.items()]
        elif isinstance(value, dict):
            between = {"step": "' =", "where": " ="}.get(label, ":")
            lines += [f"  {label:<12} {name}{between} {text}" for name, text in value.items()]
        else:
            lines.append(f"  {label:<12} {', '.join(value) if isinstance(value, list) else value}")
    return "\n".join(lines)


def _equations(formulas: dict[str, str]) -> str:
    return ", ".join(f"{name} = {text}" for name, text in formulas.items())
