"""What an extraction computes, as one value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

__all__ = ["ExtractionParams"]

# The fields by the sections of a pyradiomics parameter file.
_SECTIONS = {
    "imageType": "image_types",
    "featureClass": "feature_classes",
    "setting": "settings",
    "voxelSetting": "voxel_settings",
}


class _Frozen(Mapping):
    """A mapping that stays as it is."""

    def __init__(self, content: Mapping):
        self._content = {name: _frozen(value) for name, value in content.items()}

    def __getitem__(self, name: str) -> Any:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return repr(self._content)


@dataclass(frozen=True, eq=False)
class ExtractionParams:
    """What an extraction computes: images, features and settings, in pyradiomics' names.

    Made by :func:`~radiohers.features.load_params`, which checks what it is given. It
    does not change and can be hashed; for other settings change what :meth:`to_dict`
    gives, or use :func:`dataclasses.replace`.

    Parameters
    ----------
    image_types : mapping of str to mapping, default={}
        Image types and their own settings, in order; empty means the original image.
    feature_classes : mapping of str to sequence of str or None, default={}
        Classes and the names of their features, in order; None means all of a
        class, and an empty mapping all features of all classes.
    settings : mapping of str to object, default={}
        Settings; those that are not named have pyradiomics' defaults.
    voxel_settings : mapping of str to object, default={}
        Settings of voxel-based extraction, which pyradiomics files may have.
    excluded_features : sequence of str, default=()
        Shell-style patterns of names that :class:`RadiomicsExtractor` leaves out.
        Engines do not look at them.

    Examples
    --------
    >>> from radiohers.features import ExtractionParams, load_params
    >>> params = load_params("bladder_ctu")
    >>> params.settings["binWidth"], params.excluded_features
    (25, ('wavelet-*H*_glcm_SumAverage',))
    >>> params == load_params("bladder_ctu")
    True
    """

    image_types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    feature_classes: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    voxel_settings: Mapping[str, Any] = field(default_factory=dict)
    excluded_features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, _frozen(getattr(self, each.name)))

    @classmethod
    def from_dict(cls, layout: Mapping) -> "ExtractionParams":
        """Return the params that a dict in pyradiomics' layout holds, not checked.

        Parameters
        ----------
        layout : mapping
            With some of ``imageType``, ``featureClass``, ``setting``, ``voxelSetting``
            and ``excludeFeatures``.

        Returns
        -------
        ExtractionParams
            What it holds.
        """
        fields_of = {**_SECTIONS, "excludeFeatures": "excluded_features"}
        return cls(**{name: layout[section] for section, name in fields_of.items() if layout.get(section)})

    def to_dict(self) -> dict[str, Any]:
        """Return them in the layout of a parameter file, ``excludeFeatures`` included.

        Returns
        -------
        dict
            As that of :meth:`for_pyradiomics`, with the patterns where there are any.
        """
        excluded = {"excludeFeatures": list(self.excluded_features)} if self.excluded_features else {}
        return self.for_pyradiomics() | excluded

    def for_pyradiomics(self) -> dict[str, Any]:
        """Return them in the layout that pyradiomics takes, without the excluded features.

        Returns
        -------
        dict
            A fresh one of plain dicts, lists, numbers and strings, with ``imageType``,
            ``featureClass`` and ``setting``, and where there are any ``voxelSetting``.
        """
        plain = {section: _plain(getattr(self, name)) for section, name in _SECTIONS.items()}
        return {section: content for section, content in plain.items() if content or section != "voxelSetting"}

    @property
    def mask_label(self) -> int:
        """The lesion's value in masks, where a case does not say."""
        return self.settings.get("label") or 1

    @cached_property
    def _text(self) -> str:
        return repr(self)

    # By their text, since 3 == 3.0, and the images of these sigmas have different names.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExtractionParams) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    # As a plain dict, by which joblib finds them in the cache, whatever the order of its keys.
    def __reduce__(self) -> tuple:
        return ExtractionParams.from_dict, (self.to_dict(),)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Frozen(value)
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return list(map(_plain, value)) if isinstance(value, tuple) else value
