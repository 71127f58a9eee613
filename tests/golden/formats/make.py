"""Makes the files in this folder with pydicom and nibabel, and prints the numbers that tests/it/formats.rs expects.

    pip install pydicom==3.0.2 nibabel numpy && python make.py
"""
import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

# An oblique, left-handed int16 image: big endian, geometry in the qform only, scaled.
angle = np.deg2rad(25)
turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
tip = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]])
affine = np.eye(4)
affine[:3, :3] = turn @ tip @ np.diag([0.7, -0.8, 2.5])
affine[:3, 3] = [-11.5, 20.25, -300]
header = nib.Nifti1Header(endianness=">")
stored = np.arange(4 * 3 * 2, dtype=">i2").reshape((4, 3, 2), order="F")
image = nib.Nifti1Image(stored, affine, header)
image.set_data_dtype(np.int16)
image.set_sform(None, code=0)
image.set_qform(affine, code=1)
raw = image.header.copy()
with open("oblique_big_endian.nii", "wb") as out:
    raw["vox_offset"], raw["scl_slope"], raw["scl_inter"] = 352, 2, -1000
    raw["magic"] = b"n+1"
    out.write(raw.binaryblock + b"\0" * 4 + stored.tobytes(order="F"))
back = nib.load("oblique_big_endian.nii")
print("nifti affine (RAS)", back.affine.tolist())
print("nifti voxel i=3 j=1 k=1", back.get_fdata()[3, 1, 1])

# A CT slice of 12 stored bits with junk above them, padding, MONOCHROME1, and nested sequences of undefined length.
slice_ = Dataset()
slice_.SOPClassUID = pydicom.uid.CTImageStorage
slice_.SOPInstanceUID = "2.25.1"
slice_.SpecificCharacterSet = "ISO_IR 100"
slice_.SeriesDescription = "Bauch ven\u00f6s"
slice_.Modality = "CT"
slice_.SeriesInstanceUID = "2.25.2"
slice_.ImagePositionPatient = [-10.5, 3, 7]
slice_.ImageOrientationPatient = [0.8, 0.6, 0, -0.6, 0.8, 0]
slice_.PixelSpacing = [0.5, 0.25]
slice_.SliceThickness = "3"
slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME1"
slice_.Rows, slice_.Columns = 2, 3
slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit, slice_.PixelRepresentation = 16, 12, 11, 1
slice_.PixelPaddingValue = -2000
slice_.RescaleSlope, slice_.RescaleIntercept = "0.5", "-100"
inner = Dataset()
inner.CodeValue = "T-D1213"
outer = Dataset()
outer.AnatomicRegionModifierSequence = Sequence([inner])
slice_.AnatomicRegionSequence = Sequence([outer])
slice_["AnatomicRegionSequence"].is_undefined_length = True
outer["AnatomicRegionModifierSequence"].is_undefined_length = True
outer.is_undefined_length_sequence_item = inner.is_undefined_length_sequence_item = True
values = np.array([[-2000, -3, 0], [1, 2047, -2048]], dtype="<i2")
junk = np.array([[0, 0x7000, 0], [0xF000, 0, 0]], dtype="<u2")
slice_.PixelData = ((values.view("<u2") & 0x0FFF) | junk).tobytes()
slice_.file_meta = FileMetaDataset()
slice_.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
slice_.file_meta.MediaStorageSOPClassUID = slice_.SOPClassUID
slice_.file_meta.MediaStorageSOPInstanceUID = slice_.SOPInstanceUID
slice_.save_as("twelve_bits.dcm", enforce_file_format=True)
print("dicom stored values", values.tolist())
