"""Engines: image, mask and settings in, named values out.

An engine computes the features of one case. It knows nothing of tables, caches
or scikit-learn, so that two engines can be compared value by value.
"""

from functools import cache
from typing import TYPE_CHECKING, Protocol

import SimpleITK as sitk

from radiohers._lazy import lazy_names
from radiohers.exceptions import ParamsError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features.engines._pyradiomics import PyradiomicsEngine

if TYPE_CHECKING:
    from radiohers.features.engines._native import NativeEngine

__all__ = ["Engine", "NativeEngine", "PyradiomicsEngine", "get_engine", "list_engines"]


class Engine(Protocol):
    """What an engine offers.

    Attributes
    ----------
    name : str
        The name that users choose it by.
    """

    name: str

    def extract(self, image: sitk.Image, mask: sitk.Image, params: ExtractionParams) -> dict[str, float]:
        """Return the features of one case.

        Parameters
        ----------
        image : SimpleITK.Image
            The image.
        mask : SimpleITK.Image
            On the same grid; the lesion is 1.
        params : ExtractionParams
            What is asked for.

        Returns
        -------
        dict of str to float
            In pyradiomics' names and order.
        """

    def feature_names(self, params: ExtractionParams) -> list[str]:
        """Return the names of the features that are asked for.

        Parameters
        ----------
        params : ExtractionParams
            What is asked for.

        Returns
        -------
        list of str
            In order; the same for every case.
        """

    def handed_over(self, params: ExtractionParams) -> list[str]:
        """Return what this engine does not have and leaves to pyradiomics.

        Parameters
        ----------
        params : ExtractionParams
            What is asked for.

        Returns
        -------
        list of str
            As in ``imageType.LBP3D``.
        """

    def require(self, params: ExtractionParams) -> None:
        """Make sure that every library is there that computes what is asked for.

        Parameters
        ----------
        params : ExtractionParams
            What is asked for.

        Raises
        ------
        ParamsError
            With how to get it, if one is missing.
        """

    def versions(self) -> dict[str, str]:
        """Return the versions of all libraries that the values depend on."""


_ENGINES = {"native": "NativeEngine", "pyradiomics": "PyradiomicsEngine"}


# numba takes a third of a second, which those need not wait for who do not use the engine.
__getattr__ = lazy_names(__name__, {"NativeEngine": "_native"})


def list_engines() -> list[str]:
    """Return the names of the engines.

    Returns
    -------
    list of str
        What ``RadiomicsExtractor(engine=...)`` takes.

    Examples
    --------
    >>> from radiohers.features.engines import list_engines
    >>> list_engines()
    ['native', 'pyradiomics']
    """
    return sorted(_ENGINES)


@cache
def get_engine(name: str) -> Engine:
    """Return the engine of that name.

    Parameters
    ----------
    name : str
        One of :func:`list_engines`.

    Returns
    -------
    Engine
        The engine.

    Raises
    ------
    ParamsError
        If there is no such engine.

    Examples
    --------
    >>> from radiohers.features.engines import get_engine
    >>> get_engine("pyradiomics").name
    'pyradiomics'
    """
    if name not in _ENGINES:
        raise ParamsError(
            f"There is no engine {name!r}", advice=f"Choose one of {', '.join(map(repr, list_engines()))}."
        )
    return PyradiomicsEngine() if name == "pyradiomics" else __getattr__(_ENGINES[name])()
