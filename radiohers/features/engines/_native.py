"""The native engine: pyradiomics' features from compiled kernels."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any

import joblib
import numpy as np
import SimpleITK as sitk

from radiohers._blas import one_blas_thread
from radiohers._versions import version
from radiohers.exceptions import ExtractionError, RadiohersError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._grey_levels import out_of_memory
from radiohers.features.engines._plan import Plan, make_plan
from radiohers.features.engines._pyradiomics import PyradiomicsEngine, load_pyradiomics
from radiohers.features.engines._refusal import of_image, refusal
from radiohers.features.native import (
    PreparedCase,
    feature_names,
    filtered_images,
    prepare,
    shape_2d_features,
    shape_features,
    texture_and_first_order,
)

__all__ = ["NativeEngine"]

_LIBRARIES = ("numba", "numpy", "pyradiomics-bhklab", "PyWavelets", "SimpleITK", "scipy")
_PYRADIOMICS = PyradiomicsEngine()


class NativeEngine:
    """Compute pyradiomics' features without pyradiomics.

    Parameters
    ----------
    n_threads : int, default=None
        How many images of a case (the original, and what filters make of it)
        are worked on at the same time. None takes what OMP_NUM_THREADS says,
        else one a core; worker processes of joblib are told in that way to
        share the cores. The values do not depend on it.

    Notes
    -----
    Where values differ from pyradiomics' at all, it is by the rounding of
    sums. What the engine does not have is computed by pyradiomics and named by
    `handed_over`.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> from radiohers.features import load_params
    >>> from radiohers.features.engines import NativeEngine
    >>> names = NativeEngine().feature_names(load_params("first_order_shape"))
    >>> names[0], names[-1]
    ('original_shape_Elongation', 'original_firstorder_Variance')
    """

    name = "native"

    def __init__(self, n_threads: int | None = None):
        self.n_threads = n_threads

    @one_blas_thread()
    def extract(self, image: sitk.Image, mask: sitk.Image, params: ExtractionParams) -> dict[str, float]:
        """Return the features of one case.

        Parameters
        ----------
        image : SimpleITK.Image
            Of 3 dimensions, finite, in the pixel type of its file, in which it is resampled.
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
            If the lesion or the image is not fit for the features.
        """
        plan = make_plan(params)
        if plan.is_whole:
            return _PYRADIOMICS.extract(image, mask, params)
        try:
            case = prepare(image, mask, plan.settings)
            shapes = _shapes(case, plan)
            computed = self._from_images(case, plan)
        except RadiohersError:
            raise
        except Exception as error:
            raise refusal("native", error) from error
        if plan.handed_over:
            return _with_handed_over(image, mask, params, plan, shapes, computed)
        return shapes | {
            f"{prefix}_{name}": value
            for images in computed.values()
            for prefix, values in images.items()
            for name, value in values.items()
        }

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
        """Return what of `params` this engine does not have and pyradiomics computes.

        Parameters
        ----------
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Returns
        -------
        list of str
            Such as ``imageType.LBP3D``.
        """
        return list(make_plan(params).handed_over)

    def require(self, params: ExtractionParams) -> None:
        """Raise if `params` asks for what pyradiomics computes and pyradiomics is not installed.

        Parameters
        ----------
        params : ExtractionParams
            What to compute; `excluded_features` are not looked at.

        Raises
        ------
        ParamsError
            What needs pyradiomics, and how to get it.
        """
        if handed_over := self.handed_over(params):
            load_pyradiomics(", ".join(handed_over), "Or take that out of the parameters.")

    def versions(self) -> dict[str, str]:
        """Return the versions of all libraries that the values depend on.

        Returns
        -------
        dict of str to str
            Distribution to version.
        """
        return {library: version(library) for library in _LIBRARIES}

    def _from_images(self, case: PreparedCase, plan: Plan) -> dict[str, dict[str, dict[str, float]]]:
        """Return image type to prefix to name to value, of the native types and classes."""
        classes = {
            name: names
            for name, names in plan.classes.items()
            if not name.startswith("shape") and name not in plan.other_classes
        }
        found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in plan.image_types}
        if not classes:
            return found
        sources = list(_sources(plan))
        work = [_boxes_of(case, image_type, own, plan.settings) for image_type, own in sources]
        done = _in_turn if self._threads() == 1 else _side_by_side(_pool(os.getpid(), self._threads()))
        for (image_type, _), images in zip(sources, done(work, _features_of(case, classes)), strict=True):
            found[image_type].update(images)
        return found

    def _threads(self) -> int:
        if self.n_threads is not None:
            return self.n_threads
        said = os.environ.get("OMP_NUM_THREADS", "")
        return min(int(said), joblib.cpu_count()) if said.isdigit() and int(said) else joblib.cpu_count()


def _shapes(case: PreparedCase, plan: Plan) -> dict[str, float]:
    values: dict[str, float] = {}
    if "shape" in plan.classes and "shape" not in plan.other_classes:
        found = shape_features(case.shape_mask, case.spacing_mm, plan.classes["shape"])
        values |= {f"original_shape_{name}": value for name, value in found.items()}
    if "shape2D" in plan.classes and "shape2D" not in plan.other_classes and plan.settings.get("force2D"):
        found = _shape_2d(case, plan.settings.get("force2Ddimension", 0), plan.classes["shape2D"])
        values |= {f"original_shape2D_{name}": value for name, value in found.items()}
    return values


def _shape_2d(case: PreparedCase, axis: int, names: list[str]) -> dict[str, float]:
    size = case.shape_mask.shape
    # pyradiomics looks at the size in the order (x, y, z) first, and gives no features where it is 1.
    if size[::-1][axis] == 1:
        return {}
    if size[axis] > 1:
        raise ExtractionError(
            f"shape2D: the lesion has {size[axis]} voxels along axis {axis} of (slice, row, column), but must have 1",
            advice="Set force2Ddimension to the axis across the lesion's plane, or take shape2D out.",
        )
    spacing_mm = tuple(np.delete(case.spacing_mm, axis).tolist())
    return shape_2d_features(np.ascontiguousarray(case.shape_mask.take(0, axis)), spacing_mm, names)


def _sources(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the native image types, a LoG of several widths one by one."""
    for name, own in plan.image_types.items():
        if name in plan.other_types:
            continue
        sigmas = {**plan.settings, **own}.get("sigma", []) if name == "LoG" else []
        if len(sigmas) > 1:
            yield from ((name, {**own, "sigma": [sigma]}) for sigma in sigmas)
        else:
            yield name, own


_Box = tuple[str, np.ndarray, np.ndarray, dict]
_Boxes = Callable[[], Iterator[_Box]]
_Features = Callable[[_Box], dict[str, float]]


def _boxes_of(case: PreparedCase, image_type: str, own: Mapping[str, Any], settings: dict) -> _Boxes:
    def boxes() -> Iterator[_Box]:
        merged = {**settings, **own}
        images = filtered_images(case.image, case.spacing_mm, case.mask, merged, {image_type: own}, case.pixel_type)
        for prefix, box, mask in images:
            yield prefix, box, mask, merged

    return boxes


def _features_of(case: PreparedCase, classes: Mapping[str, list[str]]) -> _Features:
    def features(box: _Box) -> dict[str, float]:
        image, voxels, mask, settings = box
        try:
            return texture_and_first_order(voxels, mask, case.spacing_mm, settings, classes)
        except MemoryError as error:
            raise of_image(image, out_of_memory(voxels[mask], settings)) from error
        except ExtractionError as error:
            raise of_image(image, error) from error

    return features


def _in_turn(work: list[_Boxes], features: _Features) -> Iterator[dict[str, dict[str, float]]]:
    for boxes in work:
        yield {box[0]: features(box) for box in boxes()}


def _side_by_side(pool: ThreadPoolExecutor) -> Callable[..., Iterator[dict[str, dict[str, float]]]]:
    """Return the like of `_in_turn` on several threads.

    A filter's thread hands its images to the others and never waits for them,
    so that no thread holds up those it waits for.
    """

    def start(boxes: _Boxes, features: _Features) -> dict[str, Future]:
        return {box[0]: pool.submit(features, box) for box in boxes()}

    def done(work: list[_Boxes], features: _Features) -> Iterator[dict[str, dict[str, float]]]:
        started = [pool.submit(start, boxes, features) for boxes in work]
        for future in started:
            yield {prefix: values.result() for prefix, values in future.result().items()}

    return done


@lru_cache(maxsize=4)
def _pool(process: int, n_threads: int) -> ThreadPoolExecutor:
    # One a process, so that extractions side by side share its threads; a forked process makes its own.
    return ThreadPoolExecutor(n_threads, thread_name_prefix="radiohers-native")


def _with_handed_over(
    image: sitk.Image,
    mask: sitk.Image,
    params: ExtractionParams,
    plan: Plan,
    shapes: dict[str, float],
    computed: dict[str, dict],
) -> dict[str, float]:
    """Return all features, with those that pyradiomics computes at their places."""
    textures = {name: names for name, names in plan.classes.items() if not name.startswith("shape")}
    native_types = {name: own for name, own in plan.image_types.items() if name not in plan.other_types}
    others = {name: names for name, names in plan.classes.items() if name in plan.other_classes}
    by_class = _by_pyradiomics(image, mask, params, native_types or {"Original": {}}, others)
    values: dict[str, Any] = {}
    for name in ("shape", "shape2D"):
        start = f"original_{name}_"
        values |= {key: value for key, value in (shapes | by_class).items() if key.startswith(start)}
    for image_type, own in plan.image_types.items():
        if image_type in plan.other_types:
            values |= _by_pyradiomics(image, mask, params, {image_type: own}, textures)
        for prefix, found in computed[image_type].items():
            named = {f"{prefix}_{name}": value for name, value in found.items()} | by_class
            for of_class in textures:
                start = f"{prefix}_{of_class}_"
                values |= {name: value for name, value in named.items() if name.startswith(start)}
    return values


def _by_pyradiomics(
    image: sitk.Image, mask: sitk.Image, params: ExtractionParams, image_types: dict, classes: dict
) -> dict[str, float]:
    if not classes:
        return {}
    return _PYRADIOMICS.extract(image, mask, replace(params, image_types=image_types, feature_classes=classes))
