"""Draws MetaImage files (.mha) and pairs (.mhd and its data) line by line, as ITK, elastix and MeVisLab write them."""

import zlib

import numpy as np

from draw_nrrd import voxels
from scans import Case, Volume, affine_of, axes_of_a_scan

TYPES = {
    "int8": "MET_CHAR",
    "uint8": "MET_UCHAR",
    "int16": "MET_SHORT",
    "uint16": "MET_USHORT",
    "int32": "MET_INT",
    "uint32": "MET_UINT",
    "float32": "MET_FLOAT",
    "float64": "MET_DOUBLE",
}
ODDITIES = ["labels", "header size", "no matrix", "other names", "not a number", "one slice", "channels", "lower case"]


def draw(rng, name, folder):
    """A file, or a folder with a header and the voxels beside it."""
    oddity = str(rng.choice(ODDITIES)) if rng.random() < 0.6 else ""
    dtype = "float32" if oddity == "not a number" else str(rng.choice(list(TYPES)))
    i, j, k = (int(n) for n in rng.integers(4, 15, 3))
    shape = (i, j, 1) if oddity == "one slice" else (i, j, k)
    values, big, packed = voxels(rng, shape, dtype, oddity), bool(rng.random() < 0.3), bool(rng.integers(2))
    axes = np.eye(3) if oddity == "no matrix" else axes_of_a_scan(rng)
    spacing, origin = rng.uniform([0.4, 0.4, 0.6], [1.6, 1.6, 6]), rng.uniform(-250, 250, 3)
    content = values.astype(values.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
    content = zlib.compress(content) if packed else content
    detached = bool(rng.integers(2))
    skipped = 32 if oddity == "header size" and detached and not packed else 0
    text = lambda numbers: " ".join(f"{n:.12g}" for n in numbers)
    matrix, offset = ("Rotation", "Position") if oddity == "other names" else ("TransformMatrix", "Offset")
    true = "true" if oddity == "lower case" else "True"
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        f"BinaryData = {true}",
        f"BinaryDataByteOrderMSB = {true if big else 'False'}",
        f"CompressedData = {true if packed else 'False'}",
        *([f"CompressedDataSize = {len(content)}"] if packed else []),
        # Columns of directions one after the other, as MetaIO writes them.
        *([] if oddity == "no matrix" else [f"{matrix} = {text(axes.T.ravel())}"]),
        f"{offset} = {text(origin)}",
        "CenterOfRotation = 0 0 0",
        "AnatomicalOrientation = RAI",
        f"ElementSpacing = {text(spacing)}",
        *([f"HeaderSize = {skipped}"] if skipped else []),
        f"DimSize = {shape[0]} {shape[1]} {shape[2]}",
        *(["ElementNumberOfChannels = 2"] if oddity == "channels" else []),
        f"ElementType = {TYPES[dtype]}",
    ]
    content = rng.bytes(skipped) + content * (2 if oddity == "channels" and not packed else 1)
    path = put(folder, lines, content, detached, packed)
    traits = {dtype, "big endian" if big else "little endian", "compressed" if packed else "plain"}
    traits |= {oddity} if oddity else set()
    if oddity == "channels":
        return Case(name, path, [], traits, refusals=["ElementNumberOfChannels"])
    return Case(name, path, [Volume(affine_of(axes, spacing, origin), values.astype(float))], traits)


def put(folder, lines, content, detached, packed):
    """Writes the file or the two, and gives the path to be read."""
    if not detached:
        path = folder.with_suffix(".mha")
        path.write_bytes("\n".join([*lines, "ElementDataFile = LOCAL", ""]).encode() + content)
        return path
    folder.mkdir()
    data = "scan.zraw" if packed else "scan.raw"
    (folder / data).write_bytes(content)
    (folder / "scan.mhd").write_bytes("\n".join([*lines, f"ElementDataFile = {data}", ""]).encode())
    return folder
