"""Versions of what results depend on."""

import platform
from functools import cache
from importlib import metadata

from radiohers._version import __version__

__all__ = ["FEATURE_VALUES", "library_versions", "version"]

# To be raised whenever radiomic features of the same files change, so that a cache and saved models show it.
# 2: images are resampled in their own pixel type.
FEATURE_VALUES = "2"

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
_MISSING = "not installed"


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
        Its version; "not installed" if it is missing, as pyradiomics may be.
    """
    try:
        return __version__ if distribution == "radiohers" else metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return _MISSING


def library_versions() -> dict[str, str]:
    """Return the versions of radiohers, Python and the libraries that results depend on.

    Returns
    -------
    dict of str to str
        Name to version; those that are not installed, as pyradiomics may be, are left out.
    """
    found = {name: version(name) for name in _LIBRARIES}
    return {"radiohers": __version__, "feature values": FEATURE_VALUES, "Python": platform.python_version()} | {
        name: found[name] for name in _LIBRARIES if found[name] != _MISSING
    }
