"""Writes keras_article.safetensors, the article's network with 2 base filters as it leaves Keras through tools/from_keras.py, and
keras_article_says.safetensors, what Keras computes with it. For tests/it/frameworks.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6 safetensors==0.8.0
    /tmp/venv/bin/python tests/golden/frameworks/keras_article.py
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import parity
from safetensors.numpy import save_file

model = parity.network(**{**parity.PRESETS["article"], "base": 2, "width": 4})
with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/model.keras")
    out = HERE / "keras_article.safetensors"
    subprocess.run([sys.executable, HERE.parents[2] / "tools/from_keras.py", f"{folder}/model.keras", out], check=True)
logits, *attention = parity.run(model, parity.values("input", (2, 3, 32, 32)))
said = {"logits": logits} | {f"attention.{i}": alpha for i, alpha in enumerate(attention)}
save_file(said, str(HERE / "keras_article_says.safetensors"))
print(model.count_params(), "parameters;", {name: (y.min(), y.max()) for name, y in said.items()})
