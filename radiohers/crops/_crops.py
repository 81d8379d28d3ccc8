"""Crops: images of lesions, and where each one comes from."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted
from radiohers.crops._crop_files import DROPPED_COLUMNS, read_crop_arrays, write_crop_arrays, write_png
from radiohers.exceptions import CropError
from radiohers.figures import ContactSheet, notebook_html

__all__ = ["Crops"]


@dataclass(frozen=True, repr=False, eq=False)
class Crops:
    """Crops of some cases, made by :meth:`CropExtractor.transform`.

    To scikit-learn it is an X with one row a case: its length is the number of cases, and an
    index (a slice, numbers or booleans) chooses cases, each with all its crops. So folds,
    searches and pipelines take it as they take a table of features.

    Crops of a case stand together, in the order of their slices, and cases in
    the order of the cohort: ``y.to_numpy()[crops.case]`` is the label of each crop.

    Attributes
    ----------
    images : ndarray of shape (n_crops, row, column), uint8
        Grey values, 0 at the lower end of the window and 255 at the upper.
    case : ndarray of shape (n_crops,), int
        The case of each crop, as a position in `case_ids`.
    case_ids : Index of shape (n_cases,)
        The cases, also those that gave no crop: the index of the table.
    slice : ndarray of shape (n_crops,), int
        The axial slice of each crop, from 0 at the inferior end.
    rectangle : ndarray of shape (n_crops, 4), float
        What each crop shows, as row start and stop, column start and stop, in
        voxels of the slice, whose rows go from anterior to posterior and
        columns from right to left. Voxel ``i`` covers ``i`` to ``i + 1``. Beyond
        the image where `keep_aspect` had to go there.
    spacing_mm : ndarray of shape (n_crops, 2), float
        Distance of the crop's rows and of its columns, in mm.
    lesion : ndarray of shape (n_crops, row, column), bool, or None
        Which pixels are inside the lesion's mask. None if any of the cases has
        rectangles alone.
    dropped : DataFrame of shape (n_dropped, 4)
        The slices that were left out: ``case_id``, ``slice``, ``reason`` and ``detail``; see
        :class:`CropExtractor`. Empty unless it is given.

    See Also
    --------
    CropExtractor : Makes crops of images and masks or rectangles.

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.crops import CropExtractor
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(60, 20, size=(7, 40, 56)))
    >>> mask = sitk.GetImageFromArray(np.pad(np.ones((3, 10, 12), "uint8"), ((2, 2), (15, 15), (22, 22))))
    >>> crops = CropExtractor(size=32).transform([(image, mask)])
    >>> crops
    <Crops: 3 crops of 1 case, 32 x 32 pixels, with lesion masks>
    >>> crops.slice.tolist(), crops.case.tolist()
    ([2, 3, 4], [0, 0, 0])
    >>> len(crops), crops.n_crops
    (1, 3)
    >>> crops.select_crops([1, 2])
    <Crops: 2 crops of 1 case, 32 x 32 pixels, with lesion masks>
    """

    images: np.ndarray
    case: np.ndarray
    case_ids: pd.Index
    slice: np.ndarray
    rectangle: np.ndarray
    spacing_mm: np.ndarray
    lesion: np.ndarray | None = None
    dropped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(DROPPED_COLUMNS)))

    def __post_init__(self) -> None:
        object.__setattr__(self, "case_ids", pd.Index(self.case_ids, name="case_id"))
        n = len(self.images)
        shapes = {"case": (n,), "slice": (n,), "rectangle": (n, 4), "spacing_mm": (n, 2)}
        if self.lesion is not None:
            shapes["lesion"] = self.images.shape
        for name, shape in shapes.items():
            if np.shape(getattr(self, name)) != shape:
                raise CropError(f"Crops: {name} has the shape {np.shape(getattr(self, name))}, but must have {shape}.")
        if self.images.ndim != 3 or self.images.dtype != np.uint8:
            raise CropError(
                f"Crops: images are {self.images.dtype} of shape {self.images.shape}, but must be uint8 of shape "
                "(n_crops, row, column)."
            )
        if n and not 0 <= self.case.min() <= self.case.max() < len(self.case_ids):
            raise CropError(f"Crops: case must point into the {len(self.case_ids)} case_ids.")

    def __len__(self) -> int:
        return len(self.case_ids)

    @property
    def shape(self) -> tuple[int]:
        """The number of cases, which is what scikit-learn asks for."""
        return (len(self),)

    @property
    def n_crops(self) -> int:
        """Number of crops."""
        return len(self.images)

    def __repr__(self) -> str:
        return f"<Crops: {self._summary()}>"

    def _repr_html_(self) -> str:
        return notebook_html(repr(self), self.table.head())

    def _summary(self) -> str:
        n, n_cases = self.n_crops, len(np.unique(self.case))
        cases = counted(n_cases, "case")
        if n_cases < len(self):
            cases += f" (of {len(self)})"
        masks = ", with lesion masks" if self.lesion is not None else ""
        size = " x ".join(map(str, self.images.shape[1:]))
        return f"{counted(n, 'crop')} of {cases}, {size} pixels{masks}"

    def __getitem__(self, cases: Any) -> "Crops":
        # scikit-learn draws some cases several times in a bootstrap, and indexes by (positions, ...).
        positions = np.atleast_1d(np.arange(len(self))[cases])
        of_case = [np.flatnonzero(self.case == position) for position in positions]
        case_ids = self.case_ids[positions]
        return replace(
            self.select_crops(np.concatenate([np.array([], dtype=int), *of_case])),
            case=np.repeat(np.arange(len(positions)), list(map(len, of_case))),
            case_ids=case_ids,
            dropped=self.dropped[self.dropped["case_id"].isin(case_ids)].reset_index(drop=True),
        )

    @property
    def counts(self) -> pd.Series:
        """Number of crops of each case, 0 for a case without any; its index is `case_ids`."""
        return pd.Series(np.bincount(self.case, minlength=len(self.case_ids)), index=self.case_ids, name="n_crops")

    @property
    def table(self) -> pd.DataFrame:
        """One row a crop: its case and slice, and `rectangle` and `spacing_mm` in columns of their own."""
        names = ["row_start", "row_stop", "column_start", "column_stop"]
        table = pd.DataFrame({"case_id": self.case_ids[self.case], "slice": self.slice})
        table[names] = self.rectangle
        table[["row_spacing_mm", "column_spacing_mm"]] = self.spacing_mm
        return table

    def select(self, cases: Iterable) -> "Crops":
        """Return the crops of some of the cases.

        Parameters
        ----------
        cases : iterable of case_id
            Which cases, and in which order.

        Returns
        -------
        Crops
            Its `case_ids` are `cases`.

        Raises
        ------
        CropError
            If a case_id is unknown or named twice.
        """
        chosen = pd.Index(cases, name="case_id")
        unknown = chosen[~chosen.isin(self.case_ids)]
        if len(unknown) or chosen.has_duplicates:
            what = f"{unknown[0]!r} is not among" if len(unknown) else f"{chosen[chosen.duplicated()][0]!r} is twice in"
            raise CropError(
                f"select: case {what} the cases", advice=f"Known are {len(self.case_ids)}, like {self.case_ids[0]!r}."
            )
        return self[self.case_ids.get_indexer(chosen)]

    def select_crops(self, rows: Any) -> "Crops":
        """Return some of the crops; the cases stay the same, so that `case` still points into them.

        Parameters
        ----------
        rows : slice or array-like of int or bool
            Which crops, by their positions in `images`.

        Returns
        -------
        Crops
            With the same `case_ids`.
        """
        arrays = {name: getattr(self, name)[rows] for name in ("images", "case", "slice", "rectangle", "spacing_mm")}
        return replace(self, **arrays, lesion=None if self.lesion is None else self.lesion[rows])

    @classmethod
    def concatenate(cls, parts: Sequence["Crops"]) -> "Crops":
        """Join crops of several sets of cases.

        Parameters
        ----------
        parts : sequence of Crops
            At least one; all of one size.

        Returns
        -------
        Crops
            Of the cases of the first, then those of the second, and so on.
        """
        n_before = np.cumsum([0, *map(len, parts[:-1])])
        arrays = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("images", "slice", "rectangle", "spacing_mm")
        }
        return cls(
            **arrays,
            case=np.concatenate([part.case + n for part, n in zip(parts, n_before, strict=True)]),
            case_ids=pd.Index([case_id for part in parts for case_id in part.case_ids]),
            lesion=None if any(part.lesion is None for part in parts) else np.concatenate([p.lesion for p in parts]),
            dropped=pd.DataFrame(
                [row for part in parts for row in part.dropped.itertuples(index=False)], columns=list(DROPPED_COLUMNS)
            ),
        )

    def save(self, path: str | os.PathLike, *, force: bool = False) -> Path:
        """Write the crops to a file.

        Parameters
        ----------
        path : path-like
            The file, by custom ending in ``.npz``.
        force : bool, default=False
            Whether to overwrite a file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputExistsError
            If the file is there and `force` is false.
        CropError
            If a case_id is neither a string nor a whole number.

        Notes
        -----
        A NumPy archive without pickles: it cannot run code when it is loaded.
        """
        return write_crop_arrays(path, {name: getattr(self, name) for name in self.__dataclass_fields__}, force)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Crops":
        """Read crops that :meth:`save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Crops
            The same crops.

        Raises
        ------
        CropError
            If there is no such file, or it is not one of crops.
        """
        return cls(**read_crop_arrays(path))

    def to_png(self, folder: str | os.PathLike, *, force: bool = False, verbose: int = 0) -> list[Path]:
        """Write each crop as a grey PNG image, and `table` beside them as ``crops.csv``.

        Parameters
        ----------
        folder : path-like
            The folder; made where it is missing.
        force : bool, default=False
            Whether to overwrite files that are there. Others in the folder are left alone.
        verbose : int, default=0
            Whether to show a progress bar.

        Returns
        -------
        list of Path
            The images, named ``<case_id>_slice<number>.png``; a second one of the
            same slice ends in ``_2``.

        Raises
        ------
        OutputExistsError
            If one of the files is there and `force` is false; nothing is written then.
        """
        return write_png(self.images, self.table, folder, force, verbose)

    def show(self, n: int = 24, *, n_columns: int = 6, outline: bool = True) -> ContactSheet:
        """Show some of the crops side by side.

        Parameters
        ----------
        n : int, default=24
            How many, drawn at even distances from all of them.
        n_columns : int, default=6
            How many in a row.
        outline : bool, default=True
            Whether to draw the outline of the lesion, where masks are known.

        Returns
        -------
        ContactSheet
            Plotted, each crop with its case and slice; its ``frame()`` has their rows of `table`.

        Raises
        ------
        CropError
            If there are no crops.
        """
        if not self.n_crops:
            raise CropError("There are no crops to show.")
        rows = np.unique(np.linspace(0, self.n_crops - 1, min(n, self.n_crops)).round().astype(int))
        titles = [f"{self.case_ids[self.case[row]]}, slice {self.slice[row]}" for row in rows]
        shown = f"; {len(rows)} shown" if len(rows) < self.n_crops else ""
        return ContactSheet(
            self.images[rows],
            titles,
            self.table.iloc[rows],
            f"{self._summary()}{shown}",
            limits=(0, 255),
            outlines=self.lesion[rows] if outline and self.lesion is not None else None,
        ).plot(n_columns)
