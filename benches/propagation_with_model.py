"""What the mask of a model adds to a propagation from few slices, on CT-82 (docs/PROPAGATION.md).

    pip install numpy scipy pydicom nibabel
    cargo build --release --bin islet
    python benches/propagation_with_model.py ../shared/ct82 target/release/islet [--n 3 5 10]

No model that is good on these patients without having learned from them is at hand. So stand-ins of known quality speak: the
label itself, its border moved by smooth random displacements, with pieces lost and false pieces beside it; and the label 25
pixels off along rows and columns, as a model that is wrong throughout. The DSC is that of all slices that are not accepted,
on the scan's own grid, as in few_slices.py.
"""
import argparse
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from few_slices import dsc, propagated, read, spread

# Displacement in mm; noise (in standard deviations) above which a piece is lost, and beside the organ a false one begins.
STAND_INS = [(1.0, 3.0, 3.0), (2.5, 1.9, 2.4), (3.5, 1.3, 2.0), (5.0, 0.5, 1.4), (8.0, -0.1, 1.2)]


def noise(random, shape, spacing_mm, width_mm):
    """Smooth noise with a standard deviation of 1."""
    field = gaussian_filter(random.standard_normal(shape, np.float32), [width_mm / mm for mm in spacing_mm])
    return field / field.std()


def stand_in(label, spacing_mm, displacement_mm, lost, false, random):
    inside = np.argwhere(label)
    box = tuple(slice(max(low - 20, 0), high + 21) for low, high in zip(inside.min(0), inside.max(0)))
    part = label[box].astype(np.float32)
    places = np.meshgrid(*map(np.arange, part.shape), indexing="ij")
    moved = [place + noise(random, part.shape, spacing_mm, 10) * displacement_mm / mm for place, mm in zip(places, spacing_mm)]
    mask = map_coordinates(gaussian_filter(part, [1.5 / mm for mm in spacing_mm]), moved, order=1) > 0.5
    mask &= noise(random, part.shape, spacing_mm, 12) <= lost
    beside = gaussian_filter(part, [8 / mm for mm in spacing_mm]) > 0.02
    mask |= (noise(random, part.shape, spacing_mm, 7) > false) & beside
    whole = np.zeros_like(label)
    whole[box] = mask
    return whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ct82", type=Path)
    parser.add_argument("islet", type=Path)
    parser.add_argument("--n", type=int, nargs="+", default=[3, 5, 10])
    args = parser.parse_args()
    print("| patient | accepted | model alone | accepted slices alone | both | seconds |")
    print("|---|---|---|---|---|---|")
    for case in (1, 2):
        folder, _, label, affine, spacing_mm = read(args.ct82, case)
        random = np.random.default_rng(case)
        models = [stand_in(label, spacing_mm, *how, random) for how in STAND_INS]
        models.append(np.roll(label, (25, 25), (1, 2)))
        for n in args.n:
            accepted = spread(label, n)
            alone = dsc(propagated(args.islet, folder, label, affine, accepted)[0], label, accepted)
            for model in models:
                mask, seconds, _ = propagated(args.islet, folder, label, affine, accepted, model)
                scores = [dsc(model, label, accepted), alone, dsc(mask, label, accepted)]
                print(f"| {case} | {n} | " + " | ".join(f"{score:.3f}" for score in scores) + f" | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
