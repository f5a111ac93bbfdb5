#!/usr/bin/env bash
# onnxruntime 1.32.0 and torch 2.13.0: with dynamic int8 quantization a row's answer depends on the rows it is batched with.
#
# `quantize_dynamic` of both libraries (recommended for CPUs by Optimum and many guides) rounds a product's input with one scale
# for the whole batch, computed from the smallest and the largest number in it. One row with large numbers makes the rounding
# coarse for all others. So another batch size, another order, or the padding next to a row changes answers although the weights
# are the same. In fp32 no number differs. To compare two such models, or one before and after, use the same rows in the same
# batches, or one row at a time. Otherwise the spread over replicates includes the effect of batches.
#
# Here: two layers (32 to 64 to 3) with random weights; 1,000 rows one at a time, then in one batch, then with one more row that
# is 20 times as large.
#
# Seen with Python 3.11, onnx 1.23.2, numpy 2.4.6, on an x86 processor with VNNI instructions:
#   of 1,000 rows, how many have another answer than when run alone, and the largest difference of a logit:
#   onnxruntime 1.32.0  fp32: in one batch 0 (.0000), with one large row 0 (.0000)
#   onnxruntime 1.32.0  int8: in one batch 3 (.1247), with one large row 38 (.8039)
#   torch 2.13.0        int8: in one batch 8 (.2470), with one large row 104 (2.0329)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > batches.py <<'PYTHON'
import logging
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
draw = np.random.default_rng(0)
first = draw.normal(0, 0.3, (32, 64)).astype("float32")
second = draw.normal(0, 0.3, (64, 3)).astype("float32")
rows = draw.normal(0, 1, (1000, 32)).astype("float32")
large = np.concatenate([rows, 20 * draw.normal(0, 1, (1, 32)).astype("float32")])

graph = helper.make_graph(
    [
        helper.make_node("MatMul", ["x", "first"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "second"], ["logits"]),
    ],
    "classifier",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 32])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", 3])],
    [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
model.ir_version = 9
onnx.save(model, "fp32.onnx")
quantize_dynamic("fp32.onnx", "int8.onnx", weight_type=QuantType.QInt8)


def of_onnx(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"x": batch})[0]


layers = torch.nn.Sequential(torch.nn.Linear(32, 64, bias=False), torch.nn.ReLU(), torch.nn.Linear(64, 3, bias=False))
layers[0].weight.data = torch.tensor(first.T.copy())
layers[2].weight.data = torch.tensor(second.T.copy())
of_torch = torch.ao.quantization.quantize_dynamic(layers, {torch.nn.Linear}, dtype=torch.qint8)

changed = {}
print("of 1,000 rows, how many have another answer than when run alone, and the largest difference of a logit:")
for name, logits in (
    (f"onnxruntime {onnxruntime.__version__}  fp32", of_onnx("fp32.onnx")),
    (f"onnxruntime {onnxruntime.__version__}  int8", of_onnx("int8.onnx")),
    (f"torch {torch.__version__.split('+')[0]}        int8", lambda batch: of_torch(torch.tensor(batch)).detach().numpy()),
):
    alone = np.concatenate([logits(rows[i : i + 1]) for i in range(1000)])
    together, beside = logits(rows), logits(large)[:1000]
    changed[name] = [int((each.argmax(1) != alone.argmax(1)).sum()) for each in (together, beside)]
    apart = [float(abs(each - alone).max()) for each in (together, beside)]
    print(f"{name}: in one batch {changed[name][0]} ({apart[0]:.4f}), with one large row {changed[name][1]} ({apart[1]:.4f})")
fp32, *int8 = changed.values()
sys.exit(not (fp32 == [0, 0] and all(0 < each[0] < each[1] for each in int8)))
PYTHON
env/bin/python batches.py
