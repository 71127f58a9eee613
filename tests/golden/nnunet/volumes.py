"""Writes varied.pth: the network of plain.pth with random weights that find background, spleen and pancreas.

    python volumes.py

Its labels lie anywhere; tests compare what the page makes of them with what `predict` does.
versions.json has the versions.
"""

import torch

from checkpoints import HERE, Network, checkpoint


def main():
    torch.manual_seed(17)
    network = Network()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            is_bias = name.endswith("bias")
            parameter.normal_(0.0 if is_bias or "norm" not in name else 1.0, 0.1 if is_bias else 0.5)
    torch.save(checkpoint(network.state_dict(), {}, (0, 1, 2)), HERE / "varied.pth")


if __name__ == "__main__":
    main()
