"""How the pages are built: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "campaignmetrics"
author = "the campaignmetrics authors"
project_copyright = "the campaignmetrics authors"
release = version_of("campaignmetrics")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_title = f"campaignmetrics {release}"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

napoleon_google_docstring = True
napoleon_numpy_docstring = False
