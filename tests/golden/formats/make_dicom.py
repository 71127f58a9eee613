"""Makes the small DICOM files in ./dicom, and expected.json: what pydicom and its decoders make of each of them.

    pip install pydicom==3.0.2 highdicom imagecodecs numpy pillow pyjpegls pylibjpeg[all] && python make_dicom.py

"hu" is apply_modality_lut of pixel_array for every frame, rounded, with padding as -1024; "off" is by how much another decoder
of a lossy coding may differ, in Hounsfield units.
"""
import io
import json
import shutil
from pathlib import Path

import highdicom
import imagecodecs
import numpy as np
import pydicom
import pydicom.uid as uids
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import apply_modality_lut
from pydicom.sequence import Sequence

FOLDER = Path(__file__).parent / "dicom"
ROWS, COLUMNS = 13, 18
expected = {}


def picture(frame=0, low=-1000, high=1500):
    """A smooth slope with an edge, a flat part and some noise, different for every frame."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    values = low + (high - low) * (x + y * 0.6 + 2 * frame) / 40
    values += np.random.default_rng(frame).normal(0, 20, values.shape)
    values[3:8, 5:12] = (low + high) / 2 + 40 * frame
    values[9:, :9] = low
    return np.clip(np.round(values), low, high).astype(np.int32)


def data_set(stored, bits=16, allocated=16, signed=True, frames=1, **more):
    """A CT slice, or a stack of frames, with these stored values."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = uids.CTImageStorage
    ds.SOPInstanceUID = "2.25.1"
    ds.Modality = "CT"
    ds.SeriesDescription = "Größe"
    ds.PatientName, ds.PatientID = "Nobody^Nowhere", "ID-OF-NOBODY"
    ds.KVP, ds.GantryDetectorTilt, ds.ContrastBolusAgent = "120", "-5.5", "Agent"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "2.25.2", "2.25.3", "2.25.4"
    ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = "7", "2", "1"
    ds.SliceThickness = "2.5"
    ds.ImagePositionPatient = [-10, -20, 30]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.75, 0.5]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape[-2:]
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, bits, bits - 1, int(signed)
    ds.RescaleIntercept, ds.RescaleSlope = "0", "1"
    kind = f"<{'i' if signed else 'u'}{allocated // 8}"
    ds.PixelData = stored.astype(kind).tobytes() + b"\0" * (stored.size * allocated // 8 % 2)
    ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
    for name, value in more.items():
        setattr(ds, name, value)
    return ds


def with_meta(ds, syntax):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.file_meta.ImplementationClassUID = "2.25.5"
    return ds


def hounsfield(ds):
    """Of each frame, with the rescale of its functional groups if it has some."""
    frames = ds.pixel_array.reshape((-1, ds.Rows, ds.Columns))
    out = []
    for index, frame in enumerate(frames):
        rescale = ds
        for groups in [getattr(ds, "SharedFunctionalGroupsSequence", []), getattr(ds, "PerFrameFunctionalGroupsSequence", [])[index:index + 1]]:
            if groups and "PixelValueTransformationSequence" in groups[0]:
                rescale = groups[0].PixelValueTransformationSequence[0]
        hu = np.round(np.asarray(apply_modality_lut(frame, rescale), dtype=float) + 0.0)
        if "PixelPaddingValue" in ds:
            first = ds.PixelPaddingValue
            last = ds.get("PixelPaddingRangeLimit", first)
            hu[(frame >= min(first, last)) & (frame <= max(first, last))] = -1024
        out.append(np.clip(hu, -32768, 32767).astype(int).ravel().tolist())
    return out


def save(name, ds, syntax=uids.ExplicitVRLittleEndian, off=0, read=None, **more):
    path = FOLDER / name
    with_meta(ds, syntax).save_as(path, enforce_file_format=True)
    expected[name] = {"hu": hounsfield(read or pydicom.dcmread(path)), "off": off, **more}


def coded(name, stored, frames, syntax, off=0, fragments=1, table=True, **more):
    """With frames coded elsewhere, in fragments."""
    frames = list(frames)
    ds = data_set(np.asarray(stored), frames=len(frames), **more)
    ds.PixelData = encapsulate(frames, fragments_per_frame=fragments, has_bot=table)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    save(name, ds, syntax, off)


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
plain, stack = picture(), np.stack([picture(0), picture(1), picture(2)])

# Without preamble and meta group, explicit and implicit; a meta group that names another syntax than it is written in.
for name, implicit in [("bare_explicit", False), ("bare_implicit", True)]:
    ds = data_set(plain)
    pydicom.dcmwrite(FOLDER / name, ds, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    expected[name] = {"hu": [plain.ravel().tolist()], "off": 0}
save("implicit.dcm", data_set(plain), uids.ImplicitVRLittleEndian)
body = (FOLDER / "implicit.dcm").read_bytes()
other = uids.ExplicitVRLittleEndian.encode()
start = body.index(b"\x02\0\x10\0UI")
end = start + 8 + body[start + 6]
(FOLDER / "said_explicit.dcm").write_bytes(body[:start + 6] + bytes([len(other) + 1, 0]) + other + b"\0" + body[end:])
expected["said_explicit.dcm"] = expected["implicit.dcm"]
save("deflated.dcm", data_set(plain), uids.DeflatedExplicitVRLittleEndian)

# How pixels are stored.
ds = data_set(plain)
del ds.RescaleSlope, ds.RescaleIntercept
save("no_rescale.dcm", ds, rescaled=False)
save("monochrome1.dcm", data_set(plain, PhotometricInterpretation="MONOCHROME1"))
save("unsigned_8.dcm", data_set(picture(0, 0, 255), 8, 8, False, RescaleSlope="12.5", RescaleIntercept="-1000.25"))
save("signed_8.dcm", data_set(picture(0, -128, 127), 8, 8, RescaleSlope="7"))
save("unsigned_12.dcm", data_set(picture(0, 0, 4095), 12, 16, False, RescaleIntercept="-1024"))
save("signed_32.dcm", data_set(plain * 1000, 32, 32, RescaleSlope="0.001"))
save("unsigned_32.dcm", data_set(plain.astype(np.int64) + 2**31, 32, 32, False, RescaleIntercept=str(-2**31)))
save("clamped.dcm", data_set(plain, RescaleSlope="100"))
padded = plain.copy()
padded[0, :6] = [-2000, -1999, -1995, -1994, -2001, -1997]
save("padding.dcm", data_set(padded, PixelPaddingValue=-2000))
save("padding_range.dcm", data_set(padded, PixelPaddingValue=-1995, PixelPaddingRangeLimit=-2000))
ds = data_set(plain * 1000, 32, 32, RescaleSlope="0.001")
ds.PixelData = (plain * 1000).astype(">i4").tobytes()
save("big_endian_32.dcm", ds, uids.ExplicitVRBigEndian)


# Multi-frame images: enhanced ones, with and without declared lengths; one by highdicom; one that has no groups.
def group(**sequences):
    item = Dataset()
    for name, values in sequences.items():
        inner = Dataset()
        for key, value in values.items():
            setattr(inner, key, value)
        setattr(item, name, Sequence([inner]))
    return item


def enhanced(undefined, localizer=None, stacks=False):
    ds = data_set(stack, frames=3, SOPClassUID=uids.EnhancedCTImageStorage)
    for name in ["RescaleSlope", "RescaleIntercept", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
                 "SliceThickness", "KVP", "GantryDetectorTilt"]:
        delattr(ds, name)
    ds.SharedFunctionalGroupsSequence = Sequence([group(
        PixelMeasuresSequence={"PixelSpacing": [0.75, 0.5], "SliceThickness": "2.5"},
        PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        PixelValueTransformationSequence={"RescaleSlope": "2", "RescaleIntercept": "-10", "RescaleType": "HU"},
        CTXRayDetailsSequence={"KVP": "100"},
        CTAcquisitionDetailsSequence={"GantryDetectorTilt": "3"})])
    frames = []
    for index in range(3):
        item = group(PlanePositionSequence={"ImagePositionPatient": [-10, -20, 30 + 2 * index]},
                     FrameContentSequence={"StackID": "B" if stacks and index == 2 else "A", "InStackPositionNumber": 1 + index},
                     CTImageFrameTypeSequence={"FrameType": ["ORIGINAL", "PRIMARY", "LOCALIZER" if index == localizer else "VOLUME", "NONE"]})
        if index == 1:
            item.update(group(PixelValueTransformationSequence={"RescaleSlope": "1", "RescaleIntercept": "5", "RescaleType": "HU"}))
        # Private attributes of the same name in another place count for nothing.
        item.update(group(ReferencedImageSequence={"ReferencedSOPClassUID": "1.2", "RescaleIntercept": "999"}))
        frames.append(item)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    if undefined:
        for element in ds.iterall():
            if element.VR == "SQ":
                element.is_undefined_length = True
                for item in element.value:
                    item.is_undefined_length_sequence_item = True
    return ds


positions = [[-10, -20, 30], [-10, -20, 32], [-10, -20, 34]]
save("enhanced.dcm", enhanced(False), positions=positions)
save("enhanced_undefined.dcm", enhanced(True), uids.ImplicitVRLittleEndian, positions=positions)
ds = enhanced(True)
ds.PixelData = stack.astype(">i2").tobytes()
save("enhanced_big_endian.dcm", ds, uids.ExplicitVRBigEndian, positions=positions)
save("enhanced_stacks.dcm", enhanced(False, stacks=True), positions=positions, stacks=["A", "A", "B"])
save("enhanced_localizer.dcm", enhanced(False, localizer=0), positions=positions[1:])
del expected["enhanced_localizer.dcm"]["hu"][0]
single = []
for index in range(3):
    ds = data_set(stack[index], ImagePositionPatient=positions[index], InstanceNumber=str(index + 1), SOPInstanceUID=f"2.25.1{index}")
    ds.PatientBirthDate = ds.PatientSex = ds.StudyDate = ds.StudyTime = ds.AccessionNumber = ds.StudyID = ""
    ds.ReferringPhysicianName = ds.Manufacturer = ""
    single.append(with_meta(ds, uids.ExplicitVRLittleEndian))
converted = highdicom.legacy.LegacyConvertedEnhancedCTImage(single, "2.25.30", 8, "2.25.31", 1, transfer_syntax_uid=uids.RLELossless)
converted.save_as(FOLDER / "converted.dcm")
converted = pydicom.dcmread(FOLDER / "converted.dcm")
shared = converted.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
places = [list(map(float, item.PlanePositionSequence[0].ImagePositionPatient)) for item in converted.PerFrameFunctionalGroupsSequence]
expected["converted.dcm"] = {"hu": hounsfield(converted), "off": 0, "positions": places, "step_mm": float(shared.SpacingBetweenSlices)}

# Encapsulated: RLE, and frames over several fragments, with and without a table of their offsets.
several = {"positions": [[-10, -20, 30], [-10, -20, 32.5], [-10, -20, 35]], "assumed": True}
ds = with_meta(data_set(stack, frames=3), uids.ExplicitVRLittleEndian)
ds.compress(uids.RLELossless, generate_instance_uid=False)
save("rle_frames.dcm", ds, uids.RLELossless, **several)
ds = with_meta(data_set(picture(0, 0, 255), 8, 8, False), uids.ExplicitVRLittleEndian)
ds.compress(uids.RLELossless, generate_instance_uid=False)
save("rle_8.dcm", ds, uids.RLELossless)


def jpeg2000(array, level=0, **more):
    """A bare codestream; level 0 is lossless, else decibels."""
    return imagecodecs.jpeg2k_encode(array, level, codecformat="J2K", resolutions=3, reversible=level == 0, **more)


ds = with_meta(data_set(stack, frames=3), uids.ExplicitVRLittleEndian)
ds.compress(uids.JPEGLSLossless, generate_instance_uid=False)
for syntax, short, frames in [
    (uids.JPEGLSLossless, "jls", list(generate_frames(ds.PixelData, number_of_frames=3))),
    (uids.JPEG2000Lossless, "j2k", [jpeg2000(frame.astype(np.int16)) for frame in stack]),
]:
    coded(f"{short}_table.dcm", stack, frames, syntax, fragments=2)
    coded(f"{short}_no_table.dcm", stack, frames, syntax, fragments=3, table=False)
    coded(f"{short}_fragments.dcm", plain, frames[:1], syntax, fragments=5, table=False)
    for file in ["table", "no_table"]:
        expected[f"{short}_{file}.dcm"].update(several)

# The coders, at other depths.
unsigned, twelve, eight = picture(0, 0, 65535), picture(0, 0, 4095), picture(0, 0, 255)
for name, values, bits in [("unsigned", unsigned, 16), ("twelve", twelve, 12), ("eight", eight, 8)]:
    allocated = 8 if bits == 8 else 16
    more = {"bits": bits, "allocated": allocated, "signed": False, "RescaleIntercept": "-32768" if bits == 16 else "-1024"}
    array = values.astype(f"u{allocated // 8}")
    for syntax, short, options in [(uids.JPEGLSLossless, "jls", {}), (uids.JPEGLSNearLossless, "jls_near", {"jls_error": 3})]:
        ds = with_meta(data_set(values, **more), uids.ExplicitVRLittleEndian)
        ds.compress(syntax, generate_instance_uid=False, **options)
        coded(f"{short}_{name}.dcm", values, generate_frames(ds.PixelData, number_of_frames=1), syntax, **more)
    coded(f"j2k_{name}.dcm", values, [jpeg2000(array, bitspersample=bits)], uids.JPEG2000Lossless, **more)
    coded(f"j2k_lossy_{name}.dcm", values, [jpeg2000(array, 50, bitspersample=bits)], uids.JPEG2000, off=1, **more)
    for predictor in range(1, 8):
        frame = imagecodecs.jpeg8_encode(array, lossless=True, predictor=predictor, bitspersample=bits)
        coded(f"jpeg_{name}_{predictor}.dcm", values, [frame], uids.JPEGLossless, **more)
    if bits < 16:
        frame = imagecodecs.jpeg8_encode(array, 90, bitspersample=bits)
        coded(f"jpeg_dct_{name}.dcm", values, [frame], uids.JPEGBaseline8Bit if bits == 8 else uids.JPEGExtended12Bit, off=1, **more)
restarts = io.BytesIO()
Image.fromarray(eight.astype(np.uint8)).save(restarts, "JPEG", quality=90, restart_marker_blocks=2)
coded("jpeg_dct_restarts.dcm", eight, [restarts.getvalue()], uids.JPEGBaseline8Bit, off=1, bits=8, allocated=8, signed=False)
tiles = io.BytesIO()
Image.fromarray(eight.astype(np.uint8)).save(tiles, "JPEG2000", no_jp2=True, tile_size=(8, 8), num_resolutions=2)
coded("j2k_tiles.dcm", eight, [tiles.getvalue()], uids.JPEG2000Lossless, bits=8, allocated=8, signed=False)

# What is no CT slice.
others = {
    "localizer": {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
    "modality is MR": {"Modality": "MR", "SOPClassUID": uids.MRImageStorage},
    "RGB with 3": {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0, "PixelData": bytes(3 * plain.size)},
}
for why, more in others.items():
    ds = data_set(plain, 8 if "RGB" in why else 16, 8 if "RGB" in why else 16, **more)
    name = f"other_{why.split()[-1 if 'MR' in why else 0].lower()}.dcm"
    with_meta(ds, uids.ExplicitVRLittleEndian).save_as(FOLDER / name, enforce_file_format=True)
    expected[name] = {"other": why, "modality": ds.Modality}
ds = data_set(plain)
for name in ["Rows", "Columns", "PixelData", "BitsAllocated"]:
    delattr(ds, name)
with_meta(ds, uids.ExplicitVRLittleEndian).save_as(FOLDER / "other_raw.dcm", enforce_file_format=True)
expected["other_raw.dcm"] = {"other": "holds no image", "modality": "CT"}

lines = [f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in sorted(expected.items())]
(FOLDER / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(len(expected), "files,", sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")
