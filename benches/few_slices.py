"""The table of docs/PROPAGATION.md: from n accepted slices to the whole pancreas, on CT-82.

    pip install numpy scipy pydicom nibabel scikit-image
    cargo build --release --bin islet
    python benches/few_slices.py ../shared/ct82 target/release/islet [--n 3 5 7 10 14] [--walker]
        [--follow] [--onward] [--organs FOLDER ...]

The accepted slices are spread evenly over the label's extent and hold the true label; the DSC is
that of all other slices as one volume, on the scan's own grid. `islet propagate` uses no model and
learns nothing from other scans. Beside it, in the same run: shape interpolation (the signed
distance, linear between slices, nothing beyond the ends) and, with --walker, scikit-image's random
walker (beta 6000, 12 slices beyond the ends), which takes minutes.

With --follow, the person's side: nothing is known of the organ's extent. A person begins with the
largest cut or at 0.3, 0.42, 0.54 or 0.66 of the extent, goes on 20 mm above it, and then accepts
the slice that `islet propagate` names next: the mean of these five ways. Beside it what
anybody would do without being told: steps of 15 mm outward, in turn above and below, until an empty
slice ends the organ, then the middle of the widest gap; and slices spread evenly over the extent,
which nobody knows then.

With --onward, a person who goes through the organ slice by slice, every 5, 8 or 12 mm from either
end: how good is the completed mask on the slice that comes next, after 3, 5, 7 and 9 slices? Beside
it the mask of the last accepted slice as it is.

With --organs, both take every organ of `islet phantom --organs` too.
"""
import argparse
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from scipy.ndimage import distance_transform_edt, gaussian_filter

# The label of voxels that nobody has labelled.
IGNORE = 2
# The steps of somebody who looks for the ends of an organ, in mm.
OUTWARD_MM = 15


def read(root, case):
    """The series' folder, HU and label `[z, y, x]` in the order of InstanceNumber, and the affine."""
    files = list((root / "Pancreas-CT" / f"PANCREAS_{case:04d}").rglob("*.dcm"))
    slices = sorted((pydicom.dcmread(file) for file in files), key=lambda s: int(s.InstanceNumber))
    hu = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices])
    label = next(root.rglob(f"label{case:04d}.nii*"))
    label = np.asarray(nibabel.load(label).dataobj).transpose(2, 1, 0) > 0
    positions = [np.array(s.ImagePositionPatient, float) for s in slices]
    row, column = np.array(slices[0].ImageOrientationPatient, float).reshape(2, 3)
    spacing = [float(value) for value in slices[0].PixelSpacing]
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * spacing[1], column * spacing[0]
    affine[:3, 2], affine[:3, 3] = positions[1] - positions[0], positions[0]
    spacing_mm = (abs(affine[2, 2]), *spacing)
    return files[0].parent, hu.astype(np.float32), label, np.diag([-1, -1, 1, 1]) @ affine, spacing_mm


def spread(label, n):
    z = np.flatnonzero(label.any((1, 2)))
    return [round(z[0] + (j + 0.5) * (z[-1] - z[0]) / n) for j in range(n)]


def overlap(mask, label):
    return 2 * (mask & label).sum() / (mask.sum() + label.sum())


def dsc(mask, label, accepted):
    rest = np.ones(len(label), bool)
    rest[accepted] = False
    return overlap(mask[rest], label[rest])


def propagated(islet, folder, labels, affine, accepted=None, predicted=None):
    """The mask, the seconds that it took, and the slice that is named next. Without accepted slices, all labels but
    IGNORE are known."""
    with tempfile.TemporaryDirectory() as scratch:
        corrections, model, output = (f"{scratch}/{name}.nii" for name in ("corrections", "model", "mask"))
        Path(scratch, "dataset.json").write_text(json.dumps({"labels": {"background": 0, "organ": 1, "ignore": IGNORE}}))
        nibabel.save(nibabel.Nifti1Image(labels.transpose(2, 1, 0).astype(np.uint8), affine), corrections)
        command = [islet, "propagate", "--input", str(folder), "--corrections", corrections, "--output", output]
        if accepted is not None:
            command += ["--accepted", ",".join(map(str, accepted))]
        if predicted is not None:
            nibabel.save(nibabel.Nifti1Image(predicted.transpose(2, 1, 0).astype(np.uint8), affine), model)
            command += ["--predicted", model]
        said = subprocess.run(command, check=True, capture_output=True)
        seconds = float(said.stdout.split(b" s\n")[0].split()[-1])
        named = re.search(rb"next to accept: slice (\d+)", said.stdout)
        mask = np.asarray(nibabel.load(output).dataobj).transpose(2, 1, 0) > 0
        return mask, seconds, int(named[1]) if named else None


def named_next(label, accepted, spacing_mm, named):
    """The slice that `islet propagate` named."""
    return named


def outward_then_halves(label, accepted, spacing_mm, named):
    """The slice 15 mm outward on the side that was gone to less, until the organ has ended on both; then the middle of
    the widest gap, of which one that holds an end of the organ counts half."""
    held = sorted(z for z in accepted if label[z].any())
    first, last, step = held[0], held[-1], max(1, round(OUTWARD_MM / spacing_mm[0]))
    middle = (accepted[0] + accepted[1]) / 2
    open_sides = []
    if first > 0 and not any(z < first for z in accepted):
        open_sides.append((middle - first, max(0, first - step)))
    if last < len(label) - 1 and not any(z > last for z in accepted):
        open_sides.append((last - middle, min(len(label) - 1, last + step)))
    if open_sides:
        return min(open_sides)[1]
    ends = sorted(accepted)
    gaps = [((high - low) * (label[low].any() + label[high].any()), (low + high) // 2)
            for low, high in zip(ends, ends[1:]) if high - low > 1]
    width, between = max(gaps, default=(0, None))
    return between if width > 0 else None


def ways_to_begin(label, spacing_mm):
    """The first two accepted slices, five times."""
    held = np.flatnonzero(label.any((1, 2)))
    firsts = [int(np.argmax(label.sum((1, 2)))),
              *(round(held[0] + part * (held[-1] - held[0])) for part in (0.3, 0.42, 0.54, 0.66))]
    step = round(20 / spacing_mm[0])
    return [[first, first + step if first + step < len(label) else first - step] for first in firsts]


def followed(islet, folder, label, affine, spacing_mm, numbers, choose):
    """The mean DSC by the number of accepted slices, each but the first two being the one that is chosen next. Where
    there is none left to choose, the last score stands."""
    scores = {n: [] for n in numbers}
    for accepted in ways_to_begin(label, spacing_mm):
        score = 0.0
        for n in range(2, max(numbers) + 1):
            if len(accepted) == n:
                mask, _, named = propagated(islet, folder, label, affine, sorted(accepted))
                score = dsc(mask, label, sorted(accepted))
                following = choose(label, accepted, spacing_mm, named)
                if following is not None:
                    accepted.append(following)
            if n in scores:
                scores[n].append(score)
    return {n: float(np.mean(of_ways)) for n, of_ways in scores.items()}


def follow(islet, scans, numbers):
    """Prints the DSC of followed proposals and, below, that of what anybody would do and of evenly spaced slices."""
    def row(name, scores):
        print(f"| {name} |" + "".join(f" {scores[n]:.3f} |" for n in numbers), flush=True)

    print("| scan |" + "".join(f" {n} |" for n in numbers))
    print("|---|" + "---|" * len(numbers))
    for name, scan, label, affine, spacing_mm in scans:
        row(name, followed(islet, scan, label, affine, spacing_mm, numbers, named_next))
        row(f"{name}, 15 mm outward, then halves",
            followed(islet, scan, label, affine, spacing_mm, numbers, outward_then_halves))
        evenly = {}
        for n in numbers:
            accepted = sorted(set(spread(label, n)))
            evenly[n] = dsc(propagated(islet, scan, label, affine, accepted)[0], label, accepted)
        row(f"{name}, evenly spaced", evenly)


def onward(islet, scans):
    """Prints the mean DSC of the slice that comes next when an organ is gone through from either end."""
    print("| slices every | cases | completed mask | of them empty | last accepted mask |")
    print("|---|---|---|---|---|")
    for step_mm in (5, 8, 12):
        completed, copied = [], []
        for _, folder, label, affine, spacing_mm in scans:
            held = np.flatnonzero(label.any((1, 2)))
            step = max(1, round(step_mm / spacing_mm[0]))
            for start, way in ((held[0] + 2, step), (held[-1] - 2, -step)):
                for count in (3, 5, 7, 9):
                    *accepted, following = (int(start + i * way) for i in range(count + 1))
                    if held[0] <= following <= held[-1]:
                        mask, _, _ = propagated(islet, folder, label, affine, sorted(accepted))
                        completed.append(overlap(mask[following], label[following]))
                        copied.append(overlap(label[accepted[-1]], label[following]))
        empty = sum(score == 0 for score in completed)
        print(f"| {step_mm} mm | {len(completed)} | {np.mean(completed):.3f} | {empty} | {np.mean(copied):.3f} |", flush=True)


def patients(root):
    """As `organs`, of the two patients."""
    for case in (1, 2):
        folder, _, label, affine, spacing_mm = read(root, case)
        yield f"patient {case}", folder, label, affine, spacing_mm


def organs(folder):
    """Name, scan, label `[z, y, x]`, affine and spacing in mm of every organ in nnU-Net's layout."""
    names = json.loads((folder / "dataset.json").read_text())["labels"]
    for path in sorted((folder / "labelsTr").glob("*.nii.gz")):
        image = nibabel.load(path)
        labels = np.asarray(image.dataobj).transpose(2, 1, 0)
        scan = folder / "imagesTr" / path.name.replace(".nii.gz", "_0000.nii.gz")
        for name, value in names.items():
            if value != 0 and (labels == value).any():
                spacing_mm = image.header.get_zooms()[::-1]
                yield f"{name}, {path.parents[1].name}", scan, labels == value, image.affine, spacing_mm


def interpolated(label, accepted):
    def distance(mask):
        return distance_transform_edt(mask) - distance_transform_edt(~mask)

    mask = np.zeros_like(label)
    for low, high in zip(accepted, accepted[1:]):
        for z in range(low + 1, high):
            t = (z - low) / (high - low)
            mask[z] = (1 - t) * distance(label[low]) + t * distance(label[high]) > 0
    return mask


def walked(hu, label, spacing_mm, accepted, beyond=12, margin=20):
    from skimage.segmentation import random_walker

    known = label[accepted].any(0)
    rows, columns = np.flatnonzero(known.any(1)), np.flatnonzero(known.any(0))
    first = max(accepted[0] - beyond, 0)
    box = (slice(first, min(accepted[-1] + beyond + 1, len(hu))),
           slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
           slice(max(columns[0] - margin, 0), columns[-1] + margin + 1))
    image = np.clip(gaussian_filter(np.clip(hu[box], -200, 300), (0.4, 0.8, 0.8)), -150, 250) / 400
    seeds = np.zeros(image.shape, np.int32)
    for z in accepted:
        seeds[z - first] = np.where(label[z][box[1:]], 1, 2)
    seeds[0] = seeds[-1] = 2
    inside = random_walker(image, seeds, beta=6000, mode="cg_j", tol=1e-3, spacing=spacing_mm) == 1
    mask = np.zeros_like(label)
    mask[box] = inside
    return mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ct82", type=Path)
    parser.add_argument("islet")
    parser.add_argument("--n", type=int, nargs="*", default=[3, 5, 7, 10, 14])
    parser.add_argument("--walker", action="store_true")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--onward", action="store_true")
    parser.add_argument("--organs", type=Path, nargs="*", default=[])
    args = parser.parse_args()
    of_folders = [organ for folder in args.organs for organ in organs(folder)]
    if args.follow:
        follow(args.islet, [*patients(args.ct82), *of_folders], args.n)
        return
    if args.onward:
        onward(args.islet, [*patients(args.ct82), *of_folders])
        return
    print("| patient | accepted | islet propagate | seconds | shape interpolation | random walker |")
    print("|---|---|---|---|---|---|", flush=True)
    for case in (1, 2):
        folder, hu, label, affine, spacing_mm = read(args.ct82, case)
        for n in args.n:
            accepted = spread(label, n)
            mask, seconds, _ = propagated(args.islet, folder, label, affine, accepted)
            scores = [dsc(mask, label, accepted), dsc(interpolated(label, accepted), label, accepted)]
            started = time.time()
            walker = "-"
            if args.walker:
                score = dsc(walked(hu, label, spacing_mm, accepted), label, accepted)
                walker = f"{score:.3f} ({time.time() - started:.0f} s)"
            print(f"| {case} | {n} | {scores[0]:.3f} | {seconds:.1f} | {scores[1]:.3f} | {walker} |", flush=True)


if __name__ == "__main__":
    main()
