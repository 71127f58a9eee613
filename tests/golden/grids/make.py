"""Makes the NIfTI and NRRD files in this folder with nibabel, pynrrd and SimpleITK, and grids.json with what nibabel and
SimpleITK read of them: geometry in LPS, and the voxels in viewing order (columns to the left, rows to posterior).

    pip install nibabel pynrrd SimpleITK numpy && python make.py
"""
import json

import nibabel as nib
import nrrd
import numpy as np
import SimpleITK as sitk
from nibabel.orientations import io_orientation

expected = {}
LPS = np.diag([-1.0, -1, 1, 1])


def turned(about_z, about_x, spacing=(0.7, 0.8, 2.5), origin=(-30, 20, 100)):
    c, s = np.cos(np.deg2rad(about_z)), np.sin(np.deg2rad(about_z))
    d, t = np.cos(np.deg2rad(about_x)), np.sin(np.deg2rad(about_x))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, d, -t], [0, t, d]]) @ np.diag(spacing)
    affine[:3, 3] = origin
    return affine


def keep(name, array, ras):
    """`array` is [i, j, k] in the file's order, `ras` its affine."""
    orientation = io_orientation(ras)
    canonical = nib.orientations.apply_orientation(array, orientation)
    upwards = orientation[list(orientation[:, 0]).index(2), 1] > 0
    viewing = canonical[::-1, ::-1, :: 1 if upwards else -1].transpose(2, 1, 0)
    expected[name] = {
        "affine_lps": (LPS @ ras)[:3].tolist(),
        "dims": list(array.shape[::-1]),
        "viewing_dims": list(viewing.shape),
        "viewing": np.round(viewing).astype(int).ravel().tolist(),
    }


# NIfTI in eight orientations, by the directions of i, j and k.
values = (np.arange(4 * 3 * 5).reshape((4, 3, 5)) * 37 - 1000).astype(float)
plain = turned(0, 0)
for codes, storage in [("RAS", "int16"), ("LPS", "float32"), ("LAS", "scaled"), ("PIR", "int32"), ("ASL", "scaled"), ("SPL", "float64"), ("LSA", "int64")]:
    target = nib.orientations.axcodes2ornt(codes)
    change = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), target)
    affine = plain @ nib.orientations.inv_ornt_aff(change, values.shape)
    array = nib.orientations.apply_orientation(values, change)
    assert "".join(nib.aff2axcodes(affine)) == codes
    stored = array if storage == "scaled" else array.astype(storage)
    image = nib.Nifti1Image(stored, affine, dtype=None if storage == "scaled" else storage)
    if storage == "scaled":
        image.set_data_dtype(np.uint16)
    name = f"{codes.lower()}.nii" + (".gz" if codes == "PIR" else "")
    nib.save(image, name)
    back = nib.load(name)
    if storage == "scaled":
        assert back.dataobj.slope != 1
    keep(name, back.get_fdata(), back.affine)
oblique = nib.Nifti1Image(values.astype(np.int16), turned(20, -15))
nib.save(oblique, "oblique.nii")
keep("oblique.nii", values, nib.load("oblique.nii").affine)

# NRRD: types, encodings and spaces. SimpleITK says where the voxels lie.
to_ras = {"left-posterior-superior": LPS, "RAS": np.eye(4), "left-anterior-superior": np.diag([-1.0, 1, 1, 1])}


def nrrd_file(name, array, space, encoding, endian="little", ras=turned(20, -15), extra=()):
    own = np.linalg.inv(to_ras[space]) @ ras
    header = {"space": space, "space directions": own[:3, :3].T, "space origin": own[:3, 3], "endian": endian, "encoding": encoding}
    nrrd.write(name, array, {**header, **dict(extra)}, index_order="F")
    image = sitk.ReadImage(name)
    lps = np.eye(4)
    lps[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    keep(name, sitk.GetArrayFromImage(image).transpose(2, 1, 0).astype(float), LPS @ lps)


nrrd_file("int16.nrrd", values.astype(np.int16), "left-posterior-superior", "raw")
nrrd_file("uint16.nrrd", (values + 1000).astype(np.uint16), "RAS", "gzip")
nrrd_file("int32.nrrd", values.astype(np.int32), "left-anterior-superior", "gzip", ras=turned(0, 0) @ np.diag([-1, 1, -1, 1]))
nrrd_file("float.nrrd", (values + 0.25).astype(np.float32), "left-anterior-superior", "gzip")
nrrd_file("double.nrrd", values.astype(">f8"), "left-posterior-superior", "raw", endian="big")
many = (np.arange(6 * 4 * 5).reshape((6, 4, 5)) * 2).astype(np.uint8)
nrrd_file("uint8.nrrd", many, "RAS", "gzip")
image = sitk.GetImageFromArray(values.transpose(2, 1, 0).astype(np.int16))
image.SetSpacing((0.7, 0.8, 2.5))
image.SetOrigin((3, -4, 5))
image.SetDirection((0, 0, 1, 1, 0, 0, 0, -1, 0))
sitk.WriteImage(image, "itk.nrrd", useCompression=True)
keep("itk.nrrd", values, LPS @ np.array([[0, 0, 2.5, 3], [0.7, 0, 0, -4], [0, -0.8, 0, 5], [0, 0, 0, 1]]))

# A segmentation as 3D Slicer writes it: cropped to a part of int16.nrrd's grid, segments named.
part = np.zeros((2, 2, 2), np.uint8)
part[1, 0, 1], part[0, 1, 0] = 4, 7
inner = turned(20, -15)
inner[:3, 3] = (inner @ [1, 1, 2, 1])[:3]
names = {"Segment0_Name": "liver", "Segment0_LabelValue": "4", "Segment1_Name": "Pancreas", "Segment1_LabelValue": "7"}
nrrd_file("part.seg.nrrd", part, "left-posterior-superior", "gzip", ras=inner, extra=names)
# A detached header.
nrrd.write("detached.nhdr", values.astype(np.int16), {"encoding": "raw", "space": "left-posterior-superior"}, detached_header=True)

with open("grids.json", "w") as out:
    json.dump(expected, out, indent=None, separators=(",", ":"))
    out.write("\n")
