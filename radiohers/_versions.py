"""Versions of what results depend on."""

import platform
from functools import cache
from importlib import metadata

from radiohers._version import __version__

__all__ = ["library_versions", "version"]

_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "SimpleITK",
    "nibabel",
    "pydicom",
    "pyradiomics-bhklab",
    "PyWavelets",
    "numba",
    "torch",
    "torchvision",
)


@cache
def version(distribution: str) -> str:
    """Return the version of an installed distribution.

    Looking it up reads files, which took longer than reading a case from the cache.

    Parameters
    ----------
    distribution : str
        Its name.

    Returns
    -------
    str
        Its version.
    """
    return __version__ if distribution == "radiohers" else metadata.version(distribution)


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
