"""The table of docs/PROPAGATION.md on coronal and sagittal planes: what is one of them worth beside axial slices?

    pip install numpy scipy pydicom nibabel
    cargo build --release --bin islet
    python benches/planes_across_slices.py ../shared/ct82 target/release/islet [--planes 3 4 5 7 10]

So many planes are accepted with their true labels: all of them axial, spread evenly over the label's
extent, or one or two of them coronal or sagittal, spread evenly over its extent there. As in the page,
a coronal or sagittal plane is known up to 15 mm around its mask. The DSC is that of all voxels that
nobody has accepted, as one volume, on the scan's own grid.
"""
import argparse
from pathlib import Path

import numpy as np

from few_slices import IGNORE, propagated, read, spread

MARGIN_MM = 15
AXES = {"coronal": 1, "sagittal": 2}


def around_mask(label, axis, index, spacing_mm):
    """The voxels of a plane up to the margin from the box around its mask."""
    on_plane = np.zeros_like(label)
    plane = np.take(label, index, axis)
    if not plane.any():
        return on_plane
    others = [other for other in range(3) if other != axis]
    box = [slice(index, index + 1)] * 3
    for side, other in enumerate(others):
        hit = np.flatnonzero(plane.any(1 - side))
        margin = round(MARGIN_MM / spacing_mm[other])
        box[other] = slice(max(hit[0] - margin, 0), hit[-1] + margin + 1)
    on_plane[tuple(box)] = True
    return on_plane


def score(islet, folder, label, affine, spacing_mm, planes):
    """The DSC of what is unknown with so many planes of each kind."""
    known = np.zeros_like(label)
    known[spread(label, planes["axial"])] = True
    for kind, axis in AXES.items():
        for index in spread(np.moveaxis(label, axis, 0), planes.get(kind, 0)):
            known |= around_mask(label, axis, index, spacing_mm)
    mask, _, _ = propagated(islet, folder, np.where(known, label, IGNORE), affine)
    mask, truth = mask[~known], label[~known]
    return 2 * (mask & truth).sum() / (mask.sum() + truth.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ct82", type=Path)
    parser.add_argument("islet")
    parser.add_argument("--planes", type=int, nargs="*", default=[3, 4, 5, 7, 10])
    args = parser.parse_args()
    ways = [{}, {"coronal": 1}, {"sagittal": 1}, {"coronal": 1, "sagittal": 1}, {"coronal": 2}]
    names = ["axial alone", *(", ".join(f"{count} {kind}" for kind, count in way.items()) for way in ways[1:])]
    print("| patient | planes | " + " | ".join(names) + " |")
    print("|---|---|" + "---|" * len(ways), flush=True)
    for case in (1, 2):
        folder, _, label, affine, spacing_mm = read(args.ct82, case)
        for planes in args.planes:
            cells = []
            for way in ways:
                axial = planes - sum(way.values())
                accepted = dict(way, axial=axial)
                cells.append(f"{score(args.islet, folder, label, affine, spacing_mm, accepted):.3f}" if axial > 1 else "-")
            print(f"| {case} | {planes} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
