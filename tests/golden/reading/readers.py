"""What other programs read of a drawn input: volumes in the patient's space, LPS in mm."""

import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import dcm2niix
import nibabel as nib
import nrrd
import numpy as np
import SimpleITK as sitk

from scans import Volume

warnings.filterwarnings("ignore")
sitk.ProcessObject.SetGlobalWarningDisplay(False)
LPS = np.diag([-1.0, -1, 1, 1])
nib.imageglobals.logger.disabled = True


def of_sitk(image):
    """An image of SimpleITK's: of four dimensions those beyond space have one voxel, or it is refused."""
    while image.GetDimension() > 3 and image.GetSize()[-1] == 1:
        image = image[(slice(None),) * (image.GetDimension() - 1) + (0,)]
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ValueError(f"{image.GetDimension()} dimensions, {image.GetNumberOfComponentsPerPixel()} components")
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return Volume(affine, sitk.GetArrayFromImage(image).transpose(2, 1, 0).astype(float))


def sitk_file(path):
    image = sitk.ReadImage(str(path))
    # A picture of two dimensions has no place in the patient.
    return [of_sitk(sitk.JoinSeries(image) if image.GetDimension() == 2 else image)]


def sitk_dicom(folder):
    found = []
    for place in [folder, *(inner for inner in sorted(folder.iterdir()) if inner.is_dir())]:
        for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(place)):
            reader = sitk.ImageSeriesReader()
            reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(place), uid))
            found.append(of_sitk(reader.Execute()))
    if not found:
        raise ValueError("no series")
    return found


def of_nibabel(image):
    if isinstance(image, nib.AnalyzeImage) and not isinstance(image, nib.Nifti1Pair):
        raise ValueError("no NIfTI")
    values = image.get_fdata()
    values = values.reshape((*values.shape, 1, 1)[:3] + (-1,))
    return [Volume(LPS @ image.affine, values[..., frame]) for frame in range(values.shape[3])]


def with_nibabel(path):
    found = of_nibabel(nib.load(path))
    if len(found) > 1:
        raise ValueError(f"{len(found)} frames")
    return found


def with_pynrrd(path):
    values, header = nrrd.read(str(path), index_order="F")
    space = str(header.get("space", "")).lower()
    ras, las = space in ("right-anterior-superior", "ras"), space in ("left-anterior-superior", "las")
    axes = [a for a in range(values.ndim) if values.shape[a] != 1] if values.ndim != 3 else [0, 1, 2]
    if len(axes) != 3 or values.dtype.kind == "V":
        raise ValueError(f"shape {values.shape}")
    affine = np.eye(4)
    if "space directions" in header:
        affine[:3, :3] = np.array([header["space directions"][a] for a in axes], float).T
        affine[:3, 3] = header.get("space origin", np.zeros(3))
    else:
        affine[:3, :3] = np.diag([header["spacings"][a] for a in axes])
    sign = np.diag([-1.0 if ras else 1, -1 if ras or las else 1, 1, 1])
    return [Volume(sign @ affine, values.reshape([values.shape[a] for a in axes], order="F").astype(float))]


def with_dcm2niix(folder):
    """Every NIfTI file that it writes; of a series of uneven slices it writes two, of which `_Eq` is the even one."""
    out = Path(tempfile.mkdtemp())
    try:
        run = subprocess.run(
            [dcm2niix.bin, "-b", "n", "-z", "n", "-d", "9", "-f", "%s_%j", "-o", str(out), str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        files = sorted(out.glob("*.nii"))
        if not files:
            raise ValueError(run.stdout.strip().splitlines()[-1] if run.stdout.strip() else "nothing written")
        better = [
            stem
            for file in files
            for stem in (file.stem.removesuffix(suffix) for suffix in ("_Eq_1", "_Eq", "_Tilt_1", "_Tilt"))
            if stem != file.stem
        ]
        # Images at one place are frames over time to it.
        return [volume for file in files if file.stem not in better for volume in of_nibabel(nib.load(file))]
    finally:
        shutil.rmtree(out)


def header_file(path):
    """Of a folder with a pair of files, the header, by which the other programs open it."""
    if path.is_dir():
        return next(
            file
            for ending in (".hdr", ".hdr.gz", ".nhdr", ".mhd")
            for file in sorted(path.iterdir())
            if file.name.endswith(ending)
        )
    return path


READERS = {
    "dicom": {"dcm2niix": with_dcm2niix, "SimpleITK": sitk_dicom},
    "nifti": {
        "nibabel": lambda path: with_nibabel(header_file(path)),
        "SimpleITK": lambda path: sitk_file(header_file(path)),
    },
    "nrrd": {
        "SimpleITK": lambda path: sitk_file(header_file(path)),
        "pynrrd": lambda path: with_pynrrd(header_file(path)),
    },
    "meta": {"SimpleITK": lambda path: sitk_file(header_file(path))},
}
