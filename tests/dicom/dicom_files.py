"""DICOM files as scanners and contouring programs write them, small and with unequal sides."""

from dataclasses import dataclass, field
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
SPACING_MM = (0.75, 0.875, 3.0)
ORIGIN_MM = (-10.5, 20.25, -30.0)


def turned(*angles_degrees):
    """Direction cosines of a patient who lies askew, turned about x, y and z."""
    x, y, z = np.radians(angles_degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


@dataclass
class Scanner:
    """Writes one series; what it wrote is in `paths` and `sop_uids`, in the order of the slices."""

    stored: np.ndarray
    spacing_mm: tuple = SPACING_MM
    origin_mm: tuple = ORIGIN_MM
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))
    series_uid: str = field(default_factory=generate_uid)
    study_uid: str = field(default_factory=generate_uid)
    frame_uid: str = field(default_factory=generate_uid)
    patient: tuple = ("Zorn^Jane", "MRN-4711")
    shear_mm: float = 0.0
    attributes: dict = field(default_factory=dict)

    def position_mm(self, number):
        down = np.array([0, self.shear_mm * number, number * self.spacing_mm[2]])
        return self.origin_mm + self.axes @ down

    def header(self, sop_class, modality, instance=0):
        dataset = Dataset()
        dataset.SOPClassUID = sop_class
        dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study_uid, self.series_uid
        dataset.FrameOfReferenceUID = self.frame_uid
        dataset.PatientName, dataset.PatientID = self.patient
        dataset.PatientBirthDate, dataset.PatientSex = "19610203", "F"
        dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber = "20190807", "101112", "ACC-99817"
        dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber = "STUDY-5", 7, instance
        dataset.Modality, dataset.SeriesDescription = modality, "Abdomen portal Dr Secret"
        dataset.Manufacturer = "Tests"
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = sop_class
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        return dataset

    def pixels(self, dataset, stored):
        dataset.Rows, dataset.Columns = stored.shape[-2:]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
        dataset.PixelRepresentation = int(stored.dtype.kind == "i")
        dataset.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()

    def slice(self, number):
        dataset = self.header(CT, "CT", number)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.ImagePositionPatient = [f"{value:.10f}"[:16] for value in self.position_mm(number)]
        dataset.ImageOrientationPatient = [f"{value:.12f}"[:16] for value in self.axes[:, :2].T.ravel()]
        dataset.PixelSpacing = [self.spacing_mm[1], self.spacing_mm[0]]
        dataset.SliceThickness = self.spacing_mm[2]
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
        self.pixels(dataset, self.stored[number])
        for name, value in self.attributes.items():
            setattr(dataset, name, value)
        return dataset

    def write(self, folder, change=None, name="{:03d}.dcm"):
        """Write the slices; `change(dataset, number)` may alter one, or return False to leave it out."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number in range(len(self.stored)):
            dataset = self.slice(number)
            if change is None or change(dataset, number) is not False:
                dataset.save_as(Path(folder) / name.format(number), enforce_file_format=True)
        return Path(folder)

    def write_enhanced(self, path):
        """Write the slices as one enhanced multi-frame file, the last one first, each with its own rescaling."""
        dataset = self.header(ENHANCED_CT, "CT")
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
        self.pixels(dataset, self.stored[::-1])
        dataset.NumberOfFrames = len(self.stored)
        first = self.slice(0)
        shared = Dataset()
        shared.PixelMeasuresSequence = [pick(first, "PixelSpacing", "SliceThickness")]
        shared.PlaneOrientationSequence = [pick(first, "ImageOrientationPatient")]
        dataset.SharedFunctionalGroupsSequence = [shared]
        dataset.PerFrameFunctionalGroupsSequence = []
        for number in range(len(self.stored))[::-1]:
            one, frame = self.slice(number), Dataset()
            frame.PlanePositionSequence = [pick(one, "ImagePositionPatient")]
            frame.PixelValueTransformationSequence = [pick(one, "RescaleSlope", "RescaleIntercept")]
            frame.PixelValueTransformationSequence[0].RescaleIntercept = -1000 - number
            dataset.PerFrameFunctionalGroupsSequence.append(frame)
        dataset.save_as(path, enforce_file_format=True)
        return path

    def in_mm(self, corners, number):
        """Turn corners (column, row) on a slice into patient coordinates."""
        corners = np.asarray(corners, dtype=float)
        flat = np.column_stack([corners * self.spacing_mm[:2], np.zeros(len(corners))])
        return flat @ self.axes.T + self.position_mm(number)

    def write_rtstruct(self, path, regions, refers_to=None, change=None):
        """Write contours: regions is {name: [(kind, points in mm), ...]}."""
        dataset = self.header(RTSTRUCT, "RTSTRUCT")
        dataset.SeriesInstanceUID = generate_uid()
        dataset.StructureSetLabel, dataset.StructureSetDate = "drawn", "20200102"
        series = Dataset()
        series.SeriesInstanceUID = refers_to or self.series_uid
        study = Dataset()
        study.RTReferencedSeriesSequence = [series]
        frame = Dataset()
        frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = self.frame_uid, [study]
        dataset.ReferencedFrameOfReferenceSequence = [frame]
        dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
        for number, (name, contours) in enumerate(regions.items(), start=1):
            roi, drawn = Dataset(), Dataset()
            roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, self.frame_uid
            drawn.ReferencedROINumber, drawn.ContourSequence = number, [as_contour(*one) for one in contours]
            dataset.StructureSetROISequence.append(roi)
            dataset.ROIContourSequence.append(drawn)
        if change is not None:
            change(dataset)
        dataset.save_as(path, enforce_file_format=True)
        return path

    def write_seg(self, path, masks, kind="BINARY", slices=None, **options):
        """Let highdicom write masks {label: array of bool or of fractions} of the given slices."""
        slices = range(len(self.stored)) if slices is None else slices
        sources = [self.slice(number) for number in slices]
        arrays = [np.asarray(mask)[list(slices)] for mask in masks.values()]
        if kind == "LABELMAP":
            pixels = sum(number * mask.astype(np.uint8) for number, mask in enumerate(arrays, start=1))
        else:
            pixels = np.stack(arrays, axis=-1)
            pixels = pixels.astype(np.float32 if kind == "FRACTIONAL" else np.uint8)
        described = [
            highdicom.seg.SegmentDescription(
                segment_number=number,
                segment_label=label,
                segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
                segmented_property_type=codes.SCT.Neoplasm,
                algorithm_type="MANUAL",
            )
            for number, label in enumerate(masks, start=1)
        ]
        seg = highdicom.seg.Segmentation(
            source_images=sources,
            pixel_array=pixels,
            segmentation_type=kind,
            segment_descriptions=described,
            series_instance_uid=generate_uid(),
            series_number=9,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer="Tests",
            manufacturer_model_name="Tests",
            software_versions="1",
            device_serial_number="1",
            **options,
        )
        seg.save_as(path)
        return path


def pick(dataset, *names):
    """Return a dataset of some attributes of another."""
    picked = Dataset()
    for name in names:
        picked[name] = dataset[name]
    return picked


def as_contour(kind, points_mm):
    contour = Dataset()
    contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points_mm)
    contour.ContourData = [f"{value:.12f}"[:16] for value in np.ravel(points_mm)]
    return contour


def change_file(path, **attributes):
    """Set attributes of a file that was written."""
    dataset = pydicom.dcmread(path)
    for name, value in attributes.items():
        setattr(dataset, name, value)
    dataset.save_as(path)


def array(image):
    return sitk.GetArrayFromImage(image)
