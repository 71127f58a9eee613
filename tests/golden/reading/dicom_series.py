"""One drawn DICOM series: its geometry, its stored values, its attributes, and its files."""

import warnings
from copy import deepcopy

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from scans import axes_of_a_scan

warnings.filterwarnings("ignore", module="pydicom")

SYNTAXES = {
    "implicit": pydicom.uid.ImplicitVRLittleEndian,
    "explicit": pydicom.uid.ExplicitVRLittleEndian,
    "big endian": pydicom.uid.ExplicitVRBigEndian,
    "deflated": pydicom.uid.DeflatedExplicitVRLittleEndian,
    "RLE": pydicom.uid.RLELossless,
}
# Bits allocated, bits stored, signed.
SAMPLES = [
    (16, 16, True),
    (16, 16, False),
    (16, 12, False),
    (16, 12, True),
    (16, 13, True),
    (8, 8, False),
    (32, 32, True),
]
SCALES = [(1, -1024), (1, -1024), (1, 0), (2, -2048), (0.5, -100), (0.37, -812.3), (-1, 500), (1, -1000)]


class Series:
    """One drawn series: its geometry, its stored values and its attributes, written slice by slice."""

    def __init__(self, rng, oddity):
        self.rng, self.oddity = rng, oddity
        self.columns, self.rows, self.count = (
            int(n) for n in (rng.integers(5, 18), rng.integers(5, 18), rng.integers(5, 13))
        )
        if oddity == "single slice":
            self.count = 1
        elif oddity == "numbers in no order":
            self.count = int(rng.integers(5, 8))
        axes = axes_of_a_scan(rng)
        # The third axis of DICOM follows from the other two; slices may run either way along it.
        self.row, self.column = (np.round(axes[:, a], 6) for a in (0, 1))
        if oddity == "tilt":
            self.row, self.column = (
                np.array([1.0, 0, 0]),
                np.array([0, *np.round([np.cos(t := np.deg2rad(rng.uniform(5, 25))), np.sin(t)], 6)]),
            )
        self.spacing = [float(f"{s:.{int(rng.integers(1, 6))}f}") for s in rng.uniform(0.4, 1.6, 2)]
        self.step_mm = float(f"{rng.uniform(0.6, 6):.{int(rng.integers(1, 4))}f}")
        self.direction = -1 if rng.random() < 0.4 else 1
        normal = np.cross(self.row, self.column)
        self.step = (
            np.array([0, 0, 1.0]) * self.step_mm if oddity == "tilt" else normal / np.linalg.norm(normal) * self.step_mm
        )
        self.origin = np.round(rng.uniform(-250, 250, 3), 2)
        self.allocated, self.stored, self.signed = SAMPLES[
            int(rng.choice(len(SAMPLES), p=[0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.05]))
        ]
        self.slope, self.intercept = SCALES[int(rng.integers(len(SCALES)))]
        self.syntax = str(rng.choice(list(SYNTAXES), p=[0.25, 0.35, 0.1, 0.1, 0.2]))
        if oddity == "no preamble" and self.syntax not in ("implicit", "explicit"):
            self.syntax = "explicit"  # Without a file meta no other can be told.
        if self.syntax == "big endian" and self.allocated == 8:
            self.allocated, self.stored = 16, 8
        elif self.syntax == "RLE" and self.allocated == 32:
            self.syntax = "explicit"  # pydicom writes no other.
        self.number = int(rng.integers(1, 900))
        self.manufacturer = str(rng.choice(["SIEMENS", "GE MEDICAL SYSTEMS", "Philips", "TOSHIBA", ""]))
        self.position = str(rng.choice(["HFS", "FFS", "HFP"]))
        self.study, self.series, self.frame = (self.uid() for _ in range(3))
        self.traits = {
            self.syntax,
            f"{self.stored} of {self.allocated} bits, {'signed' if self.signed else 'unsigned'}",
        } | ({oddity} if oddity else set())
        if self.syntax == "big endian" and self.allocated == 32:
            self.traits.add("32 bits in big endian")

    def uid(self):
        return f"2.25.{int(self.rng.integers(10**18))}"

    def range(self):
        """The stored values drawn: those that the bits hold and that stay in 16 bits when scaled."""
        least, most = (
            (-(2 ** (self.stored - 1)), 2 ** (self.stored - 1) - 1) if self.signed else (0, 2**self.stored - 1)
        )
        ends = sorted((hu - self.intercept) / self.slope for hu in (-3000, 3000))
        return max(least, int(np.ceil(ends[0]))), min(most, int(np.floor(ends[1])))

    def values(self):
        least, most = self.range()
        return self.rng.integers(least, most + 1, (self.rows, self.columns))

    def affine(self, step, first):
        affine = np.eye(4)
        affine[:3, 0], affine[:3, 1], affine[:3, 2] = self.row * self.spacing[1], self.column * self.spacing[0], step
        affine[:3, 3] = first
        return affine

    def slice(self, place, stored, number, scale=None, **changes):
        """A file's data set; `place` is in steps from the first slice."""
        ds = Dataset()
        ds.SpecificCharacterSet = "ISO_IR 100"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.SOPClassUID = pydicom.uid.CTImageStorage
        ds.SOPInstanceUID = self.uid()
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = self.study, self.series, self.frame
        ds.Modality, ds.Manufacturer, ds.PatientPosition = "CT", self.manufacturer, self.position
        ds.StudyDate, ds.StudyTime, ds.PatientName, ds.PatientID = "20260101", "101112", "Drawn^Scan", "D1"
        ds.SeriesNumber, ds.SeriesDescription = self.number, f"Abdomen {self.number}"
        if number is not None:
            ds.InstanceNumber = number
        position = self.origin + self.step * place
        ds.ImagePositionPatient = [f"{x:.6g}" if abs(x) < 1e-4 else f"{x:.5f}" for x in position]
        ds.ImageOrientationPatient = [f"{x:.6f}" for x in (*self.row, *self.column)]
        ds.PixelSpacing = [str(s) for s in self.spacing]
        ds.SliceThickness = str(self.step_mm)
        if self.oddity != "missing slice location":
            ds.SliceLocation = f"{position[2]:.3f}"
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = (
            self.rows,
            self.columns,
            1,
            "MONOCHROME2",
        )
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = (
            self.allocated,
            self.stored,
            self.stored - 1,
            int(self.signed),
        )
        slope, intercept = scale or (self.slope, self.intercept)
        if self.oddity != "no rescale":
            ds.RescaleSlope, ds.RescaleIntercept = str(slope), str(intercept)
        dtype = np.dtype(f"{'i' if self.signed else 'u'}{self.allocated // 8}")
        ds.PixelData = (
            stored.astype(dtype).astype(dtype.newbyteorder(">" if self.syntax == "big endian" else "<")).tobytes()
        )
        if len(ds.PixelData) % 2:
            ds.PixelData += b"\0"
        ds["PixelData"].VR = "OB" if self.allocated == 8 else "OW"
        for name, value in changes.items():
            setattr(ds, name, value)
        return ds

    def save(self, ds, path):
        syntax = SYNTAXES[self.syntax]
        ds.file_meta = FileMetaDataset()
        ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = (
            ds.SOPClassUID,
            ds.SOPInstanceUID,
        )
        ds.file_meta.TransferSyntaxUID = syntax
        if self.syntax == "RLE":
            ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
            ds.compress(syntax, encoding_plugin="pydicom", generate_instance_uid=False)
        if self.oddity == "no preamble":
            del ds.file_meta
            pydicom.dcmwrite(
                path,
                ds,
                implicit_vr=syntax.is_implicit_VR,
                little_endian=syntax.is_little_endian,
                enforce_file_format=False,
            )
        else:
            ds.save_as(path, enforce_file_format=True)


def private_tags(rng, ds, nested_image):
    """Private blocks, among them nested sequences of undefined length, and in those an image on request."""
    block = ds.private_block(0x0019, "ODD SCANNER 1.0", create=True)
    block.add_new(0x01, "OB", rng.bytes(int(rng.integers(0, 40)) * 2))
    block.add_new(0x02, "UN", rng.bytes(10))
    block.add_new(0x03, "DS", "")
    inner = Dataset()
    if nested_image:
        inner.ImagePositionPatient, inner.Rows, inner.PixelData = [1, 2, 3], 999, b"\1\2\3\4"
        inner["PixelData"].VR = "OW"
    outer = Dataset()
    outer.add_new(0x00091001, "SQ", Sequence([inner]))
    outer.add_new(0x00090010, "LO", "NESTED")
    outer[0x00091001].is_undefined_length = bool(rng.integers(2))
    outer.is_undefined_length_sequence_item = inner.is_undefined_length_sequence_item = bool(rng.integers(2))
    block.add_new(0x04, "SQ", Sequence([outer, Dataset()]))
    ds[block.get_tag(0x04)].is_undefined_length = bool(rng.integers(2))
    late = ds.private_block(0x7FE1, "AFTER PIXELS", create=True)
    late.add_new(0x10, "OB", rng.bytes(6))
    icon = Dataset()
    icon.Rows, icon.Columns, icon.SamplesPerPixel, icon.PhotometricInterpretation = 2, 2, 1, "MONOCHROME2"
    icon.BitsAllocated, icon.BitsStored, icon.HighBit, icon.PixelRepresentation, icon.PixelData = (
        8,
        8,
        7,
        0,
        b"\1\2\3\4",
    )
    ds.IconImageSequence = Sequence([icon])


def series_copy(series, ds):
    copy = deepcopy(ds)
    copy.SOPInstanceUID = series.uid()
    return copy


def write(rng, series, files, folder, prefix=""):
    """In an order of names that says nothing, as archives have them, with and without an ending."""
    ending = str(rng.choice([".dcm", "", ".IMA"]))
    for name, ds in zip(rng.permutation(len(files)), files):
        series.save(ds, folder / f"{prefix}{int(name):04d}{ending}")
