#!/usr/bin/env bash
# torch 2.13.0: without AVX512-BF16 or AMX, a linear layer's gradient in bf16 takes 15 to 150 times as long as in fp32.
#
# A linear layer has three products. On an x86 processor with AVX2 but no instructions for bf16, the forward product (x @ W.T)
# takes 3 to 8 times as long in bf16 as in fp32, and the weight's gradient (g.T @ x) up to 8 times. The input's gradient (g @ W),
# which reads both matrices along their rows, takes 18 to 154 times: it runs at less than 2 GFLOP/s per core, against 70 in fp32.
# oneDNN does not support bf16 there (`torch.ops.mkldnn._is_mkldnn_bf16_supported()` is False), and each of the three products
# takes a different path. There is no warning. LoRA on a base in bf16 is hit worst, because every layer needs this gradient: Gemma
# 3 270M predicts 7 times and trains 22 times as slowly as with the same weights converted to fp32.
#
# Seen with torch 2.13.0 (CPU build), Python 3.11, one thread of an AMD EPYC with AVX2 (bf16's time over fp32's):
#   16 rows of 640 to 2048:  x @ W.T 3.0,  g.T @ x 2.2,  g @ W 18.0
#   1024 rows of 640 to 2048:  x @ W.T 6.7,  g.T @ x 3.1,  g @ W 56.2
#   1024 rows of 2048 to 640:  x @ W.T 8.1,  g.T @ x 7.5,  g @ W 153.5
# Exits 1 if the behaviour has changed. On a processor with such instructions, or not x86, it says so and shows nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.3.4
OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 venv/bin/python - <<'PYTHON'
import platform
import sys
import time

import torch

torch.set_num_threads(1)
instructions = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
if platform.machine() not in ("x86_64", "AMD64") or instructions:
    sys.exit(print("this processor is not x86 or has instructions for bf16, so there is nothing to show"))


def seconds(product):
    product()
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        product()
        best = min(best, time.process_time() - started)
    return best


slowest = []
for rows, inner, outer in ((16, 640, 2048), (1024, 640, 2048), (1024, 2048, 640)):
    took = {}
    for dtype in (torch.float32, torch.bfloat16):
        torch.manual_seed(0)
        x, w, g = (torch.randn(*shape).to(dtype) for shape in ((rows, inner), (outer, inner), (rows, outer)))
        took[dtype] = [seconds(one) for one in (lambda: x @ w.T, lambda: g.T @ x, lambda: g @ w)]
    forward, of_weight, of_input = (
        bf16 / fp32 for fp32, bf16 in zip(took[torch.float32], took[torch.bfloat16], strict=True)
    )
    print(
        f"{rows} rows of {inner} to {outer}:  x @ W.T {forward:.1f},  g.T @ x {of_weight:.1f},  g @ W {of_input:.1f}"
    )
    slowest.append(of_input)

sys.exit(0 if min(slowest) > 8 else print("the input's gradient is no longer that slow") or 1)
PYTHON
