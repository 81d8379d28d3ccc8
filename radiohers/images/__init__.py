"""One case's voxels: reading images and masks, and checking that they fit."""

from radiohers.images._content import content_hash, values_hash
from radiohers.images._gaps import fill_gaps, find_gaps, name_slices
from radiohers.images._grids import GridRelation, compare_grids
from radiohers.images._header import ImageHeader, read_header
from radiohers.images._labelme import hash_rectangles, read_rectangles
from radiohers.images._pair import ImagePair, read_pair
from radiohers.images._read import read_image
from radiohers.images._select import select_lesions
from radiohers.images._shuffle import shuffle_lesion
from radiohers.images._source import describe_source

__all__ = [
    "fill_gaps",
    "find_gaps",
    "hash_rectangles",
    "name_slices",
    "read_rectangles",
    "GridRelation",
    "ImageHeader",
    "ImagePair",
    "compare_grids",
    "content_hash",
    "describe_source",
    "read_header",
    "read_image",
    "read_pair",
    "select_lesions",
    "shuffle_lesion",
    "values_hash",
]
