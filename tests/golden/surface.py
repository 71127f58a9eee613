"""Writes surface.json.gz and statistics.json: what DeepMind's surface-distance, MedPy and SciPy say, for tests/it/metrics.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install numpy==2.4.6 scipy==1.17.1 surface-distance==0.1 MedPy==0.5.2
    /tmp/venv/bin/python tests/golden/surface.py

HD95 and NSD come from surface-distance, ASSD from MedPy, p-values and intervals from SciPy; nothing is computed here that our code
computes. Masks are packed eight voxels to a byte, first voxel highest, `[z, y, x]`, as hexadecimal digits. Where a mask is empty the
packages have no finite answer; such pairs say null, and what our scores say then is the test's business.
"""

import gzip
import json
import pathlib
import warnings

import numpy as np

np.Inf = np.inf  # surface-distance 0.1 still asks for the name that NumPy 2 dropped
warnings.filterwarnings("ignore", category=DeprecationWarning)  # and for SciPy's old namespaces

import surface_distance as sd
from medpy.metric.binary import assd
from scipy import ndimage, stats

HERE = pathlib.Path(__file__).parent
CLINICAL_MM = [(2.5, 0.7, 0.7), (1.0, 0.8, 0.8), (5.0, 0.9765625, 0.9765625), (3.0, 0.5, 0.5), (1.0, 1.0, 1.0), (0.7, 1.4, 2.1)]
TOLERANCES_MM = (1.0, 2.0)


def blob(rng, dims):
    """An organ-like region, sometimes of several pieces, sometimes cut by the border of the grid."""
    smooth = ndimage.gaussian_filter(rng.standard_normal(dims), rng.uniform(0.6, 2.5), mode="nearest")
    return smooth > np.quantile(smooth, rng.uniform(0.5, 0.97))


def disturbed(rng, mask):
    """What a network might have made of it: shifted, grown or shrunk, with specks."""
    out = np.roll(mask, rng.integers(-2, 3, 3), (0, 1, 2))
    kind = rng.integers(3)
    out = ndimage.binary_dilation(out) if kind == 1 else ndimage.binary_erosion(out) if kind == 2 else out
    return out ^ (rng.random(mask.shape) < rng.choice([0, 0.002, 0.05]))


def voxel(dims, at):
    mask = np.zeros(dims, bool)
    mask[at] = True
    return mask


def edge_cases(rng):
    dims = (5, 6, 7)
    none, full = np.zeros(dims, bool), np.ones(dims, bool)
    corner, other, middle = voxel(dims, (0, 0, 0)), voxel(dims, (4, 5, 6)), voxel(dims, (2, 3, 3))
    some = blob(rng, dims)
    yield from [(none, none), (none, some), (some, none), (none, corner), (full, none)]
    yield from [(corner, corner), (corner, other), (corner, middle), (full, full), (full, corner), (some, some)]
    yield from [(full, middle), (some, full), (middle, voxel(dims, (2, 3, 4))), (middle, voxel(dims, (3, 3, 3)))]
    for flat in [(1, 1, 1), (1, 1, 9), (1, 8, 9), (7, 1, 1), (6, 9, 1)]:
        a = rng.random(flat) < 0.5
        a.flat[0] = True
        yield a, ~a | voxel(flat, (0, 0, 0))


def pairs(rng):
    for pred, truth in edge_cases(rng):
        for spacing_mm in [(1.0, 1.0, 1.0), tuple(rng.uniform(0.4, 4.0, 3).round(6))]:
            yield pred, truth, spacing_mm
    for i in range(220):
        dims = tuple(rng.integers(2, [12, 18, 22]))
        truth = blob(rng, dims)
        pred = blob(rng, dims) if i % 4 == 0 else disturbed(rng, truth)
        if i % 10 == 1:  # every neighbourhood there is
            truth, pred = rng.random(dims) < 0.5, rng.random(dims) < 0.5
        clinical = i % 3 == 0
        yield pred, truth, CLINICAL_MM[i // 3 % len(CLINICAL_MM)] if clinical else tuple(rng.uniform(0.4, 5.0, 3).round(6))
    z, y, x = np.ogrid[:30, :80, :90]
    organ = lambda cz, cy, cx, r: ((z - cz) / (0.6 * r)) ** 2 + ((y - cy) / r) ** 2 + ((x - cx) / (1.6 * r)) ** 2 < 1
    yield organ(14, 40, 45, 16), organ(15, 42, 44, 17.5), (2.5, 0.7, 0.7)
    yield organ(14, 40, 45, 16) | organ(25, 8, 80, 3), organ(10, 50, 40, 20), (1.0, 0.8, 0.8)


def packed(mask):
    return np.packbits(mask).tobytes().hex()


def answers(pred, truth, spacing_mm):
    if not pred.any() or not truth.any():
        return dict(hd95_mm=None, assd_mm=None, nsd=None)
    distances = sd.compute_surface_distances(truth, pred, spacing_mm)
    return dict(
        hd95_mm=float(sd.compute_robust_hausdorff(distances, 95)),
        assd_mm=float(assd(pred, truth, voxelspacing=spacing_mm, connectivity=1)),
        nsd=[float(sd.compute_surface_dice_at_tolerance(distances, mm)) for mm in TOLERANCES_MM],
    )


def surface():
    golden = []
    for pred, truth, spacing_mm in pairs(np.random.default_rng(20240611)):
        about = dict(dims=[int(n) for n in pred.shape], spacing_mm=[float(mm) for mm in spacing_mm])
        golden.append(dict(**about, pred=packed(pred), truth=packed(truth), **answers(pred, truth, spacing_mm)))
    text = json.dumps(golden, separators=(",", ":")).encode()
    (HERE / "surface.json.gz").write_bytes(gzip.compress(text, mtime=0))
    print(len(golden), "pairs,", sum(g["nsd"] is None for g in golden), "with an empty mask")


def statistics():
    rng = np.random.default_rng(7)
    tests = []
    for n in [1, 2, 3, 5, 6, 7, 10, 13, 14, 20, 25, 26, 40, 50, 51, 80, 300]:
        for shift in [0.0, 0.3, 1.0]:
            plain = rng.normal(shift, 1, n).round(9)
            tied = rng.integers(-3, 5, n) / 4 + round(shift)
            tied[0] = tied[0] or 1.0  # something has to differ
            tests += [plain, tied]
    p = [float(stats.wilcoxon(d).pvalue) for d in tests]
    samples = [rng.beta(8, 2, 12).round(9), rng.lognormal(1, 0.8, 30).round(9), rng.normal(0, 5, 82).round(9)]
    intervals = []
    for x in samples:
        found = stats.bootstrap((x,), np.mean, method="percentile", n_resamples=200_000, batch=10_000, rng=rng).confidence_interval
        intervals.append(dict(
            values=x.tolist(), mean=float(np.mean(x)), standard_deviation=float(np.std(x, ddof=1)), interval_95=[float(v) for v in found],
        ))
    golden = dict(wilcoxon=[dict(differences=d.tolist(), p=v) for d, v in zip(tests, p)], intervals=intervals)
    (HERE / "statistics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(len(tests), "tests,", len(samples), "intervals")


if __name__ == "__main__":
    surface()
    statistics()
