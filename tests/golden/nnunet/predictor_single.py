"""Writes NAME/labels_single.nii.gz and single_versions.json into predictor/: what nnU-Net and TotalSegmentator say of the same models and scans where they
add patches up in single precision in place of half. Run it after predictor.py, with the same packages:

    /tmp/venv/bin/python tests/golden/nnunet/predictor_single.py

Both words `torch.half` in the source of nnU-Net's predictor are replaced by `torch.float32`, and nothing else; the importance of a
patch's voxels stays in half precision. Islet adds in single precision unless `--exact` is given.
"""
import importlib.metadata
import inspect
import json
import os
import pathlib
import shutil
import tempfile
import textwrap
import zipfile

SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="predictor_"))
os.environ.update(nnUNet_raw=str(SCRATCH), nnUNet_preprocessed=str(SCRATCH), nnUNet_results=str(SCRATCH),
                  TOTALSEG_HOME_DIR=str(SCRATCH / "home"), nnUNet_def_n_proc="1", nnUNet_compile="f")

import nibabel as nib
import numpy as np
import torch
from nnunetv2.inference import predict_from_raw_data
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

HERE = pathlib.Path(__file__).with_name("predictor")


def add_in_single_precision():
    name = "_internal_predict_sliding_window_return_logits"
    source = textwrap.dedent(inspect.getsource(getattr(nnUNetPredictor, name)))
    assert source.count("torch.half") == 2, "another version of nnU-Net"
    scope = {}
    exec(source.replace("torch.half", "torch.float32"), predict_from_raw_data.__dict__, scope)
    setattr(nnUNetPredictor, name, scope[name])


def report(name, labels):
    half = np.asanyarray(nib.load(HERE / name / "labels.nii.gz").dataobj)
    present = np.union1d(np.unique(labels), np.unique(half))
    dsc = [2 * ((labels == c) & (half == c)).sum() / ((labels == c).sum() + (half == c).sum()) for c in present]
    print(name, f"{(labels == half).mean():.5f} of the voxels as with half precision; DSC of the worst class {min(dsc):.4f}")


def nnunet(name, folds=(0,)):
    folder = HERE / name
    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(folder / "model"), folds)
    predictor.predict_from_files_sequential([[str(folder / "scan_0000.nii.gz")]], [str(SCRATCH / name)])
    shutil.copy(SCRATCH / f"{name}.nii.gz", folder / "labels_single.nii.gz")
    report(name, np.asanyarray(nib.load(folder / "labels_single.nii.gz").dataobj))


def total():
    from totalsegmentator.python_api import totalsegmentator
    folder = HERE / "total"
    results = SCRATCH / "home" / "nnunet" / "results"
    results.mkdir(parents=True)
    with zipfile.ZipFile(next(folder.glob("Dataset297*.zip"))) as archive:
        archive.extractall(results)
    config = {"totalseg_id": "none", "send_usage_stats": False, "prediction_counter": 0,
              "statistics_disclaimer_shown": True}
    (SCRATCH / "home" / "config.json").write_text(json.dumps(config))
    totalsegmentator(folder / "scan_0000.nii.gz", SCRATCH / "total.nii.gz", ml=True, fast=True, device="cpu", quiet=True,
                     nr_thr_saving=1)
    labels = nib.load(SCRATCH / "total.nii.gz")
    array = np.asanyarray(labels.dataobj).astype(np.uint8)
    nib.save(nib.Nifti1Image(array, labels.affine), folder / "labels_single.nii.gz")
    report("total", array)


def main():
    add_in_single_precision()
    for name in ("isotropic", "anisotropic", "small"):
        nnunet(name)
    nnunet("residual", (0, 1))
    total()
    versions = {name: importlib.metadata.version(name) for name in ("nnunetv2", "TotalSegmentator", "torch", "numpy", "scipy")}
    (HERE / "single_versions.json").write_text(json.dumps(versions, indent=2) + "\n")
    shutil.rmtree(SCRATCH)


if __name__ == "__main__":
    main()
