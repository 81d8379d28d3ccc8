"""CropExtractor: cohort rows in, crops out."""

from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from radiohers._cache import find_memory
from radiohers._sklearn import HasMethods, Interval, InvalidParameterError, StrOptions, _fit_context
from radiohers.cohort import Case, CaseResult, as_case_table, failure_table, iter_cases, work_on_cases
from radiohers.crops._crop_files import DROPPED_COLUMNS
from radiohers.crops._crops import Crops
from radiohers.crops._cut import Crop, CropSettings
from radiohers.crops._one_case import crop_case
from radiohers.crops._params import load_crop_params
from radiohers.exceptions import ParamsError

__all__ = ["CropExtractor"]


class CropExtractor(TransformerMixin, BaseEstimator):
    """Crop the lesion out of every axial slice of every case, as the first step of a pipeline.

    Around the bounding rectangle of the lesion on a slice, a margin is added
    in millimetres; what is beyond the image is clipped; grey values are those of a
    window; and the rectangle is resampled to a square of pixels.

    Stateless: it learns nothing, so what a case gives does not depend on the
    other cases, and it may be used before or inside cross-validation alike. What it
    returns has one row a case to scikit-learn, and the crops of the case behind it.

    Parameters
    ----------
    margin_mm : float, default=7.5
        How far each side of the rectangle is moved outward, in mm.
    window_hu : tuple of two float, default=(60.0, 350.0)
        Level and width of the window, in HU.
    size : int, default=224
        Rows and columns of a crop; at least 8.
    keep_aspect : bool, default=True
        Whether a millimetre is the same length in both directions of a crop: the
        shorter side is widened about its middle until the crop is square in
        mm, into the image, and beyond it with black (0). False stretches the
        rectangle to a square, as Liu et al. do.
    min_area_mm2 : float, default=25.0
        Slices with less of the lesion are left out. 25 mm2 is a disc of 5.6 mm.
        Of a rectangle drawn by hand, its own area counts.
    slices : "all" or int, default="all"
        Which slices of a case: all, or that many with the largest area of the
        lesion (of two alike, the lower one).
    n_jobs : int, default=None
        Number of cases at the same time. None means 1 unless in a
        :class:`joblib.parallel_config` context; -1 means all cores.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache. A case is found again by the content of image,
        mask and rectangles, the settings and the versions of the libraries;
        failures are not kept.
    on_error : {"raise", "warn"}, default="raise"
        What a case that fails does, also one without any crop left: stop with
        its error, or warn, give no crops, and be listed in `failures_`.
    verbose : int, default=0
        Whether to show a progress bar with the number of cases and their rate.

    Attributes
    ----------
    dropped_ : DataFrame of shape (n_dropped, 4)
        The slices that the last `transform` left out: ``case_id``, ``slice``,
        ``reason`` and ``detail``, its numbers. Reasons are "lesion too small", "rectangle off
        the image" (less than half of it is on the slice), "too few pixels" (a
        side below 4 with the margin) and "constant crop" (one grey value).
        Slices that `slices` did not choose are not dropped. Not kept in a pickle.
    failures_ : DataFrame of shape (n_failures, 3)
        The columns ``case_id``, ``error`` and ``reason`` of the last
        `transform`. Not kept in a pickle.

    See Also
    --------
    radiohers.estimators.make_cnn_pipeline : A pipeline that begins with this step.
    CROP_PRESETS : Presets, for :meth:`from_params`.
    Crops : What `transform` returns.

    Notes
    -----
    **Axes.** Images are turned and flipped (not resampled) so that slices go from
    inferior to superior, rows from anterior to posterior and columns from right
    to left: a slice as viewers show it. How the axes are stored does not matter.

    **Grey values.** :math:`255 \\cdot (h - l + w / 2) / w`, clipped to 0 to 255,
    of h in HU with level l and width w; then resampled linearly, with
    antialiasing where the crop is coarser than the image; rounded last.

    **Rectangles.** Where the column ``boxes`` of the table has a path, the
    rectangles of that labelme file are taken, each for one crop, and the mask, if
    there is one, only tells which pixels are lesion. It is one of

    - a folder with one ``.json`` file a slice, whose name ends in the number
      of the slice: ``case7_012.json`` is slice 12;
    - one ``.json`` file for all slices of the case, in which ``group_id`` of
      each shape is the number of its slice.

    A key ``slice`` of a shape, or else of the file, goes before both. Slices
    are counted from 0 at the inferior end. Shapes are rectangles or
    polygons, of which the bounding rectangle is taken; labels do not matter. Points
    are ``[column, row]`` in pixels of the slice as above, of which the first
    covers 0 to 1.

    References
    ----------
    Liu et al. Deep learning for predicting the human epidermal growth factor
    receptor 2 status of breast cancer liver metastases based on
    contrast-enhanced computed tomography. Quant Imaging Med Surg 2023;13:2837.

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.crops import CropExtractor
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(60, 20, size=(7, 40, 56)))
    >>> mask = np.zeros((7, 40, 56), dtype="uint8")
    >>> mask[2:5, 15:25, 22:34] = 1
    >>> mask[5, 15:17, 22:24] = 1
    >>> extractor = CropExtractor(size=64)
    >>> extractor.transform([(image, sitk.GetImageFromArray(mask))])
    <Crops: 3 crops of 1 case, 64 x 64 pixels, with lesion masks>
    >>> extractor.dropped_[["slice", "reason", "detail"]].values.tolist()
    [[5, 'lesion too small', '4 mm2, min_area_mm2=25']]
    """

    _parameter_constraints: dict = {
        "margin_mm": [Interval(Real, 0, None, closed="left")],
        "window_hu": [tuple, list],
        "size": [Interval(Integral, 8, None, closed="left")],
        "keep_aspect": ["boolean"],
        "min_area_mm2": [Interval(Real, 0, None, closed="left")],
        "slices": [StrOptions({"all"}), Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "memory": [str, HasMethods("__fspath__"), HasMethods("cache"), None],
        "on_error": [StrOptions({"raise", "warn"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        margin_mm: float = 7.5,
        window_hu: Sequence[float] = (60.0, 350.0),
        size: int = 224,
        keep_aspect: bool = True,
        min_area_mm2: float = 25.0,
        slices: str | int = "all",
        *,
        n_jobs: int | None = None,
        memory: Any = None,
        on_error: str = "raise",
        verbose: int = 0,
    ) -> None:
        self.margin_mm = margin_mm
        self.window_hu = window_hu
        self.size = size
        self.keep_aspect = keep_aspect
        self.min_area_mm2 = min_area_mm2
        self.slices = slices
        self.n_jobs = n_jobs
        self.memory = memory
        self.on_error = on_error
        self.verbose = verbose

    @classmethod
    def from_params(
        cls,
        params: str | PathLike | dict,
        *,
        n_jobs: int | None = None,
        memory: Any = None,
        on_error: str = "raise",
        verbose: int = 0,
    ) -> "CropExtractor":
        """Make an extractor from a preset or a parameter file.

        Parameters
        ----------
        params : str, path-like or dict
            The name of a preset (see :data:`CROP_PRESETS`), the path of a YAML or
            JSON file, or a dict; of some or all of ``margin_mm``, ``window_hu``,
            ``size``, ``keep_aspect``, ``min_area_mm2`` and ``slices``.
        n_jobs, memory, on_error, verbose
            As in the class.

        Returns
        -------
        CropExtractor
            The extractor; what `params` does not name has the class's default.

        Raises
        ------
        ParamsError
            If there is no such preset or file, it cannot be read, or a name or
            value is wrong.

        Examples
        --------
        >>> from radiohers.crops import CropExtractor
        >>> CropExtractor.from_params("bladder_excretory").window_hu
        (150, 600)
        """
        values, source = load_crop_params(params)
        extractor = cls(**values, n_jobs=n_jobs, memory=memory, on_error=on_error, verbose=verbose)
        try:
            extractor._settings()
        except InvalidParameterError as error:
            raise ParamsError(str(error), source=source) from error
        return extractor

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> "CropExtractor":
        """Check the parameters and the table; nothing is learned.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows, with the columns ``image`` and ``mask`` or ``boxes``.
        y : object, default=None
            Ignored.

        Returns
        -------
        CropExtractor
            The extractor itself.

        Raises
        ------
        CohortError
            If X is not a table of cases.
        """
        self._settings()
        as_case_table(X, mask_or_boxes=True)
        return self

    def transform(self, X: Any) -> Crops:
        """Crop every case.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows, with the columns ``image`` and ``mask`` or ``boxes`` and
            optionally ``mask_label``.

        Returns
        -------
        Crops
            One row a case; their `case_ids` are the index of X, in its order.

        Raises
        ------
        RadiohersError
            If a case fails and `on_error` is "raise": the error of the first
            such case, in the order of X.
        """
        settings = self._settings()
        cases = iter_cases(X, mask_or_boxes=True)
        results = work_on_cases(
            partial(crop_case, settings=settings, memory=find_memory(self.memory)),
            cases,
            n_jobs=self.n_jobs,
            on_error=self.on_error,
            consequence="It has no crops.",
            description="crops",
            verbose=self.verbose,
        )
        self.failures_ = failure_table(cases, results)
        crops = _join(cases, results, settings.size)
        self.dropped_ = crops.dropped
        return crops

    def set_output(self, *, transform: Any = None) -> "CropExtractor":
        """Do nothing: crops are no table, whatever output a pipeline around this step is set to.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        CropExtractor
            The extractor itself.
        """
        return self

    def _settings(self) -> CropSettings:
        self._validate_params()
        numbers = [value for value in self.window_hu if isinstance(value, Real) and not isinstance(value, bool)]
        if len(self.window_hu) != 2 or len(numbers) != 2 or not np.isfinite(numbers).all() or numbers[1] <= 0:
            raise InvalidParameterError(
                f"The 'window_hu' parameter of {type(self).__name__} must be a level and a width above 0, in HU. Got "
                f"{self.window_hu!r} instead."
            )
        return CropSettings(
            margin_mm=float(self.margin_mm),
            window_hu=(float(self.window_hu[0]), float(self.window_hu[1])),
            size=int(self.size),
            keep_aspect=bool(self.keep_aspect),
            min_area_mm2=float(self.min_area_mm2),
            slices=self.slices if self.slices == "all" else int(self.slices),
        )

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("dropped_", "failures_")}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags


def _join(cases: list[Case], results: list[CaseResult], size: int) -> Crops:
    of_cases = [result.value.crops if result.value is not None else [] for result in results]
    crops: list[Crop] = [crop for of_case in of_cases for crop in of_case]
    has_lesions = all(crop.lesion is not None for crop in crops)
    dropped = [
        (case.case_id, *dropped)
        for case, result in zip(cases, results, strict=True)
        if result.value is not None
        for dropped in result.value.dropped
    ]
    return Crops(
        images=np.array([crop.image for crop in crops], dtype=np.uint8).reshape(-1, size, size),
        case=np.repeat(np.arange(len(cases)), [len(of_case) for of_case in of_cases]),
        case_ids=pd.Index([case.case_id for case in cases]),
        slice=np.array([crop.slice for crop in crops], dtype=int),
        rectangle=np.array([crop.rectangle for crop in crops], dtype=float).reshape(-1, 4),
        spacing_mm=np.array([crop.spacing_mm for crop in crops], dtype=float).reshape(-1, 2),
        lesion=np.array([crop.lesion for crop in crops], dtype=bool).reshape(-1, size, size) if has_lesions else None,
        dropped=pd.DataFrame(dropped, columns=list(DROPPED_COLUMNS)),
    )
