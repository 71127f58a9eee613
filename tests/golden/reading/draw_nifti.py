"""Draws NIfTI files: header and voxels byte by byte (nifti1.h, nifti2.h), so that the file says what was meant."""

import gzip

import nibabel as nib
import numpy as np

from scans import Case, Volume, affine_of, axes_of_a_scan

LPS = np.diag([-1.0, -1, 1, 1])
TYPES = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int16",
    "uint32",
    "int32",
    "int64",
    "uint64",
    "float32",
    "float32",
    "float64",
]
# scl_slope and scl_inter; nifti1.h: a slope of 0 means neither. The fourth is a rounding away from a plain file.
SCALES = [
    (1, 0),
    (0, 0),
    (0, 7),
    (1.0000001, 0),
    (np.nan, np.nan),
    (2, -1024),
    (0.5, -100.25),
    (0.0371, -812.3),
    (-1, 300),
    (1, -1024),
]
ODDITIES = [
    "units of m", "units of um", "units unknown", "qform alone", "sform alone", "forms differ", "no form", "sform singular", "sheared sform",
    "negative pixdim", "qfac is 0", "extensions", "long extension", "offset is 0", "offset of 512", "bytes after the voxels", "two dimensions",
    "one frame of four dimensions", "seven dimensions", "several frames", "labels", "not a number", "beyond 16 bits", "one slice", "complex",
    "rgb", "vector", "intent", "junk in unused fields", "gzip in two members", "zeros after gzip",
]  # fmt: skip
REFUSED = {"several frames": "3-D", "complex": "type", "rgb": "type", "vector": "3-D"}


def voxels(rng, shape, dtype, oddity, scale):
    """Stored values, spread over what stays in 16 bits when scaled."""
    if oddity == "labels":
        return rng.integers(0, 5, shape).astype(dtype)
    slope, inter = scale if scale[0] and np.isfinite(scale[0]) else (1, 0)
    ends = sorted((hu - inter) / slope for hu in (-3000, 3000))
    if oddity == "beyond 16 bits":
        ends = [1e3 * end for end in ends]
    if np.dtype(dtype).kind == "f":
        values = rng.uniform(*ends, shape).astype(dtype)
        if oddity == "not a number":
            values[rng.random(shape) < 0.2] = np.nan
        return values
    info = np.iinfo(dtype)
    return rng.integers(
        max(info.min, int(np.ceil(ends[0]))), min(info.max, int(ends[1])), shape, endpoint=True, dtype=dtype
    )


def header_of(rng, version, big, oddity, shape, dtype, ras, scale):
    """A header of nibabel's as a bare structure, to be filled field by field."""
    kind = {1: nib.Nifti1Header, 2: nib.Nifti2Header}[version]
    header = kind(endianness=">" if big else "<")
    raw = header.structarr
    raw["dim"] = [len(shape), *shape, *[1] * (7 - len(shape))]
    image = nib.Nifti1Header()
    image.set_data_dtype(dtype)
    raw["datatype"], raw["bitpix"] = image["datatype"], image["bitpix"]
    steps = np.linalg.norm(ras[:3, :3], axis=0)
    header.set_qform(ras, code=1, strip_shears=True)
    qform = header.get_qform()
    raw["pixdim"][1:4] = steps
    raw["pixdim"][4:] = rng.choice([0, 1, 2.5])
    raw["sform_code"] = int(rng.integers(1, 5))
    raw["qform_code"] = int(rng.integers(1, 5))
    raw["srow_x"], raw["srow_y"], raw["srow_z"] = ras[:3]
    raw["xyzt_units"] = {"units of m": 1, "units of um": 3, "units unknown": 0}.get(
        oddity, int(rng.choice([2, 10, 18]))
    )
    raw["scl_slope"], raw["scl_inter"] = scale
    if oddity in ("qform alone", "negative pixdim", "qfac is 0"):
        raw["sform_code"] = 0
    elif oddity == "sform alone":
        raw["qform_code"] = 0
    elif oddity == "no form":
        raw["sform_code"] = raw["qform_code"] = 0
    elif oddity == "sform singular":
        raw["srow_x"] = raw["srow_y"] = raw["srow_z"] = 0
    elif oddity == "junk in unused fields":
        raw["descrip"], raw["aux_file"], raw["intent_name"] = b"\xff" * 80, b"/etc/passwd", b"%s%n"
        raw["cal_max"], raw["cal_min"], raw["slice_code"], raw["toffset"] = np.nan, -1e30, 9, 1e30
    elif oddity == "intent":
        raw["intent_code"] = 1002
    if oddity == "negative pixdim":
        raw["pixdim"][1:3] *= -1
    if oddity == "qfac is 0":
        raw["pixdim"][0] = 0
    return raw, qform


def geometry(rng, oddity):
    """The RAS affine drawn, in the file's own unit."""
    axes = axes_of_a_scan(rng)
    if oddity == "qfac is 0" and np.linalg.det(axes) < 0:
        axes[:, 2] *= -1
    spacing = rng.uniform([0.4, 0.4, 0.6], [1.6, 1.6, 6])
    origin = rng.uniform(-250, 250, 3)
    ras = affine_of(axes, spacing, origin)
    if oddity == "sheared sform":
        ras[:3, 2] += 0.3 * spacing[2] * axes[:, 1]
    unit = {"units of m": 0.001, "units of um": 1000}.get(oddity, 1)
    ras[:3] *= unit
    return np.float32(ras).astype(float), unit


def true_affine(ras, qform, unit, oddity):
    """nifti1.h: the sform if its code is above 0, else the qform, else the voxel sizes."""
    if oddity in ("qform alone", "sform singular", "negative pixdim", "qfac is 0"):
        ras = qform
    elif oddity == "no form":
        ras = np.diag([*np.linalg.norm(ras[:3, :3], axis=0), 1])
    to_mm = np.diag([1 / unit] * 3 + [1])
    return LPS @ to_mm @ ras


def extensions(rng, oddity, big):
    if oddity not in ("extensions", "long extension"):
        return bytes(4)
    blocks = b"\1\0\0\0"
    for _ in range(int(rng.integers(1, 4))):
        size = 16 * int(rng.integers(6000, 20000) if oddity == "long extension" else rng.integers(1, 20))
        blocks += np.array(
            [size, int(rng.choice([2, 4, 6, 44]))], ">i4" if big else "<i4"
        ).tobytes() + b"a comment".ljust(size - 8)
    return blocks


def shape_of(rng, oddity):
    i, j, k = (int(n) for n in rng.integers(4, 15, 3))
    return {
        "two dimensions": (i, j), "one frame of four dimensions": (i, j, k, 1), "seven dimensions": (i, j, k, 1, 1, 1, 1),
        "several frames": (i, j, k, 3), "vector": (i, j, k, 1, 3), "one slice": (i, j, 1),
    }.get(oddity, (i, j, k))  # fmt: skip


def draw(rng, name, folder, version=1, pair=False):
    """A file, or a folder with a pair of files."""
    oddity = str(rng.choice(ODDITIES)) if rng.random() < 0.75 else ""
    dtype, scale, big = str(rng.choice(TYPES)), SCALES[int(rng.integers(len(SCALES)))], bool(rng.random() < 0.35)
    if oddity in ("complex", "rgb"):
        dtype, scale = {"complex": "complex64", "rgb": "u1"}[oddity], (1, 0)
    elif oddity == "labels":
        scale = (1, 0)
    elif oddity in ("not a number", "beyond 16 bits"):
        dtype = "float32"
    shape = shape_of(rng, oddity)
    scale = tuple(np.float32(scale).astype(float)) if version == 1 else scale
    stored = rng.normal(size=shape).astype(dtype) if oddity == "complex" else voxels(rng, shape, dtype, oddity, scale)
    ras, unit = geometry(rng, oddity)
    raw, qform = header_of(rng, version, big, oddity, shape, dtype, ras, scale)
    if oddity == "rgb":
        raw["datatype"], raw["bitpix"] = 128, 24
        stored = rng.integers(0, 256, (*shape, 3)).astype("u1").transpose(3, 0, 1, 2)
    if oddity == "forms differ":
        # The scanner's frame in the qform, another in the sform, each with a code of its own.
        other = affine_of(axes_of_a_scan(rng), np.linalg.norm(ras[:3, :3], axis=0), rng.uniform(-100, 100, 3))
        raw["srow_x"], raw["srow_y"], raw["srow_z"] = ras[:3] = np.float32(other[:3])
    content = stored.astype(stored.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
    traits = {dtype, "big endian" if big else "little endian", f"scale {scale[0]:g}, {scale[1]:g}"} | (
        {oddity} if oddity else set()
    )
    path = put(rng, name, folder, version, pair, raw, content, oddity, big, traits)
    if oddity in REFUSED:
        return Case(name, path, [], traits, refusals=[REFUSED[oddity]])
    values = stored.reshape((*shape, 1)[:3], order="F").astype(float)
    if scale[0] and np.isfinite(scale).all():
        values = values * scale[0] + scale[1]
    return Case(name, path, [Volume(true_affine(ras, qform, unit, oddity), values)], traits)


def put(rng, name, folder, version, pair, raw, content, oddity, big, traits):
    """Writes the file or the pair, and gives the path to be read."""
    start = {1: 352, 2: 544}[version]
    extension = extensions(rng, oddity, big)
    offset = start - 4 + len(extension)
    if oddity == "offset of 512" and not pair:
        extension += bytes(1024 - offset)
        offset = 1024
    raw["vox_offset"] = 0 if pair or oddity == "offset is 0" else offset
    if version == 1:
        raw["magic"] = b"ni1" if pair else b"n+1"
    else:
        raw["magic"] = b"ni2" if pair else b"n+2"
        raw["eol_check"] = (13, 10, 26, 10)
    head = raw.tobytes() + extension
    after = rng.bytes(100) if oddity == "bytes after the voxels" else b""
    zipped = bool(rng.integers(2)) or "gzip" in oddity
    traits |= {"gzip"} if zipped else set()
    if pair:
        folder.mkdir()
        ending = ".gz" if zipped else ""
        (folder / f"scan.hdr{ending}").write_bytes(packed(head, zipped, oddity))
        (folder / f"scan.img{ending}").write_bytes(packed(content + after, zipped, oddity))
        return folder
    path = folder.with_suffix(".nii.gz" if zipped else ".nii")
    path.write_bytes(packed(head + content + after, zipped, oddity))
    return path


def packed(content, zipped, oddity):
    if not zipped:
        return content
    if oddity == "gzip in two members":
        half = len(content) // 2
        return gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0)
    return gzip.compress(content, mtime=0) + (bytes(512) if oddity == "zeros after gzip" else b"")
