"""Sphinx settings: `make docs` builds docs/_build/html; nothing is fetched from a network while it builds."""

import inspect
import logging

from docutils.parsers.rst import Directive
from numpydoc.docscrape import NumpyDocString
from sphinx_gallery.sorting import ExplicitOrder

import radiohers
from radiohers.audit import CHECKS

project = "radiohers"
author = "The radiohers developers"
copyright = "The radiohers developers"
version = release = radiohers.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "gallery/*.py", "gallery/*.ipynb", "gallery/*.md5"]

# Single backticks name parameters, as in scikit-learn's docstrings.
default_role = "literal"
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
extlinks_detect_hardcoded_links = False

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Classes list their members by the template; numpydoc would list them a second time.
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "image_scrapers": ("matplotlib",),
    "within_subsection_order": ExplicitOrder(["plot_extraction.py", "plot_pipeline.py", "plot_comparison.py", "*"]),
}

html_theme = "furo"
html_title = f"radiohers {release}"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["radiohers.css"]

# A dependency of the theme prints every log record of every library to standard error.
for name in ("radiomics", "pykwalify"):
    logging.getLogger(name).propagate = False


class AuditChecks(Directive):
    """The checks of the audit as a table, made from their classes."""

    def run(self):
        """Put the table in place of the directive."""
        rows = [("Code", "Check", "What it does", "Rule")]
        for code, check in CHECKS.items():
            (does,) = NumpyDocString(inspect.getdoc(check))["Summary"]
            rows.append((code, check.title, does.removesuffix("."), check.rule))
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 10 18 37 35", ""]
        lines += [f"   {'  -' if column else '* -'} {cell}" for row in rows for column, cell in enumerate(row)]
        self.state_machine.insert_input(lines, "radiohers.audit")
        return []


def setup(app):
    """Make tables from code; leave out of the pages what Python and scikit-learn add to classes on their own."""
    app.add_directive("audit-checks", AuditChecks)
    app.connect("autodoc-skip-member", _is_added_by_others)


def _is_added_by_others(app, what, name, member, skip, options):
    is_routing = name.startswith("set_") and name.endswith("_request")
    is_field_of_tuple = type(member).__name__ == "_tuplegetter"
    return True if is_routing or is_field_of_tuple else None
