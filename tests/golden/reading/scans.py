"""What a scan is here: voxels and where they lie in the patient; and how two of them are compared."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Readers round to single precision: corners may be so far apart, in voxels.
CORNER_VOXELS = 0.02
# Hounsfield units are whole numbers, so the half of one is lost to rounding.
ROUNDING_HU = 0.51


@dataclass
class Volume:
    """Voxels `[i, j, k]` and the affine from (i, j, k, 1) to the patient, LPS in mm."""

    affine: np.ndarray
    voxels: np.ndarray


@dataclass
class Case:
    """A drawn input: its path, what it holds by construction, and what is unusual about it."""

    name: str
    path: Path
    truth: list = field(default_factory=list)
    traits: set = field(default_factory=set)
    # Voxels that were made up between two slices are rounded twice.
    tolerance_hu: float = ROUNDING_HU
    # Where Islet has to refuse it: words of which one stands in the refusal. `truth` is empty then.
    refusals: list = field(default_factory=list)


def as_hu(values):
    """Values as Islet holds them: 16 bits, air where there is no number."""
    values = np.asarray(values, float)
    return np.clip(np.where(np.isnan(values), -1024, values), -32768, 32767)


def corners(volume, order, flips):
    """The corners of a volume in the patient, where its axes are taken in another order or direction."""
    shape = np.array(volume.voxels.shape)
    ends = []
    for corner in itertools.product((0, 1), repeat=3):
        index = np.zeros(3)
        for axis in range(3):
            last = bool(corner[axis]) != flips[axis]
            index[order[axis]] = (shape[order[axis]] - 1) * last
        ends.append(volume.affine[:3, :3] @ index + volume.affine[:3, 3])
    return np.array(ends)


def difference(a, b, tolerance_hu):
    """How two volumes differ in the patient's space, whatever the order of their axes; empty where they do not."""
    steps_mm = np.linalg.norm(b.affine[:3, :3], axis=0)
    here = corners(b, (0, 1, 2), (False,) * 3)
    nearest = None
    for order in itertools.permutations(range(3)):
        if tuple(a.voxels.shape[axis] for axis in order) != b.voxels.shape:
            continue
        for flips in itertools.product((False, True), repeat=3):
            apart = np.abs(corners(a, order, flips) - here).max()
            if nearest is None or apart < nearest[0]:
                nearest = (apart, order, flips)
    if nearest is None:
        return f"size: {a.voxels.shape} and {b.voxels.shape}"
    apart, order, flips = nearest
    if not apart <= CORNER_VOXELS * steps_mm.min():
        return f"place: corners {apart:.3f} mm apart, spacing {np.round(np.linalg.norm(a.affine[:3, :3], axis=0), 3)} and {np.round(steps_mm, 3)}"
    own_mm = np.linalg.norm(a.affine[:3, :3], axis=0)[list(order)]
    if np.abs(own_mm / steps_mm - 1).max() > CORNER_VOXELS:
        return f"thickness: voxels of {np.round(own_mm, 3)} and {np.round(steps_mm, 3)} mm"
    turned = a.voxels.transpose(order)[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
    wrong = np.abs(as_hu(turned) - as_hu(b.voxels)) > tolerance_hu
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        most = np.abs(as_hu(turned) - as_hu(b.voxels)).max()
        return f"values: {wrong.sum()} of {wrong.size}, such as {turned[at]:g} and {b.voxels[at]:g}, up to {most:.0f} apart"
    return ""


def all_differences(ours, theirs, tolerance_hu):
    """How two lists of volumes differ, in whatever order they come; empty where each has its like."""
    if len(ours) != len(theirs):
        return f"count: {len(ours)} and {len(theirs)} volumes"
    left = list(theirs)
    for volume in ours:
        found = [difference(volume, other, tolerance_hu) for other in left]
        if "" not in found:
            return min(found, key=lambda text: not text.startswith("values"))
        left.pop(found.index(""))
    return ""


def rotation(rng):
    """A random rotation, evenly drawn."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def lean(rng, degrees):
    """A rotation by up to so many degrees about each axis."""
    x, y, z = np.deg2rad(rng.uniform(-degrees, degrees, 3))
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def axes_of_a_scan(rng):
    """Directions of i, j, k (columns of the result): axis by axis in any order, a little oblique, or anyhow."""
    signed = np.eye(3)[:, rng.permutation(3)] * rng.choice([-1, 1], 3)
    return {0: np.eye(3), 1: signed, 2: lean(rng, 30) @ signed, 3: rotation(rng) * rng.choice([-1, 1], 3)}[
        int(rng.integers(4))
    ]


def affine_of(axes, spacing, origin):
    affine = np.eye(4)
    affine[:3, :3] = axes * np.asarray(spacing, float)
    affine[:3, 3] = origin
    return affine
