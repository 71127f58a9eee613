"""Reads the scans and masks of tests/it/orientations/command.rs with other programs' libraries: the mask is the organ.

    ISLET_ORIENTATIONS_WRITE=/tmp/orientations cargo test --release --locked --test it -- orientations::command
    python tests/golden/orientations.py /tmp/orientations

The truth is not Islet's: in each scan the organ is what is brighter than 100 HU, as the library reads it. Voxels are
compared by their places in the patient, LPS, in mm. Needs numpy, nibabel and pydicom; takes pynrrd and SimpleITK
where they are installed.
"""

import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def places(affine, voxels):
    """The places of voxels (indices [n, 3]) in mm, rounded, as a set."""
    at = np.c_[voxels, np.ones(len(voxels))] @ affine.T
    return {tuple(p) for p in np.round(at[:, :3], 1) + 0.0}


def of_nifti(path):
    image = nibabel.load(path)
    return np.asarray(image.dataobj), RAS_TO_LPS @ image.affine


def of_nrrd(path):
    import nrrd

    data, header = nrrd.read(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(header["space directions"], float).T
    affine[:3, 3] = header["space origin"]
    return data, affine


def of_itk(path):
    import SimpleITK as sitk

    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = direction * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image).transpose(2, 1, 0), affine


def frame_places(position, orientation, spacing, pixels):
    """The places of the pixels [row, column] of a frame that are set (PS3.3 C.7.6.2.1.1)."""
    rows, columns = np.nonzero(pixels)
    along, down = np.array(orientation[:3], float), np.array(orientation[3:], float)
    at = np.array(position, float) + np.outer(columns * spacing[1], along) + np.outer(rows * spacing[0], down)
    return {tuple(p) for p in np.round(at, 1) + 0.0}


def of_series(folder):
    """What is brighter than 100 HU in a DICOM series."""
    found = set()
    for path in sorted(folder.glob("*.dcm")):
        image = pydicom.dcmread(path)
        hu = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
        found |= frame_places(image.ImagePositionPatient, image.ImageOrientationPatient, image.PixelSpacing, hu > 100)
    return found


def of_segmentation(path):
    image = pydicom.dcmread(path)
    shared = image.SharedFunctionalGroupsSequence[0]
    orientation = shared.PlaneOrientationSequence[0].ImageOrientationPatient
    spacing = shared.PixelMeasuresSequence[0].PixelSpacing
    found = set()
    for groups, pixels in zip(image.PerFrameFunctionalGroupsSequence, image.pixel_array):
        found |= frame_places(groups.PlanePositionSequence[0].ImagePositionPatient, orientation, spacing, pixels)
    return found


def readers(path):
    """The libraries that read a file of voxels, each with what it returns."""
    found = {}
    if path.name.endswith(".nii.gz"):
        found["nibabel"] = of_nifti(path)
    else:
        try:
            found["pynrrd"] = of_nrrd(path)
        except ImportError:
            pass
    try:
        found["SimpleITK"] = of_itk(path)
    except ImportError:
        pass
    return found


def main():
    compared, used = 0, set()
    for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        scan = folder / "scan"
        files = [path for path in scan.iterdir() if path.suffix != ".dcm"]
        truths = {}
        if files:
            for library, (data, affine) in readers(files[0]).items():
                truths[library] = places(affine, np.argwhere(data > 100))
        else:
            truths["pydicom"] = of_series(scan)
        masks = {"pydicom": of_segmentation(folder / "mask.dcm")}
        for name in ("mask.nii.gz", "mask.seg.nrrd"):
            for library, (data, affine) in readers(folder / name).items():
                masks[f"{library} {name}"] = places(affine, np.argwhere(data > 0))
        assert truths, f"no library reads {files[0]}"
        for scan_library, truth in truths.items():
            for mask_library, mask in masks.items():
                assert truth and mask == truth, f"{folder.name}: {mask_library} against {scan_library}: {len(mask ^ truth)}"
                compared += 1
                used |= {scan_library, mask_library.split(" ")[0]}
    print(f"{compared} comparisons by {', '.join(sorted(used))}: every mask is the organ, voxel by voxel")


if __name__ == "__main__":
    main()
