"""A random model of the size of TotalSegmentator's 3 mm one on a whole scan: Islet and TotalSegmentator in the same run.

    pip install TotalSegmentator pydicom nibabel
    cargo build --release --bin islet
    python benches/whole_scan.py target/release/islet ../shared/ct82 [--folder DIR]

Writes the release zip (benches/random_releases.py: 118 classes, 16.6 M parameters) as TotalSegmentator lays it out, has both
programs segment patient 1 of CT-82 with it, and prints seconds, reading and writing included, the peak of memory, and the share of
voxels on which Islet with --exact agrees with TotalSegmentator. The release stays in --folder for `islet import` and for
`node benches/volume_model.mjs`.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from random_releases import FAST, write_release

# A process of its own: what a process starts counts as large as its starter was, which here holds PyTorch and the scan.
TIMED = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


def timed(command, **options):
    """Seconds, and the peak in MiB of the largest process that the command runs."""
    output = subprocess.run([sys.executable, "-c", TIMED, *command], check=True, stdout=subprocess.PIPE, **options).stdout
    return json.loads(output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("ct82", type=Path)
    parser.add_argument("--folder", type=Path, default=None)
    args = parser.parse_args()

    import nibabel
    import numpy as np

    from few_slices import read

    folder = args.folder or Path(tempfile.mkdtemp())
    home = folder / "home"
    results = home / "nnunet" / "results"
    release = write_release(FAST, results).rename(folder / f"{FAST.dataset}.zip")
    config = {"totalseg_id": "none", "send_usage_stats": False, "prediction_counter": 0, "statistics_disclaimer_shown": True}
    (home / "config.json").write_text(json.dumps(config))
    _, hu, _, affine, _ = read(args.ct82, 1)
    scan = folder / "scan.nii.gz"
    nibabel.save(nibabel.Nifti1Image(hu.transpose(2, 1, 0).astype(np.int16), affine), scan)

    model, ours, exact, theirs = (folder / name for name in ("model.safetensors", "ours.nii.gz", "exact.nii.gz", "theirs.nii.gz"))
    subprocess.run([args.binary, "import", "--nnunet", release, "--output", model], check=True)
    predict = [args.binary, "predict", "--model", model, "--input", scan, "--output"]
    ours_time = timed([*predict, ours])
    exact_time = timed([*predict, exact, "--exact"])
    call = ("import sys; from totalsegmentator.python_api import totalsegmentator; "
            "totalsegmentator(sys.argv[1], sys.argv[2], ml=True, fast=True, device='cpu', quiet=True)")
    theirs_time = timed([sys.executable, "-c", call, scan, theirs], env=os.environ | {"TOTALSEG_HOME_DIR": str(home)})
    labels = [np.asanyarray(nibabel.load(path).dataobj) for path in (ours, exact, theirs)]
    print("| program | seconds | MiB at the peak | voxels equal to TotalSegmentator's |")
    print("|---|---|---|---|")
    for name, (seconds, mib), mask in zip(["Islet", "Islet --exact", "TotalSegmentator"], [ours_time, exact_time, theirs_time], labels):
        print(f"| {name} | {seconds:.0f} | {mib:.0f} | {100 * (mask == labels[2]).mean():.3f} % |")


if __name__ == "__main__":
    main()
