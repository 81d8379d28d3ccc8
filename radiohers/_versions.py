"""Versions of what results depend on."""

import platform
from importlib.metadata import version

from radiohers._version import __version__

__all__ = ["library_versions"]

_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "SimpleITK",
    "nibabel",
    "pyradiomics-bhklab",
    "PyWavelets",
    "torch",
    "torchvision",
)


def library_versions() -> dict[str, str]:
    """Return the versions of radiohers, Python and the libraries that results depend on.

    Returns
    -------
    dict of str to str
        Name to version.
    """
    return {"radiohers": __version__, "Python": platform.python_version()} | {
        name: version(name) for name in _LIBRARIES
    }
