"""Draws NRRD files line by line (teem.sourceforge.net/nrrd/format.html), attached and detached, as 3D Slicer, ITK, pynrrd and teem write them."""

import bz2
import gzip

import numpy as np

from scans import Case, Volume, affine_of, axes_of_a_scan

NAMES = {
    "int8": ["signed char", "int8", "int8_t"], "uint8": ["uchar", "unsigned char", "uint8", "uint8_t"],
    "int16": ["short", "short int", "signed short", "int16", "int16_t"], "uint16": ["ushort", "unsigned short", "uint16", "uint16_t"],
    "int32": ["int", "signed int", "int32", "int32_t"], "uint32": ["uint", "unsigned int", "uint32", "uint32_t"],
    "int64": ["longlong", "long long", "int64", "int64_t"], "uint64": ["ulonglong", "unsigned long long", "uint64", "uint64_t"],
    "float32": ["float"], "float64": ["double"],
}  # fmt: skip
TO_LPS = {
    "left-posterior-superior": (1, 1, 1), "LPS": (1, 1, 1), "right-anterior-superior": (-1, -1, 1), "RAS": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "LAS": (1, -1, 1),
}  # fmt: skip
ODDITIES = [
    "no space", "spacings alone", "keys like fields", "units of cm", "units of um", "lines end with CR LF", "comments", "keys and values", "more fields",
    "four axes", "no origin", "frame", "line skip", "byte skip", "bytes from the end", "labels", "segments", "scanner-xyz", "space in upper case",
    "several frames", "beyond 16 bits", "not a number", "sheared directions", "blocks", "vector", "old min and max",
]  # fmt: skip
REFUSED = {"several frames": "3-D", "blocks": "type", "vector": "3-D", "bzip2": "encoding"}


def geometry(rng, oddity):
    axes = axes_of_a_scan(rng)
    spacing, origin = rng.uniform([0.4, 0.4, 0.6], [1.6, 1.6, 6]), rng.uniform(-250, 250, 3)
    if oddity == "spacings alone":
        axes, origin = np.eye(3), np.zeros(3)
    elif oddity == "no origin":
        origin = np.zeros(3)
    own = affine_of(axes, spacing, origin)
    if oddity == "sheared directions":
        own[:3, 2] += 0.3 * spacing[2] * axes[:, 0]
    return own


def vector(numbers):
    return "(" + ",".join(f"{n:.9g}" for n in numbers) + ")"


def fields(rng, oddity, own, shape, space):
    """Lines on sizes and places; the file's unit is in them."""
    unit = {"units of cm": 0.1, "units of um": 1000}.get(oddity, 1)
    directions = [vector(unit * own[:3, a]) for a in range(3)]
    kinds = ["domain"] * 3
    if len(shape) == 4:
        first = bool(rng.integers(2)) if oddity == "four axes" else oddity == "vector"
        directions.insert(0 if first else 3, "none")
        kinds.insert(0 if first else 3, "vector" if oddity == "vector" else "list")
        shape = (shape[3], *shape[:3]) if first else shape
    lines = [f"dimension: {len(shape)}", f"sizes: {' '.join(str(n) for n in shape)}"]
    if oddity == "spacings alone":
        return [*lines, f"spacings: {' '.join(f'{n:.9g}' for n in np.diag(own)[:3])}"], shape
    lines += (
        ["space dimension: 3"]
        if oddity == "no space"
        else [f"space: {space.upper() if oddity == 'space in upper case' else space}"]
    )
    lines += [f"space directions: {' '.join(directions)}", f"kinds: {' '.join(kinds)}"]
    if oddity != "no origin":
        lines.append(f"space origin: {vector(unit * own[:3, 3])}")
    if unit != 1:
        name = "cm" if unit == 0.1 else "um"
        lines.append(f'space units: "{name}" "{name}" "{name}"')
    if oddity == "frame":
        lines.append("measurement frame: (0,1,0) (1,0,0) (0,0,-1)")
    return lines, shape


def extra(rng, oddity):
    """Lines that change nothing."""
    return {
        "comments": ["# sizes: 1 1 1", "#", "# made by hand"],
        "keys and values": ["author:=A: B:=C", "DWMRI_b-value:=1000", "a space:=RAS"],
        "keys like fields": ["sizes:=1 1 1", "space:=RAS"],
        "more fields": ["content: a scan: with colons", "thicknesses: nan nan 3", "centerings: cell cell cell"],
        "old min and max": ["old min: 0", "old max: 255"],
        "segments": [
            "Segment0_Name:=Pancreas",
            "Segment0_LabelValue:=1",
            "Segment0_Layer:=0",
            "Segment1_Name:=liver",
            "Segment1_LabelValue:=2",
        ],
    }.get(oddity, [])


def voxels(rng, shape, dtype, oddity):
    if oddity in ("labels", "segments"):
        return rng.integers(0, 3, shape).astype(dtype)
    most = 3e6 if oddity == "beyond 16 bits" else 3000
    if np.dtype(dtype).kind == "f":
        values = rng.uniform(-most, most, shape).astype(dtype)
        if oddity == "not a number":
            values[rng.random(shape) < 0.2] = np.nan
        return values
    info = np.iinfo(dtype)
    return rng.integers(max(info.min, -most), min(info.max, most), shape, endpoint=True, dtype=dtype)


def encoded(rng, values, encoding, big, oddity):
    """The bytes of the voxels, and lines on what to leave out before them."""
    if encoding == "ascii":
        numbers = [f"{n:.9g}" for n in values.ravel(order="F")]
        lines = [" ".join(numbers[at : at + 10]) for at in range(0, len(numbers), 10)]
        return ("\n".join(lines) + "\n").encode(), []
    content = values.astype(values.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
    lines = []
    # Of compressed data, teem leaves out lines before and bytes after inflating.
    if oddity == "byte skip":
        content, lines = rng.bytes(40) + content, ["byte skip: 40"]
    elif oddity == "bytes from the end" and encoding == "raw":
        content, lines = rng.bytes(33) + content, ["byte skip: -1"]
    content = {"raw": lambda c: c, "gzip": lambda c: gzip.compress(c, mtime=0), "bzip2": bz2.compress}[encoding](
        content
    )
    if oddity == "line skip":
        content, lines = b"one line\nand another\n" + content, ["line skip: 2"]
    return content, lines


def draw(rng, name, folder, detached=False):
    """A file, or a folder with a header and the voxels beside it."""
    oddity = str(rng.choice(ODDITIES)) if rng.random() < 0.7 else ""
    dtype = str(rng.choice(list(NAMES)))
    if oddity in ("not a number", "beyond 16 bits"):
        dtype = "float32"
    encoding = str(rng.choice(["raw", "gzip", "gzip", "ascii", "bzip2"], p=[0.4, 0.2, 0.25, 0.1, 0.05]))
    if "skip" in oddity or oddity == "bytes from the end":
        encoding = "raw"
    spelled = {"gzip": ["gzip", "gz"], "ascii": ["ascii", "text", "txt"], "bzip2": ["bzip2", "bz2"]}.get(
        encoding, ["raw"]
    )
    shape = tuple(int(n) for n in rng.integers(4, 15, 3)) + {
        "four axes": (1,),
        "several frames": (3,),
        "vector": (3,),
    }.get(oddity, ())
    space = str(rng.choice(list(TO_LPS)))
    space = "scanner-xyz" if oddity == "scanner-xyz" else space
    own = geometry(rng, oddity)
    lines, shape = fields(rng, oddity, own, shape, space)
    values, big = voxels(rng, shape, dtype, oddity), bool(rng.random() < 0.3)
    content, skip = encoded(rng, values, encoding, big, oddity)
    head = [
        f"NRRD000{int(rng.integers(4, 6))}",
        "# Complete NRRD file format specification at:",
        "# http://teem.sourceforge.net/nrrd/format.html",
    ]
    head += [
        f"type: {'block' if oddity == 'blocks' else rng.choice(NAMES[dtype])}",
        *lines,
        f"encoding: {rng.choice(spelled)}",
        *skip,
        *extra(rng, oddity),
    ]
    if oddity == "blocks":
        head.append(f"block size: {np.dtype(dtype).itemsize}")
    if np.dtype(dtype).itemsize > 1:
        head.append(f"endian: {'big' if big else 'little'}")
    traits = {dtype, encoding, "no space" if oddity in ("no space", "spacings alone") else space} | (
        {oddity} if oddity else set()
    )
    path = put(rng, folder, detached, head, content, encoding, oddity, traits)
    refusals = [word for trait, word in REFUSED.items() if trait in traits]
    if refusals:
        return Case(name, path, [], traits, refusals=refusals)
    sign = np.diag([*TO_LPS.get("LPS" if oddity in ("no space", "spacings alone") else space, (1, 1, 1)), 1])
    return Case(
        name, path, [Volume(sign @ own, values.reshape([n for n in shape if n != 1], order="F").astype(float))], traits
    )


def put(rng, folder, detached, head, content, encoding, oddity, traits):
    """Writes the file or the two, and gives the path to be read."""
    end = "\r\n" if oddity == "lines end with CR LF" else "\n"
    if not detached:
        path = folder.with_suffix(".nrrd")
        path.write_bytes((end.join(head) + end + end).encode() + content)
        return path
    folder.mkdir()
    data = "scan.raw" + {"gzip": ".gz", "bzip2": ".bz2"}.get(encoding, "")
    here = str(rng.choice([data, f"./{data}"]))
    head.append(f"{rng.choice(['data file', 'datafile'])}: {here}")
    (folder / data).write_bytes(content)
    # The empty line at the end may be missing where there is nothing behind it.
    (folder / "scan.nhdr").write_bytes((end.join(head) + end + (end if rng.integers(2) else "")).encode())
    return folder
