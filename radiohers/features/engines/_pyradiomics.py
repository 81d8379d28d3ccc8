"""The reference engine: pyradiomics itself."""

import logging
import warnings
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiohers._blas import one_blas_thread
from radiohers._versions import version
from radiohers.exceptions import ExtractionError, ParamsError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._grey_levels import check_pyradiomics_matrices, out_of_memory
from radiohers.features.engines._refusal import of_image, refusal
from radiohers.features.native import feature_names

__all__ = ["PyradiomicsEngine", "load_pyradiomics"]

_LIBRARIES = ("pyradiomics-bhklab", "numpy", "PyWavelets", "SimpleITK", "scipy")


class PyradiomicsEngine:
    """Compute features with pyradiomics.

    Notes
    -----
    The distribution is `pyradiomics-bhklab`, whose module is ``radiomics``:
    pyradiomics 3.1.0 itself cannot be installed on Python 3.10 or newer.

    The image is resampled and filtered in its own pixel type, as pyradiomics
    does. Integers become float64 before a class of features sees them, since
    sums of integers of 8 or 16 bits overflow under numpy 2.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> from radiohers.features import load_params
    >>> from radiohers.features.engines import PyradiomicsEngine
    >>> names = PyradiomicsEngine().feature_names(load_params("first_order_shape"))
    >>> names[0], names[-1]
    ('original_shape_Elongation', 'original_firstorder_Variance')
    """

    name = "pyradiomics"

    @one_blas_thread()
    def extract(self, image: sitk.Image, mask: sitk.Image, params: ExtractionParams) -> dict[str, float]:
        """Return the features of one case.

        Parameters
        ----------
        image : SimpleITK.Image
            Of 3 dimensions, finite, in the pixel type of its file.
        mask : SimpleITK.Image
            1 in the lesion, 0 elsewhere, on the image's grid.
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Returns
        -------
        dict of str to float
            In pyradiomics' names and order.

        Raises
        ------
        ExtractionError
            If pyradiomics refuses the case, or its matrices would take too much
            memory; the reason is in the message.
        """
        extractor = _extractor(params)
        try:
            values = extractor.execute(image, mask, label=1)
        except ExtractionError:
            raise
        except Exception as error:
            raise refusal("pyradiomics", error) from error
        # Under NumPy 2.5 the roots of eigenvalues are complex, without an imaginary part.
        return {name: float(np.real(value)) for name, value in values.items()}

    def feature_names(self, params: ExtractionParams) -> list[str]:
        """Return the names of the features that `params` asks for, in order.

        Parameters
        ----------
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Returns
        -------
        list of str
            They follow from the parameters: no image is looked at.
        """
        return feature_names(params)

    def handed_over(self, params: ExtractionParams) -> list[str]:
        """Return what of `params` is left to another engine: nothing.

        Parameters
        ----------
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Returns
        -------
        list of str
            Empty.
        """
        return []

    def require(self, params: ExtractionParams) -> None:
        """Raise if pyradiomics is not installed.

        Parameters
        ----------
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Raises
        ------
        ParamsError
            How to get it.
        """
        load_pyradiomics("engine='pyradiomics'", "Or take the engine 'native', which gives the same values.")

    def versions(self) -> dict[str, str]:
        """Return the versions of all libraries that the values depend on.

        Returns
        -------
        dict of str to str
            Distribution to version.
        """
        return {library: version(library) for library in _LIBRARIES}


def load_pyradiomics(what: str, way_out: str = "") -> ModuleType:
    """Return pyradiomics' module of the extractor; an error says what needs it, and how to get it."""
    try:
        from radiomics import featureextractor
    except ImportError as error:
        # Another module's absence is not cured by installing this one.
        reason = "is not installed" if error.name == "radiomics" else f"cannot be loaded ({error})"
        raise ParamsError(
            f"{what} needs pyradiomics, which {reason}",
            advice="Install it with: python -m pip install pyradiomics-bhklab. It has no wheels, so that this needs a "
            f"C compiler, such as gcc. {way_out}".rstrip(),
        ) from error
    return featureextractor


@lru_cache(maxsize=8)
def _extractor(params: ExtractionParams) -> Any:
    # Reading and checking the parameters costs as much as a small lesion, so it is done once a process.
    logging.getLogger("radiomics.glcm").addFilter(_is_not_about_sum_average)
    with warnings.catch_warnings():
        # pykwalify, with which it checks its parameters, loads its extension the old way.
        warnings.filterwarnings("ignore", "the load_module", DeprecationWarning)
        extractor = _extractor_class()(params.for_pyradiomics())
    if extractor.settings["resegmentRange"] is not None:
        # The largest voxel is multiplied by them, which overflows where both are integers.
        extractor.settings["resegmentRange"] = [float(limit) for limit in extractor.settings["resegmentRange"]]
    # Diagnostics are not features, and hashing the image for them takes time.
    extractor.settings["additionalInfo"] = False
    return extractor


@cache
def _extractor_class() -> Any:
    base: Any = load_pyradiomics("this extraction").RadiomicsFeatureExtractor

    class Extractor(base):
        """pyradiomics' own, which looks at every image before classes of features do."""

        def computeFeatures(
            self, image: sitk.Image, mask: sitk.Image, imageTypeName: str, **kwargs: Any
        ) -> dict[str, Any]:
            voxels = sitk.GetArrayViewFromImage(image)
            values = voxels[sitk.GetArrayViewFromImage(mask) == 1]
            try:
                check_pyradiomics_matrices(values, voxels.shape, kwargs, self.enabledFeatures)
                if np.issubdtype(voxels.dtype, np.integer):
                    image = sitk.Cast(image, sitk.sitkFloat64)
                return super().computeFeatures(image, mask, imageTypeName, **kwargs)
            except MemoryError as error:
                raise of_image(imageTypeName, out_of_memory(values, kwargs)) from error
            except ExtractionError as error:
                raise of_image(imageTypeName, error) from error

    return Extractor


def _is_not_about_sum_average(record: logging.LogRecord) -> bool:
    # Said once an image type and case, whatever the user does; bladder_ctu's comments say it once.
    return "Sum Average = 2 * Joint Average" not in record.getMessage()
