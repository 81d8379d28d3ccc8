"""From the scanner: DICOM series, contours and segmentations as images and masks.

:func:`list_series` shows what a folder holds, :func:`read_series` reads an
image in HU, :func:`read_rtstruct` and :func:`read_seg` the lesions drawn on it,
and :func:`write_nifti` writes either without anything that identifies the
patient. :func:`ingest` does all of this for a folder of many patients.
"""

from radiohers.dicom._ingest import IngestResult, ingest
from radiohers.dicom._nifti_out import write_nifti
from radiohers.dicom._read_series import DicomSeries, read_series
from radiohers.dicom._rois import Roi, list_rois
from radiohers.dicom._rtstruct import read_rtstruct
from radiohers.dicom._rules import ingest_rules_text, read_ingest_rules
from radiohers.dicom._seg import read_seg
from radiohers.dicom._series_table import list_series

__all__ = [
    "DicomSeries",
    "IngestResult",
    "Roi",
    "ingest",
    "ingest_rules_text",
    "list_rois",
    "list_series",
    "read_ingest_rules",
    "read_rtstruct",
    "read_seg",
    "read_series",
    "write_nifti",
]
