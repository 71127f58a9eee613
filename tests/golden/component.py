"""Writes component.json: what SciPy says is outside the largest component of some masks, for tests/it/result.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    /tmp/venv/bin/python tests/golden/component.py

Masks are packed eight voxels to a byte, first voxel highest, `[z, y, x]`, as hexadecimal digits.
"""

import json
import pathlib

import numpy as np
from scipy import ndimage


def packed(mask):
    return np.packbits(mask.ravel()).tobytes().hex()


def case(rng, dims, smooth, share):
    noise = ndimage.gaussian_filter(rng.standard_normal(dims), smooth) if smooth else rng.standard_normal(dims)
    mask = noise > np.quantile(noise, 1 - share)
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())[1:]
    assert count > 1 and np.sort(sizes)[-2] < sizes.max(), "one component is the largest"
    kept = labels == 1 + sizes.argmax()
    return {"dims": dims, "components": int(count), "mask": packed(mask), "strays": packed(mask & ~kept)}


rng = np.random.default_rng(20)
cases = [case(rng, dims, smooth, share) for dims, smooth, share in [
    ((6, 12, 17), 0, 0.08), ((9, 20, 24), 0.7, 0.12), ((5, 31, 8), 0.9, 0.3), ((12, 16, 16), 1.2, 0.2), ((1, 24, 24), 0.8, 0.3), ((7, 9, 40), 0, 0.05),
]]
text = json.dumps(cases, separators=(",", ":"))
pathlib.Path(__file__).with_name("component.json").write_text(text.replace("},{", "},\n{") + "\n")
print([(c["dims"], c["components"]) for c in cases], len(text))
