"""How a claim is cited: an entry of BibTeX for what was checked, with the claim's id, which never changes."""

from __future__ import annotations

from edgestab.verify.listing import Listed
from edgestab.version import version

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{c: f"\\{c}" for c in "&%$#_"},
    }
)


def bibtex(claim: Listed) -> str:
    r"""Return the entry of a claim; the paper that states it is named in the note, as the catalogue names it.

    Examples
    --------
    >>> print(bibtex(Listed("a2023.thm1", "x_1 converges", "theorem", "A & B 2023", "")))
    @software{edgestab:a2023.thm1,
      author  = {{The edgestab authors}},
      title   = {{edgestab: claim a2023.thm1, x\_1 converges}},
      version = {...},
      note    = {States: A \& B 2023}
    }
    """
    fields = {
        "author": "The edgestab authors",
        "title": f"edgestab: claim {claim.id}, {claim.title}",
        "version": version(),
        "note": f"States: {claim.source}",
    }
    width = max(map(len, fields))
    braced = ("author", "title")  # as they are written: one author, and no change of case
    lines = [
        f"  {name:<{width}} = {f'{{{{{text}}}}}' if name in braced else f'{{{text}}}'}"
        for name, text in ((n, t.translate(_SPECIAL)) for n, t in fields.items())
    ]
    return f"@software{{edgestab:{claim.id},\n" + ",\n".join(lines) + "\n}"
