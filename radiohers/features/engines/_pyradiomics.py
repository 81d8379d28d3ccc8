"""The reference engine: pyradiomics itself."""

import json
import logging
from functools import cache, lru_cache
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiohers._blas import one_blas_thread
from radiohers._versions import version
from radiohers.exceptions import ExtractionError
from radiohers.features._grey_levels import check_pyradiomics_matrices, out_of_memory
from radiohers.features.engines._probe import names_by_probing
from radiohers.features.engines._refusal import of_image, refusal

__all__ = ["PyradiomicsEngine"]

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
    def extract(self, image: sitk.Image, mask: sitk.Image, params: dict) -> dict[str, float]:
        """Return the features of one case.

        Parameters
        ----------
        image : SimpleITK.Image
            Of 3 dimensions, finite, in the pixel type of its file.
        mask : SimpleITK.Image
            1 in the lesion, 0 elsewhere, on the image's grid.
        params : dict
            In the layout of a pyradiomics parameter file.

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
        extractor = _extractor(json.dumps(params))
        try:
            values = extractor.execute(image, mask, label=1)
        except ExtractionError:
            raise
        except Exception as error:
            raise refusal("pyradiomics", error) from error
        return {name: float(value) for name, value in values.items()}

    def feature_names(self, params: dict) -> list[str]:
        """Return the names of the features that `params` asks for, in order.

        Parameters
        ----------
        params : dict
            In the layout of a pyradiomics parameter file.

        Returns
        -------
        list of str
            Found by extracting from a small made-up lesion, since only
            pyradiomics knows what it computes.
        """
        return names_by_probing(self.extract, params)

    def handed_over(self, params: dict) -> list[str]:
        """Return what of `params` is left to another engine: nothing.

        Parameters
        ----------
        params : dict
            In the layout of a pyradiomics parameter file.

        Returns
        -------
        list of str
            Empty.
        """
        return []

    def versions(self) -> dict[str, str]:
        """Return the versions of all libraries that the values depend on.

        Returns
        -------
        dict of str to str
            Distribution to version.
        """
        return {library: version(library) for library in _LIBRARIES}


@lru_cache(maxsize=8)
def _extractor(params_json: str) -> Any:
    # Reading and checking the parameters costs as much as a small lesion, so it is done once a process.
    logging.getLogger("radiomics.glcm").addFilter(_is_not_about_sum_average)
    extractor = _extractor_class()(json.loads(params_json))
    if extractor.settings["resegmentRange"] is not None:
        # The largest voxel is multiplied by them, which overflows where both are integers.
        extractor.settings["resegmentRange"] = [float(limit) for limit in extractor.settings["resegmentRange"]]
    # Diagnostics are not features, and hashing the image for them takes time.
    extractor.settings["additionalInfo"] = False
    return extractor


@cache
def _extractor_class() -> Any:
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    class Extractor(RadiomicsFeatureExtractor):
        """pyradiomics' own, which looks at every image before classes of features do."""

        def computeFeatures(self, image, mask, imageTypeName, **kwargs):
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
