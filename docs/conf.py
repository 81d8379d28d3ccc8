"""Sphinx settings: `make docs` builds docs/_build/html; nothing is fetched from a network while it builds."""

import warnings

import radiohers

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
# The package is documented where it exports a name, not in the private module that defines it.
autosummary_imported_members = True
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
    "min_reported_time": 1e9,
    "image_scrapers": ("matplotlib",),
    "within_subsection_order": "ExampleTitleSortKey",
}

html_theme = "furo"
html_title = f"radiohers {release}"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["radiohers.css"]

# Figures are made without a screen while the gallery is built.
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*", category=UserWarning)
