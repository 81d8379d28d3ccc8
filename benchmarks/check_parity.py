"""Whether both engines give pyradiomics' values on the files as they are: real CTs, and copies in other pixel types.

    python benchmarks/check_parity.py COHORT.CSV [--cases 51] [--copies-of 3]

The reference is ``RadiomicsFeatureExtractor(params).execute(image, mask)`` on the two paths. First
every case with the presets; then, of the smallest lesions, boxes of the image stored as uint8,
uint16, int32, float32 and float64, resampled to 1, 2 and 0.7 mm with three interpolators. A case
on which pyradiomics warns of an overflow has no right reference, and is counted apart. It ends
with 1 where a difference is above the limit.
"""

import argparse
import logging
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from radiohers import read_cohort
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.features._compare import relative_differences

PRESETS = ("ct_default", "bladder_ctu", "mr_default")
ENGINES = ("native", "pyradiomics")
# Differences of sums that nearly cancel: what is left is rounding, in pyradiomics as well.
CANCELLING = ("ClusterShade", "Skewness", "Imc1", "Imc2", "Correlation")
LIMIT, LIMIT_CANCELLING = 1e-9, 6e-6
# From HU: values that fit the type, of which those of float have fractions.
COPIES = {
    "uint8": lambda hu: np.rint((hu.clip(-160, 240) + 160) * 0.45),
    "uint16": lambda hu: hu.clip(-1024) + 1024,
    "int32": lambda hu: hu * 2,
    "float32": lambda hu: hu * 1.037 + 0.3,
    "float64": lambda hu: hu * 1.037 + 0.3,
}
SPACINGS_MM = (1, 2, 0.7)
INTERPOLATORS = ("sitkBSpline", "sitkLinear", "sitkNearestNeighbor")
MARGIN = 12


class Worst:
    """The worst differences of one table row."""

    def __init__(self):
        self.n_cases = self.n_values = self.n_overflows = 0
        self.plain = self.cancelling = (0.0, "")

    def add(self, names, ours, theirs, case_id):
        """Take in the values of a case."""
        self.n_cases, self.n_values = self.n_cases + 1, self.n_values + len(names)
        differences = relative_differences(np.array(ours), np.array(theirs))
        for name, difference in zip(names, differences.tolist(), strict=True):
            kind = "cancelling" if name.endswith(CANCELLING) else "plain"
            if difference > getattr(self, kind)[0]:
                setattr(self, kind, (difference, f"{case_id} {name}"))

    def is_within(self):
        """Tell whether the limits hold."""
        return self.plain[0] <= LIMIT and self.cancelling[0] <= LIMIT_CANCELLING

    def line(self, title):
        """Return the row of the table."""
        shown = [f"{difference:8.1e} {where}" for difference, where in (self.plain, self.cancelling)]
        counts = f"{self.n_cases:4d} cases {self.n_overflows:3d} overflows {self.n_values:7d} values"
        return f"{title:48} {counts}  worst {shown[0]:60}  cancelling {shown[1]}"


def reference(image, mask, params):
    """Return pyradiomics' names and values of two files, and whether it overflowed."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = RadiomicsFeatureExtractor(params).execute(str(image), str(mask))
    values = {name: float(np.real(value)) for name, value in values.items() if not name.startswith("diagnostics")}
    return values, any("overflow" in str(warning.message) for warning in caught)


def compare(image, mask, params, case_id, rows):
    """Add the differences of both engines on two files to the rows."""
    theirs, is_overflow = reference(image, mask, params)
    for engine in ENGINES:
        if is_overflow:
            rows[engine].n_overflows += 1
            continue
        ours = RadiomicsExtractor(params, engine=engine).transform([(str(image), str(mask))])
        assert set(ours.columns) == set(theirs)
        rows[engine].add(ours.columns, ours.iloc[0], [theirs[name] for name in ours.columns], case_id)


def whole_preset(name):
    """Return a preset with all its features, which pyradiomics alone can read."""
    return load_params(name).for_pyradiomics()


def write_copies(image, mask, folder):
    """Write the lesion's surroundings in each pixel type, and the mask beside; return the paths."""
    lesion = sitk.GetArrayFromImage(sitk.ReadImage(str(mask))) == 1
    places = np.argwhere(lesion)
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN + 1
    box = tuple(slice(max(start, 0), stop) for start, stop in zip(low[::-1], high[::-1], strict=True))
    box = tuple(slice(side.start, min(side.stop, n)) for side, n in zip(box, lesion.shape[::-1], strict=True))
    whole, drawn = (sitk.ReadImage(str(path))[box] for path in (image, mask))
    sitk.WriteImage(sitk.Cast(drawn == 1, sitk.sitkUInt8), str(folder / "mask.nii.gz"))
    for dtype, convert in COPIES.items():
        copy = sitk.GetImageFromArray(convert(sitk.GetArrayFromImage(whole).astype(float)).astype(dtype))
        copy.CopyInformation(whole)
        sitk.WriteImage(copy, str(folder / f"{dtype}.nii.gz"))
    return {dtype: folder / f"{dtype}.nii.gz" for dtype in COPIES}, folder / "mask.nii.gz"


def smallest(table, n):
    """Return the rows whose lesions have the fewest voxels."""
    sizes = [(sitk.GetArrayViewFromImage(sitk.ReadImage(str(path))) == 1).sum() for path in table["mask"]]
    return table.iloc[np.argsort(sizes)[:n]]


def show(rows, title, start):
    """Print the rows of both engines; return whether the limits hold."""
    for engine in ENGINES:
        print(rows[engine].line(f"{title} {engine}"), f"  {time.perf_counter() - start:.0f} s", flush=True)
    return all(row.is_within() for row in rows.values())


def check_presets(table):
    """Compare on all cases; return whether the limits hold."""
    good = True
    for preset in PRESETS:
        start, params, rows = time.perf_counter(), whole_preset(preset), {engine: Worst() for engine in ENGINES}
        for case_id, case in table.iterrows():
            compare(case["image"], case["mask"], params, case_id, rows)
        good &= show(rows, preset, start)
    return good


def check_copies(table):
    """Compare on copies in other pixel types; return whether the limits hold."""
    good = True
    params = whole_preset("bladder_ctu")
    with tempfile.TemporaryDirectory() as folder:
        for dtype in COPIES:
            for interpolator in INTERPOLATORS:
                start, rows = time.perf_counter(), {engine: Worst() for engine in ENGINES}
                for case_id, case in table.iterrows():
                    copies, mask = write_copies(case["image"], case["mask"], Path(folder))
                    for spacing_mm in SPACINGS_MM:
                        setting = {"resampledPixelSpacing": [spacing_mm] * 3, "interpolator": interpolator}
                        setting |= {"binWidth": 25, "padDistance": 10}
                        compare(copies[dtype], mask, {**params, "setting": setting}, f"{case_id} {spacing_mm} mm", rows)
                good &= show(rows, f"{dtype} {interpolator}, 1, 2 and 0.7 mm", start)
    return good


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", help="Table of cases.")
    parser.add_argument("--cases", type=int, default=51, help="How many of them.")
    parser.add_argument("--copies-of", type=int, default=3, help="How many are copied in other pixel types.")
    options = parser.parse_args()
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    # With several threads, the last digit of ITK's mean, by which pyradiomics normalises, changes from run to run.
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    table = read_cohort(options.cohort).X[: options.cases]
    good = check_copies(smallest(table, options.copies_of)) if options.copies_of else True
    good &= check_presets(table)
    print("all within the limits" if good else "ABOVE THE LIMITS")
    sys.exit(not good)


if __name__ == "__main__":
    main()
