#!/usr/bin/env python3
"""Makes a safetensors file of a PyTorch or solo-learn checkpoint, for `augsphere import`.

    pip install torch safetensors numpy
    python scripts/to_safetensors.py checkpoint.ckpt encoder.safetensors

Reading a checkpoint of PyTorch can run code that is in it: take files from people you trust only.
"""
import sys

import torch
from safetensors.torch import save_file

PREFIXES = ("state_dict.", "module.", "model.", "backbone.", "encoder.", "encoder_q.", "net.")

source, target = sys.argv[1:3]
state = torch.load(source, map_location="cpu", weights_only=False)
while isinstance(state, dict) and (inner := next((state[key] for key in ("state_dict", "model", "net") if key in state), None)):
    state = inner
weights = {}
for name, value in (state.state_dict() if hasattr(state, "state_dict") else state).items():
    while prefix := next((prefix for prefix in PREFIXES if name.startswith(prefix)), None):
        name = name[len(prefix):]
    if torch.is_tensor(value) and value.is_floating_point():
        if name in weights:
            sys.exit(f"{name} is there twice: leave one of them out of {source}")
        weights[name] = value.float().contiguous().clone()
save_file(weights, target)
print(f"{len(weights)} tensors in {target}")
