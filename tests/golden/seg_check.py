"""DICOM segmentations against highdicom, both ways.

    pip install highdicom==0.28.2 nibabel numpy        # and dicom3tools for dciodvfy
    python tests/golden/seg_check.py make              # formats/seg.dcm by highdicom, formats/seg.json: what our reader must find in it
    python tests/golden/seg_check.py check SEG MASK.nii.gz [SLICES]
                                                       # a SEG of ours: what highdicom and dciodvfy make of it, beside our NIfTI of the
                                                       # same mask and the folder of the series
"""
import json
import subprocess
import sys
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pydicom
from pydicom.sr.codedict import codes

FORMATS = Path(__file__).parent / "formats"


def oblique_series():
    """Eight CT slices of 7 x 6, turned in the plane and tipped out of it, running to the head; and their affine in LPS."""
    turn, tip = np.deg2rad(20), np.deg2rad(15)
    row = np.array([np.cos(turn), np.sin(turn), 0])
    column = np.array([-np.sin(turn) * np.cos(tip), np.cos(turn) * np.cos(tip), np.sin(tip)])
    step = 2.5 * np.cross(row, column)
    origin = np.array([-12.5, 30.0, -100.0])
    study, series, frame = (pydicom.uid.generate_uid(entropy_srcs=[name]) for name in ("study", "series", "frame"))
    slices = []
    for z in range(8):
        ds = pydicom.Dataset()
        ds.file_meta = pydicom.dataset.FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["slice", str(z)])
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Golden^File", "G1", "19700101", "O"
        ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "20260101", "101112", "1", "A1", ""
        ds.Modality, ds.Manufacturer, ds.SeriesNumber, ds.InstanceNumber = "CT", "Nobody", 1, z + 1
        ds.PositionReferenceIndicator = ""
        ds.ImagePositionPatient = [pydicom.valuerep.format_number_as_ds(x) for x in origin + z * step]
        ds.ImageOrientationPatient = [pydicom.valuerep.format_number_as_ds(x) for x in (*row, *column)]
        ds.PixelSpacing, ds.SliceThickness = [0.75, 0.5], 2.5
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 7, 6, 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 16
        ds.HighBit, ds.PixelRepresentation = 15, 1
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
        ds.PixelData = np.zeros((7, 6), "<i2").tobytes()
        slices.append(ds)
    return slices, np.stack([0.5 * row, 0.75 * column, step], axis=1), origin


def describe(number, label, code):
    return hd.seg.SegmentDescription(
        segment_number=number, segment_label=label, segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=code, algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL)


def make():
    """Two organs; slice 4 between labelled ones is empty, so highdicom leaves it out, as it does the ends."""
    slices, steps, origin = oblique_series()
    labels = np.zeros((8, 7, 6), np.uint8)
    labels[2, 1:4, 2:5] = 1
    labels[3, 2:6, 1:4] = 1
    labels[3, 0, 5] = 2
    labels[5, 4:7, 3:6] = 2
    labels[5, 0, 0] = 1
    seg = hd.seg.Segmentation(
        slices, labels, hd.seg.SegmentationTypeValues.BINARY,
        [describe(1, "Pancreas", codes.SCT.Pancreas), describe(2, "Spleen", codes.SCT.Spleen)],
        series_instance_uid=pydicom.uid.generate_uid(entropy_srcs=["seg series"]), series_number=2,
        sop_instance_uid=pydicom.uid.generate_uid(entropy_srcs=["seg"]), instance_number=1, manufacturer="highdicom",
        manufacturer_model_name="golden", software_versions="1", device_serial_number="1")
    seg.save_as(FORMATS / "seg.dcm")
    # highdicom begins at the far end; a reader keeps the sequence of the frames.
    first = seg.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient
    assert np.allclose(first, origin + 5 * steps[:, 2])
    affine = np.concatenate([steps * [1, 1, -1], (origin + 5 * steps[:, 2])[:, None]], axis=1)
    expected = {"dims": [4, 7, 6], "labels": "".join(map(str, labels[5:1:-1].flatten())), "affine_lps": affine.tolist(),
                "segments": {"1": "Pancreas", "2": "Spleen"}}
    (FORMATS / "seg.json").write_text(json.dumps(expected, indent=1) + "\n")


def check(seg_path, nifti_path, folder=None):
    dataset = pydicom.dcmread(seg_path)
    seg = hd.seg.segread(seg_path)
    image = nib.load(nifti_path)
    mask = np.asarray(image.dataobj)
    [segment] = [seg.get_segment_description(n) for n in seg.segment_numbers]
    print("segment:", segment.segment_label, segment.segmented_property_type, segment.algorithm_type, segment.SegmentAlgorithmName)
    # The volume that highdicom makes of positions and orientation, against nibabel's of our NIfTI (RAS to LPS).
    volume = seg.get_volume(combine_segments=True)
    ours = hd.Volume(array=mask, affine=np.diag([-1, -1, 1, 1]) @ image.affine, coordinate_system="PATIENT",
                     frame_of_reference_uid=seg.FrameOfReferenceUID)
    matched = volume.match_geometry(ours, tol=1e-3)
    worst = np.abs(matched.affine - ours.affine).max()
    assert matched.shape == ours.shape and np.array_equal(matched.array, mask), "voxels differ"
    print(f"get_volume: {mask.shape}, {int(mask.sum())} voxels, all equal; affines differ by at most {worst:.2e} mm")
    # The frames as they are stored: slices in file order, x fastest in NIfTI.
    frames = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    assert np.array_equal(frames, mask.transpose(2, 1, 0)), "frames differ"
    print("pixel frames: equal")
    if folder:
        slices = {ds.SOPInstanceUID: ds for ds in (pydicom.dcmread(p, stop_before_pixels=True) for p in Path(folder).rglob("*.dcm"))}
        reference = next(iter(slices.values()))
        for frame in dataset.PerFrameFunctionalGroupsSequence:
            source = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
            position = frame.PlanePositionSequence[0].ImagePositionPatient
            assert np.allclose(position, slices[source].ImagePositionPatient, atol=1e-6), (position, source)
        for name in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "AccessionNumber", "FrameOfReferenceUID"):
            assert dataset.get(name, "") == reference.get(name, ""), name
        assert {uids[2] for uids in seg.get_source_image_uids()} == set(slices), "sources differ"
        print(f"sources: {len(slices)} slices, each at its frame's position; patient and study as in the series")
    said = subprocess.run(["dciodvfy", "-new", seg_path], capture_output=True, text=True).stderr.splitlines()
    errors = [line for line in said if line.startswith("Error")]
    print("dciodvfy:", len(errors), "errors;", *said, sep="\n  ")
    assert not errors


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
