"""How the pages of this folder become a web site: ``make site`` builds it, offline, with warnings as errors."""

from __future__ import annotations

from importlib import metadata

project = "smartstart_gov"
author = "the makers of smartstart_gov"
release = metadata.version("smartstart-gov")
extensions = ["myst_parser"]
root_doc = "index"
# The page of the folder is what index.rst includes.
exclude_patterns = ["README.md"]

# Headings get anchors as they do in a repository's own viewer, so that one link works in both.
myst_heading_anchors = 3

html_theme = "furo"
html_title = "smartstart_gov"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
