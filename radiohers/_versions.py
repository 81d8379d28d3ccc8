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
    return {"radiohers": __version__, "feature values": FEATURE_VALUES, "Python": platform.python_version()} | {
        name: version(name) for name in _LIBRARIES
    }
