"""Kinds of broken input, by name: how each is made of a cohort in order, and the words of its message.

The words are regular expressions. They hold what is wrong and how to mend it; that the case or file is named is
asserted of all kinds alike.
"""

import numpy as np
import SimpleITK as sitk
from broken_input_files import (
    LESION,
    PIXDIM,
    SFORM,
    SFORM_OFFSET,
    as_image,
    changed,
    colours,
    ct_voxels,
    cut_short,
    damage,
    exchange,
    foreign_names,
    lesion_voxels,
    metaimage_spacing,
    no_folder,
    patch_header,
    picture,
    ras_for_lps,
    sheared,
    spacing_without_sform,
)

from radiohers.exceptions import ExtractionError, GeometryError, ImageReadError, MaskError

CT, MASK = ct_voxels(), lesion_voxels()
NOT_IN_CT = "those of an image, not of a mask.* correct the paths"
CUT = "the file is cut short: .*Copy or export it again"
SPACING = "its voxel spacing is .* not above 0 along every axis. Correct the header"
NOT_FINITE = "the affine in its NIfTI header is not finite .*Correct the header"
COPY = "give the mask the image's geometry"

# Kind: how it is made, the exception, what the extractor says and (where it says it otherwise) what the check says.
CASES = {
    "gzip cut short": (lambda c: cut_short(c.image), ImageReadError, CUT),
    "mask cut short": (lambda c: cut_short(c.mask, 20), ImageReadError, CUT),
    "NRRD cut short": (lambda c: (c.save_image(name="bad.nrrd"), cut_short(c.image)), ImageReadError, CUT),
    "NIfTI cut short": (lambda c: (c.save_image(name="bad.nii"), cut_short(c.image)), ImageReadError, CUT),
    "damaged gzip": (lambda c: damage(c.image), ImageReadError, "compressed data are damaged .*Copy or export"),
    "empty file": (lambda c: c.image.write_bytes(b""), ImageReadError, "the file is empty .*Copy or export it again"),
    "PNG named .nii.gz": (
        lambda c: picture(c, ".png", "bad.nii.gz"),
        ImageReadError,
        "not a NIfTI file but a PNG picture. Give the image itself",
    ),
    "web page": (
        lambda c: c.image.write_text("<html>404</html>"),
        ImageReadError,
        "not a NIfTI file but a web page or XML. Copy",
    ),
    "PNG": (lambda c: picture(c, ".png", "bad.png"), ImageReadError, "files of this kind cannot be read.* Convert it"),
    "DICOM file": (lambda c: picture(c, ".dcm", "IM0001"), ImageReadError, "this is a DICOM file.* radiohers ingest"),
    "DICOM named .nii.gz": (
        lambda c: picture(c, ".dcm", "bad.nii.gz"),
        ImageReadError,
        "not a NIfTI file but a DICOM file.* radiohers ingest",
    ),
    "gzip named .nii": (lambda c: c.rename_image("bad.nii"), ImageReadError, "compressed with gzip. Rename it"),
    "4-D": (lambda c: c.save_image(sitk.JoinSeries([as_image(CT)] * 2)), ImageReadError, "4 dimensions.* Pick one"),
    "colours": (colours, ImageReadError, "3 numbers a voxel.* Pick one"),
    "2-D image": (lambda c: c.save_image(as_image(CT)[:, :, 3]), GeometryError, "a single slice.* all slices"),
    "2-D mask": (lambda c: c.save_mask(as_image(MASK)[:, :, 3]), GeometryError, "a single slice.* all slices"),
    "axes swapped": (
        lambda c: c.save_mask(sitk.GetImageFromArray(MASK.transpose(2, 1, 0))),
        GeometryError,
        r"with their axes in another order.* Transpose them \(array.transpose\(2, 1, 0\)",
    ),
    "flipped": (
        lambda c: c.save_mask(sitk.Flip(as_image(MASK), [True, False, False])),
        GeometryError,
        "stored with x reversed.* Resample the mask onto the image",
    ),
    "RAS for LPS": (ras_for_lps, GeometryError, f"x and y have the opposite sign.* {COPY}"),
    "geometry lost": (lambda c: c.save_mask(sitk.GetImageFromArray(MASK)), GeometryError, f"no geometry.* {COPY}"),
    "another patient's mask": (
        lambda c: c.save_mask(origin_mm=(900.0, 0.0, 0.0)),
        GeometryError,
        "do not overlap at all.* belongs to another patient.* Check the paths",
    ),
    "mask of another size": (
        lambda c: c.save_mask(np.pad(MASK, ((3, 0), (2, 0), (1, 0)))),
        GeometryError,
        r"mask \(10, 10, 10\), image \(9, 8, 7\).* drawn on another series.* look at it",
    ),
    "half a voxel off": (
        lambda c: c.save_mask(origin_mm=(-9.625, 20.5, 30.25)),
        GeometryError,
        f"origin by 0.375 mm .*{COPY}",
    ),
    "other spacing": (
        lambda c: c.save_mask(spacing_mm=(0.75, 0.875, 2.5)),
        GeometryError,
        f"spacing by 3.5 mm .*{COPY}",
    ),
    "label 2 only": (lambda c: c.save_mask(MASK * 2), MaskError, r"has label 1; .* 2 \(60 voxels\).* Set"),
    "labels 2 and 3": (
        lambda c: c.save_mask(changed(MASK * 2, (5, 5, 5), 3)),
        MaskError,
        r"has label 1; .* 2 \(60 voxels\), 3 \(1 voxel\). Set",
    ),
    "mask of 0.9999": (
        lambda c: c.save_mask((MASK * 0.9999).astype("f4")),
        MaskError,
        "60 of 504 voxels are not whole .*0.9999.* Threshold",
        "nearly whole numbers .*0.9999.* Round them",
    ),
    "mask of 0.5": (
        lambda c: c.save_mask((MASK * 0.5).astype("f4")),
        MaskError,
        "60 of 504 voxels are not whole .* nearest neighbour",
        "no whole numbers .*interpolation. Repeat the resampling with nearest neighbour",
    ),
    "NaN in the mask": (
        lambda c: c.save_mask(changed(MASK, 0, np.nan, "f4")),
        MaskError,
        "72 of 504 voxels are not whole .*nan",
        "not finite numbers in the mask.* Export the mask again",
    ),
    "background of -1": (lambda c: c.save_mask(MASK.astype("i2") * 2 - 1), MaskError, "below 0.* 0 as background"),
    "empty mask": (lambda c: c.save_mask(MASK * 0), MaskError, "the mask is empty.* Draw the lesion, or check"),
    "one voxel": (
        lambda c: c.save_mask(changed(MASK * 0, (3, 3, 3), 1)),
        ExtractionError,
        "the lesion is a single voxel.* leave it out",
        "the lesion is one voxel.* take the case out",
    ),
    "a line": (
        lambda c: c.save_mask(changed(MASK * 0, (3, 3, slice(2, 7)), 1)),
        ExtractionError,
        "extends in 1 of 3 dimensions, at least 2 .*minimumROIDimensions.* Check the mask, or lower",
        "a line of 5 voxels.* take the case out",
    ),
    "CT as mask": (lambda c: c.save_mask(ct_voxels(9)), MaskError, NOT_IN_CT, "it is an image, not a mask.* Correct"),
    "CT of floats as mask": (
        lambda c: c.save_mask(ct_voxels(9) + np.float32(0.25)),
        MaskError,
        NOT_IN_CT,
        "not whole: it is an image.* Correct the row",
    ),
    "exchanged": (exchange, MaskError, NOT_IN_CT, "it is an image, not a mask.* exchanged"),
    "NaN in the image": (
        lambda c: c.save_image(changed(CT, (0, 0, 0), np.nan, "f4")),
        ImageReadError,
        "1 NaN and 0 infinite of 504 voxels. Replace them",
        "NaN or infinite.*: 1 voxel of the image. Replace them",
    ),
    "infinite voxel": (
        lambda c: c.save_image(changed(CT, (0, 0, 0), np.inf, "f4")),
        ImageReadError,
        "0 NaN and 1 infinite of 504 voxels. Replace them",
        "NaN or infinite.*: 1 voxel of the image. Replace them",
    ),
    "spacing of 0": (lambda c: spacing_without_sform(c, 0.0), ImageReadError, SPACING),
    "spacing below 0": (lambda c: patch_header(c.image, PIXDIM, -0.75), ImageReadError, SPACING),
    "MetaImage spacing of 0": (lambda c: metaimage_spacing(c, b"0"), ImageReadError, SPACING),
    "MetaImage spacing below 0": (lambda c: metaimage_spacing(c, b"-0.75"), ImageReadError, SPACING),
    "two spacings": (lambda c: patch_header(c.image, PIXDIM, 0.9), ImageReadError, "two voxel spacings.* Find out"),
    "NaN in the affine": (lambda c: patch_header(c.image, SFORM, np.nan), ImageReadError, NOT_FINITE),
    "NaN in the offset": (lambda c: patch_header(c.image, SFORM_OFFSET, np.nan), ImageReadError, NOT_FINITE),
    "sheared": (sheared, ImageReadError, "not at right angles .*Resample it on a grid without shear"),
}

# Features can be computed of these all the same, so the check alone tells of them.
FOR_THE_CHECK = {
    "mask of the whole image": (lambda c: c.save_mask(MASK * 0 + 1), "covers the whole image.* must be 0"),
    "constant image": (lambda c: c.save_image(CT * 0 + 7), "every voxel of the image is 7. Export the image again"),
    "constant lesion": (lambda c: c.save_image(changed(CT, LESION, 50)), "every voxel of the lesion is 50.* Check"),
    "shifted by 1024": (lambda c: c.save_image((CT + 1100).astype("u2")), "shifted up by about 1024.* Subtract"),
    "without sign": (lambda c: c.save_image(CT.astype("u2")), "read without their sign.* Read the voxels as signed"),
    "another mask as image": (lambda c: c.save_image(changed(MASK, (3, 3), 0)), "scaled to a range.* Take the image"),
    "image of another patient": (lambda c: c.set("image", "good.nii.gz"), "'good' of patient .* wrong file"),
}

ROWS = {
    "folder for a file": (no_folder, "'image': is a folder, not a file: .*bad.nii.gz"),
    "no such file": (lambda c: c.image.unlink(), "'image': file not found: .*bad.nii.gz"),
    "no such mask": (lambda c: c.mask.unlink(), "'mask': file not found: .*bad_mask.nii.gz"),
    "name too long": (lambda c: c.set("image", "a" * 300 + ".nii.gz"), r"'image': .*File name too long.*aaa\.\.\."),
    "unknown home": (lambda c: c.set("image", "~nobody_at_all/bad.nii.gz"), "'image': file not found: .*~nobody"),
    "backslashes": (lambda c: c.set("image", "images\\bad.nii.gz"), "'image': file not found: .*not by a backslash"),
    "image as mask": (lambda c: c.set("mask", "bad.nii.gz"), "'mask': is the same file as the image: .*bad.nii.gz"),
    "no image": (lambda c: c.set("image", ""), "'image': empty"),
    "no patient": (lambda c: c.set("patient_id", " "), "'patient_id': empty"),
    "mask_label in words": (lambda c: c.set("mask_label", "liver", "1"), "'mask_label': 'liver' is not a whole"),
    "mask_label of 0": (lambda c: c.set("mask_label", "0", "1"), "'mask_label': 0 marks no lesion; .*1 or more"),
    "decimal comma in quotes": (lambda c: c.set("age", "61,5", "58"), "'age': '61,5' .*write it with a point"),
    "no label": (lambda c: c.set("her2", ""), "'her2': empty"),
}

TABLES = {
    "semicolons": (lambda t: t.replace(",", ";"), "separated by semicolons: save it with commas"),
    "semicolons, decimal commas": (
        lambda t: t.replace(",", ";").replace("0\n", "0,5\n"),
        "separated by semicolons: save it with commas",
    ),
    "tabs": (lambda t: t.replace(",", "\t"), "separated by tabs: save it with commas"),
    "decimal commas": (
        lambda t: t.replace(",0\n", ",0,5\n", 1),
        r"more fields than the 5 columns .*row 1, case 'bad' \(6 fields\) .*with a point",
    ),
    "missing column": (lambda t: t.replace("mask,", "contour,", 1), "no column 'mask'; its columns .* Add or rename"),
    "unknown target": (lambda t: t.replace("her2", "HER2_"), "no column 'her2'; .*Did you mean 'HER2_'"),
    "a column twice": (lambda t: t.replace("patient_id", "image"), "more than one column 'image'. Rename"),
    "empty": (lambda t: " \n", "it is empty. Write a header"),
    "header only": (lambda t: t.splitlines()[0], "a header but no rows. Add rows"),
    "UTF-16": (lambda t: t.encode("utf-16"), "it is text in UTF-16. Save it"),
    "UTF-16 without mark": (lambda t: t.encode("utf-16-le"), "it is text in UTF-16. Save it"),
    "Latin-1": (lambda t: t.replace("other", "über").encode("latin-1"), r"line 4 is not UTF-8 \(byte 0xfc\). Save it"),
    "bytes of 0": (lambda t: t.encode() + bytes(9), "line 5 has bytes of 0.* Copy or save it again"),
    "open quote": (lambda t: t.replace("bad,", '"bad,', 1), "a quotation mark in row 1 is not closed. Close it"),
}

LABELME = {
    "empty JSON": ("", "this is not JSON.* Save the rectangles with labelme"),
    "JSON of another kind": ('{"features": []}', "not a file of labelme's: .*features.* Save"),
    "labelme without shapes": ('{"shapes": []}', "there is no shape. Draw the lesion"),
    "drawn on another size": ('{"imageHeight": 9, "imageWidth": 9, "shapes": []}', "9 rows and 9 col.* 8 and 9. Draw"),
}

MUST_WORK = {
    "signs and spaces in paths": foreign_names,
    "Windows line ends": lambda c: c.rewrite(lambda t: t.replace("\n", "\r\n")),
    "old Mac line ends": lambda c: c.rewrite(lambda t: t.replace("\n", "\r")),
    "byte order mark": lambda c: c.rewrite(lambda t: "\ufeff" + t),
    "mark and Windows line ends": lambda c: c.rewrite(lambda t: "\ufeff" + t.replace("\n", "\r\n")),
    "blank lines": lambda c: c.rewrite(lambda t: t.replace("\n", "\n\n") + "\n\n"),
    "rows of commas": lambda c: c.rewrite(lambda t: t + ",,,,\n,,,,\n"),
    "commas at the end": lambda c: c.rewrite(lambda t: t.replace("\n", ",,\n")),
    "spaces around cells": lambda c: c.rewrite(lambda t: t.replace(",", " , ").replace("\n", " \n")),
    "lines inside quotes": lambda c: c.set("note", "one\ntwo, three", "four"),
    "slash in case_id": lambda c: c.set("case_id", "site/bad"),
    "mask_label of 1.0": lambda c: c.set("mask_label", "1.0", "1"),
    "absolute path": lambda c: c.set("image", c.image.absolute()),
    "format of another name": lambda c: c.save_image(name="bad.nrrd"),
}
