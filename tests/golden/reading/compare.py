"""Draws scans at random, and compares what Islet reads of them with what dcm2niix, SimpleITK, nibabel and pynrrd read.

    pip install dcm2niix==1.0.20260724 SimpleITK==2.5.7 nibabel==5.4.2 pydicom==3.0.2 pynrrd==1.1.3 numpy==2.4.6
    cargo build --release --locked --example read_scans
    python tests/golden/reading/compare.py target/release/examples/read_scans
    python tests/golden/reading/compare.py PROGRAM --write docs/READING.md           # the tables of that page
    python tests/golden/reading/compare.py PROGRAM --only dicom-17 --keep FOLDER     # one input, kept, with what everybody reads

PROGRAM is the example `read_scans`. Every input is also held to what was drawn, by construction. `reasons.py` has the differences that are known and why Islet
is right; any other ends in exit code 1.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import draw_dicom
import draw_metaimage
import draw_nifti
import draw_nrrd
import report
from readers import READERS
from reasons import reason
from scans import Volume, all_differences

# What is drawn: name, how many, which readers, and how.
KINDS = [
    ("dicom", "DICOM series", 200, "dicom", draw_dicom.draw_series),
    ("study", "DICOM folders with several series", 30, "dicom", draw_dicom.draw_study),
    ("frames", "DICOM multi-frame", 40, "dicom", draw_dicom.draw_multi_frame),
    ("nifti", "NIfTI-1, one file", 180, "nifti", draw_nifti.draw),
    ("pair", "NIfTI-1, header and image", 40, "nifti", lambda *at: draw_nifti.draw(*at, pair=True)),
    ("nifti2", "NIfTI-2", 40, "nifti", lambda *at: draw_nifti.draw(*at, version=2)),
    ("nrrd", "NRRD, one file", 130, "nrrd", draw_nrrd.draw),
    ("nhdr", "NRRD, detached header", 40, "nrrd", lambda *at: draw_nrrd.draw(*at, detached=True)),
    ("meta", "MetaImage, one file and two", 40, "meta", draw_metaimage.draw),
]


def drawn(seed, only, folder):
    """The inputs: each depends on the seed, its kind and its number alone."""
    for place, (key, _, count, peers, draw) in enumerate(KINDS):
        for number in range(count):
            name = f"{key}-{number}"
            if not only or name in only:
                yield key, peers, draw(np.random.default_rng([seed, place, number]), name, folder / name)


def what_islet_reads(program, cases):
    """By the name of a case: volumes, or the words of the refusal."""
    paths = "".join(f"{case.path}\n" for case in cases)
    run = subprocess.run([program], input=paths, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{program} ended with {run.returncode}: {run.stderr.strip()}")
    found = {}
    for case, line in zip(cases, run.stdout.splitlines(), strict=True):
        said = json.loads(line)
        volumes = [volume_of(one) for one in said["series"] + said["labels"]]
        why = "; ".join(said["refused"] + [f"{listed['name']}: {listed['reason']}" for listed in said["listed"]])
        notes = [note for one in said["series"] for note in one["notes"]]
        found[case.name] = (volumes, why, notes)
    return found


def volume_of(said):
    affine = np.full((4, 4), np.nan) if said["affine_lps"] is None else np.array([*said["affine_lps"], [0, 0, 0, 1]])
    return Volume(affine, np.array(said["voxels"], float).reshape(said["dims"]).transpose(2, 1, 0))


def against_drawn(case, volumes, why):
    """How Islet differs from what was drawn."""
    if case.refusals:
        refused = not volumes and any(word in why for word in case.refusals)
        return "" if refused else f"refusal: one of {case.refusals} was expected, got {len(volumes)} volumes {why}"
    if not volumes:
        return f"refused: {why}"
    return all_differences(volumes, case.truth, case.tolerance_hu)


def against_peer(read, case, volumes):
    """Whether the peer could read it, and how Islet differs from it."""
    try:
        theirs = read(case.path)
    except Exception as error:  # Whatever a peer throws: it does not read the file.
        return False, str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
    if not volumes:
        return True, f"refused: Islet reads nothing, they read {len(theirs)} volumes"
    return True, all_differences(volumes, theirs, case.tolerance_hu)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("program", help="the example read_scans")
    args.add_argument("--seed", type=int, default=13)
    args.add_argument("--only", nargs="*", help="only these inputs, such as dicom-17")
    args.add_argument("--keep", type=Path, help="an empty folder for the inputs")
    args.add_argument("--write", type=Path, help="a page whose tables are replaced")
    args = args.parse_args()
    started = time.monotonic()
    folder = args.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        cases = list(drawn(args.seed, args.only, folder))
        islet = what_islet_reads(args.program, [case for *_, case in cases])
        results = [
            result for key, peers, case in cases for result in compared(key, peers, case, islet[case.name], args.only)
        ]
    finally:
        if not args.keep:
            shutil.rmtree(folder)
    page = report.tables(KINDS, results, args.seed)
    if args.write:
        report.replace(args.write, page)
    print(page)
    unexplained = [result for result in results if result.status == "open"]
    for result in unexplained:
        print(
            f"open: {result.case} ({', '.join(sorted(result.traits))}): Islet and {result.reader}: {result.text}",
            file=sys.stderr,
        )
    print(
        f"{len(cases)} inputs in {time.monotonic() - started:.0f} s, {len(unexplained)} differences open",
        file=sys.stderr,
    )
    sys.exit(1 if unexplained else 0)


def compared(key, peers, case, ours, verbose):
    volumes, why, notes = ours
    text = against_drawn(case, volumes, why)
    as_drawn = not text
    results = [report.Result(key, case.name, case.traits, "drawn", "agrees" if as_drawn else "open", text)]
    for reader, read in READERS[peers].items():
        can_read, text = against_peer(read, case, volumes)
        status = "agrees" if not text else "unread" if not can_read else "open"
        why_right = reason(reader, case.traits, text, notes) if status == "open" and as_drawn else None
        results.append(
            report.Result(key, case.name, case.traits, reader, "explained" if why_right else status, text, why_right)
        )
    if verbose:
        for result in results:
            print(result, file=sys.stderr)
        print("notes:", notes, "refused:", why, file=sys.stderr)
    return results


if __name__ == "__main__":
    main()
