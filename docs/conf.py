"""How the site is built: `make site`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from edgestab.version import version as ours

project = "edgestab"
author = "the edgestab authors"
project_copyright = "the edgestab authors, MIT licence"
version = release = ours()

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "public_names",
    "catalogue",
    "mathml",
    "accessible",
]
exclude_patterns = ["_ext", "_static"]

myst_enable_extensions = ["dollarmath", "attrs_inline", "colon_fence"]
myst_heading_anchors = 4  # as a forge makes them
suppress_warnings = ["myst.header"]  # certificates.md has two titles

default_role = "py:obj"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
autodoc_typehints = "none"  # the docstrings say the types in words
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"edgestab {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
