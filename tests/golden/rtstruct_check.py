"""Structure sets (RTSTRUCT) against other readers and writers, both ways.

    pip install slicerio==1.4.0 highdicom==0.28.2 pydicom==3.0.2 rt-utils==1.2.7 dcmrtstruct2nii==5 platipy==0.4.1 nibabel scikit-image
                                                        # and plastimatch 1.9.4, dicom3tools for dciodvfy
    python tests/golden/rtstruct_check.py make          # formats/rtstruct*.dcm and .json: what our reader must find in them
    python tests/golden/rtstruct_check.py check FOLDER  # the folders that tests/it/rtstruct.rs writes: what other readers make of them

The even-odd test in `inside` is written for this script, by no package.
"""
import json
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

# dcmrtstruct2nii and platipy were written for pydicom 2.
pydicom.read_file = pydicom.dcmread

FORMATS = Path(__file__).parent / "formats"
DEPTH, ROWS, COLUMNS = 6, 20, 24


def uid(name):
    return generate_uid(entropy_srcs=["rtstruct", name])


def decimals(values):
    return [pydicom.valuerep.format_number_as_ds(float(x)) for x in values]


def oblique_series(row_mm=0.8):
    """CT slices, turned in the plane and tipped out of it, that run to the head, and their affine in LPS for column, row, slice."""
    turn, tip = np.deg2rad(25), np.deg2rad(-12)
    row = np.array([np.cos(turn), np.sin(turn), 0])
    column = np.array([-np.sin(turn) * np.cos(tip), np.cos(turn) * np.cos(tip), np.sin(tip)])
    step, origin = 3 * np.cross(row, column), np.array([-20.5, -31.0, 77.0])
    slices = []
    for z in range(DEPTH):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(f"slice {z}")
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uid("study"), uid("series"), uid("frame")
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Golden^File", "G1", "19700101", "O"
        ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "20260101", "101112", "1", "A1", ""
        ds.Modality, ds.Manufacturer, ds.SeriesNumber, ds.InstanceNumber = "CT", "Nobody", 1, z + 1
        ds.PositionReferenceIndicator = ""
        ds.ImagePositionPatient, ds.ImageOrientationPatient = decimals(origin + z * step), decimals((*row, *column))
        ds.PixelSpacing, ds.SliceThickness = [row_mm, 0.6], 3
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 16
        ds.HighBit, ds.PixelRepresentation, ds.RescaleSlope, ds.RescaleIntercept = 15, 1, 1, 0
        ds.PixelData = np.zeros((ROWS, COLUMNS), "<i2").tobytes()
        slices.append(ds)
    return slices, np.stack([0.6 * row, row_mm * column, step], axis=1), origin


def inside(contours, rows=ROWS, columns=COLUMNS):
    """Whether the centre of each pixel lies in an odd number of contours of points (column, row): crossings of a ray to the right."""
    y, x = np.mgrid[:rows, :columns].astype(float)
    odd = np.zeros((rows, columns), bool)
    for contour in contours:
        for (x0, y0), (x1, y1) in zip(contour, np.roll(contour, -1, axis=0)):
            spans = (y0 <= y) != (y1 <= y)
            with np.errstate(divide="ignore", invalid="ignore"):
                odd ^= spans & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return odd


def star(rng, centre, radius, points):
    """A contour that is not round, whose points are not at centres."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = radius * rng.uniform(0.6, 1.0, points)
    return np.round(np.array(centre) + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1), 3)


def structure_set(slices, steps, origin, rois, others):
    """`rois`: name and, for each slice, contours; `others`: type, slice and points of contours that are not closed."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = RTStructureSetStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid("set")
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID",
                    "AccessionNumber", "ReferringPhysicianName", "FrameOfReferenceUID", "PositionReferenceIndicator"):
        setattr(ds, keyword, getattr(slices[0], keyword))
    ds.SpecificCharacterSet, ds.Modality, ds.SeriesInstanceUID, ds.Manufacturer = "ISO_IR 192", "RTSTRUCT", uid("set series"), "Nobody"
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "golden", "20260101", "101112"
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = [], [], []
    for i, (name, by_slice) in enumerate(rois):
        roi, contours = Dataset(), Dataset()
        roi.ROINumber = contours.ReferencedROINumber = 10 + 3 * i
        roi.ROIName, roi.ReferencedFrameOfReferenceUID, roi.ROIGenerationAlgorithm = name, slices[0].FrameOfReferenceUID, "MANUAL"
        contours.ContourSequence = []
        drawn = [("CLOSED_PLANAR", z, points) for z, of_slice in by_slice.items() for points in of_slice]
        for kind, z, points in drawn + (others if i == 0 else []):
            item, image = Dataset(), Dataset()
            image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = CTImageStorage, slices[z].SOPInstanceUID
            item.ContourImageSequence, item.ContourGeometricType, item.NumberOfContourPoints = [image], kind, len(points)
            item.ContourData = decimals(np.round(origin + z * steps[:, 2] + np.asarray(points) @ steps[:, :2].T, 4).ravel())
            contours.ContourSequence.append(item)
        ds.StructureSetROISequence.append(roi)
        ds.ROIContourSequence.append(contours)
    return ds


def make():
    slices, steps, origin = oblique_series()
    rng = np.random.default_rng(17)
    around, hole, island = star(rng, (8.3, 9.1), 8, 31), star(rng, (8.1, 9.2), 3.4, 12), star(rng, (8.2, 9.1), 1.6, 7)
    # A keyhole: to the hole and back on one line, which is nothing to an even-odd test.
    keyhole = np.concatenate([around, around[:1], hole[::-1], hole[-1:]])
    rois = [("Spleen", {1: [around, hole, island], 2: [star(rng, (6.6, 6.2), 5, 9), star(rng, (17.4, 12.3), 4, 15)]}),
            ("Pancreas", {3: [keyhole], 4: [star(rng, (20.2, 10.4), 7, 23)], 2: [star(rng, (12.1, 14.7), 4, 11)]}),
            ("Nothing", {})]
    others = [("POINT", 1, [(3.2, 4.1)]), ("OPEN_PLANAR", 1, [(3.2, 4.1), (9.2, 4.1), (9.1, 9.1), (1.2, 7.3)])]
    structure_set(slices, steps, origin, rois, others).save_as(FORMATS / "rtstruct.dcm", enforce_file_format=True)
    labels = np.zeros((DEPTH, ROWS, COLUMNS), np.uint8)
    for number, (_, by_slice) in enumerate(rois, 1):
        for z, contours in by_slice.items():
            labels[z][inside(contours)] = number
    describe("rtstruct", labels, steps, origin, {"1": "Spleen", "2": "Pancreas"})
    # It takes pixels to be square.
    by_rt_utils(*oblique_series(row_mm=0.6), rng)


def describe(name, labels, steps, origin, names):
    affine = np.concatenate([steps, origin[:, None]], axis=1)
    expected = {"dims": labels.shape, "labels": "".join(map(str, labels.flatten())), "affine_lps": affine.tolist(), "names": names,
                "by": {package: version(package) for package in ("pydicom", "rt-utils", "numpy")}}
    (FORMATS / f"{name}.json").write_text(json.dumps(expected) + "\n")


def by_rt_utils(slices, steps, origin, rng):
    """A mask with a hole that rt-utils writes: points at the centres of the outermost pixels, and those around the hole."""
    from rt_utils import RTStructBuilder
    labels = np.zeros((DEPTH, ROWS, COLUMNS), np.uint8)
    for z in range(1, 5):
        labels[z] = inside([star(rng, (11.5, 9.5), 9, 19)])
    # Eroded and grown, as rt-utils draws no lines of one pixel.
    from scipy.ndimage import binary_opening
    labels = binary_opening(labels, np.ones((1, 3, 3))).astype(np.uint8)
    labels[2, 8:12, 10:14] = 0
    with tempfile.TemporaryDirectory() as folder:
        for z, ds in enumerate(slices):
            ds.save_as(Path(folder) / f"{z}.dcm", enforce_file_format=True)
        built = RTStructBuilder.create_new(dicom_series_path=folder)
        # Its slices have an order of their own.
        at = [[s.SOPInstanceUID for s in slices].index(s.SOPInstanceUID) for s in built.series_data]
        built.add_roi(mask=labels[at].transpose(1, 2, 0).astype(bool), name="Pancreas")
        built.ds.save_as(FORMATS / "rtstruct_rt_utils.dcm", enforce_file_format=True)
    describe("rtstruct_rt_utils", labels, steps, origin, {"1": "Pancreas"})


def dice(a, b):
    return 2 * np.count_nonzero(a & b) / max(np.count_nonzero(a) + np.count_nonzero(b), 1)


def packages():
    for package in ("pydicom", "highdicom", "rt-utils", "dcmrtstruct2nii", "platipy", "slicerio", "SimpleITK", "scikit-image", "numpy"):
        try:
            print(package, version(package), end="; ")
        except PackageNotFoundError:
            print(package, "missing", end="; ")
    print()


def check(folder):
    packages()
    for case in sorted(Path(folder).iterdir()):
        # Voxels in file order, [z, y, x].
        truth = np.asarray(nib.load(case / "mask.nii.gz").dataobj).transpose(2, 1, 0)
        slices = sorted((pydicom.dcmread(p) for p in (case / "series").glob("*.dcm")), key=lambda ds: ds.InstanceNumber)
        ds = pydicom.dcmread(case / "mask.rtstruct.dcm")
        names = {int(roi.ROINumber): roi.ROIName for roi in ds.StructureSetROISequence}
        print(case.name, truth.shape, names, {n: int((truth == n).sum()) for n in names})
        readers = {"own": own, "rt-utils": with_rt_utils, "dcmrtstruct2nii": with_dcmrtstruct2nii, "platipy": with_platipy,
                   "plastimatch": with_plastimatch}
        for reader, read in readers.items():
            try:
                found = read(case, ds, slices, names)
            except Exception as error:  # noqa: BLE001 - a reader that fails is a finding
                print(f"  {reader}: {type(error).__name__}: {error}")
                continue
            scores = {names[n]: dice(found[n], truth == n) for n in names}
            print(f"  {reader}:", ", ".join(f"{name} DSC {score:.4f}" for name, score in scores.items()))
            if reader == "own":
                assert all(np.array_equal(found[n], truth == n) for n in names), "voxels differ"
        for file in ("mask.rtstruct.dcm", "mask.seg.dcm"):
            said = subprocess.run(["dciodvfy", "-new", case / file], capture_output=True, text=True).stderr.splitlines()
            print(f"  dciodvfy: {file}: {sum(line.startswith('Error') for line in said)} errors")
        with_highdicom(case, truth)
        with_slicerio(case)


def own(case, ds, slices, names):
    """Each contour by itself, as keyholes make that possible, to the voxel."""
    at = {s.SOPInstanceUID: z for z, s in enumerate(slices)}
    found = {n: np.zeros((len(slices), slices[0].Rows, slices[0].Columns), bool) for n in names}
    for roi in ds.ROIContourSequence:
        for contour in roi.get("ContourSequence", []):
            image = slices[at[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]]
            points = np.array(contour.ContourData, float).reshape(-1, 3) - np.array(image.ImagePositionPatient, float)
            row, column = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
            assert np.abs(points @ np.cross(row, column)).max() < 1e-3, "off the plane of its image"
            spacing = np.array(image.PixelSpacing, float)
            pixels = np.stack([points @ row / spacing[1], points @ column / spacing[0]], axis=1)
            z = at[image.SOPInstanceUID]
            inner = inside([pixels], image.Rows, image.Columns)
            assert not (found[roi.ReferencedROINumber][z] & inner).any(), "contours overlap"
            found[roi.ReferencedROINumber][z] |= inner
    return found


def in_file_order(array, image, slices):
    """A [z, y, x] array of SimpleITK's, whose slices may run the other way."""
    first = np.array(slices[0].ImagePositionPatient, float)
    return array if np.allclose(image.GetOrigin(), first, atol=1e-2) else array[::-1]


def with_rt_utils(case, ds, slices, names):
    from rt_utils import RTStructBuilder
    if slices[0].Rows != slices[0].Columns:
        raise NotImplementedError("rt-utils 1.2.7 takes pixels and slices to be square")
    built = RTStructBuilder.create_from(dicom_series_path=str(case / "series"), rt_struct_path=str(case / "mask.rtstruct.dcm"))
    order = [s.SOPInstanceUID for s in built.series_data]
    back = [order.index(s.SOPInstanceUID) for s in slices]
    return {n: built.get_roi_mask_by_name(name).transpose(2, 0, 1)[back].astype(bool) for n, name in names.items()}


def with_dcmrtstruct2nii(case, ds, slices, names):
    import SimpleITK as sitk
    from dcmrtstruct2nii import dcmrtstruct2nii
    with tempfile.TemporaryDirectory() as out:
        dcmrtstruct2nii(str(case / "mask.rtstruct.dcm"), str(case / "series"), out, convert_original_dicom=False)
        found = {}
        for n, name in names.items():
            [path] = [p for p in Path(out).glob("mask_*.nii.gz") if p.name.lower() == f"mask_{name.replace(' ', '-')}.nii.gz".lower()]
            image = sitk.ReadImage(str(path))
            found[n] = in_file_order(sitk.GetArrayFromImage(image) > 0, image, slices)
    return found


def with_platipy(case, ds, slices, names):
    import SimpleITK as sitk
    from platipy.dicom.io.rtstruct_to_nifti import read_dicom_image, read_dicom_struct_file, transform_point_set_from_dicom_struct
    image = read_dicom_image(str(case / "series"))
    masks, found_names = transform_point_set_from_dicom_struct(image, read_dicom_struct_file(str(case / "mask.rtstruct.dcm")))
    by_name = {name.replace("_", " ").lower(): sitk.GetArrayFromImage(mask) > 0 for name, mask in zip(found_names, masks)}
    return {n: in_file_order(by_name[name.lower()], image, slices) for n, name in names.items()}


def with_plastimatch(case, ds, slices, names):
    import SimpleITK as sitk
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["plastimatch", "convert", "--input", case / "mask.rtstruct.dcm", "--referenced-ct", case / "series",
                        "--output-prefix", out, "--prefix-format", "nrrd"], check=True, capture_output=True)
        images = {n: sitk.ReadImage(str(Path(out) / f"{name}.nrrd")) for n, name in names.items()}
    return {n: in_file_order(sitk.GetArrayFromImage(image) > 0, image, slices) for n, image in images.items()}


def with_highdicom(case, truth):
    import highdicom as hd
    seg = hd.seg.segread(case / "mask.seg.dcm")
    for number in seg.segment_numbers:
        segment = seg.get_segment_description(number)
        colour = hd.color.CIELabColor.from_dicom_value(segment.RecommendedDisplayCIELabValue)
        print(f"  highdicom: {segment.segment_label}: {segment.segmented_property_type.meaning} ({segment.segmented_property_type.value}),",
              f"sRGB {colour.to_rgb()}")
    volume = seg.get_volume(combine_segments=True)
    image = nib.load(case / "mask.nii.gz")
    ours = hd.Volume(array=np.asarray(image.dataobj), affine=np.diag([-1, -1, 1, 1]) @ image.affine, coordinate_system="PATIENT",
                     frame_of_reference_uid=seg.FrameOfReferenceUID)
    found = volume.match_geometry(ours, tol=1e-3).array
    assert np.array_equal(found, ours.array), "segments differ"
    print("  highdicom: all segments equal")


def with_slicerio(case):
    try:
        import slicerio
    except ImportError:
        print("  slicerio is missing")
        return
    segmentation = slicerio.read_segmentation(case / "mask.seg.nrrd")
    for segment in segmentation["segments"]:
        print("  slicerio:", segment["name"], segment["color"], segment.get("terminology"))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
