"""Language models: loading, training, sampling and predicting. The only place that imports torch.

Importing this package is cheap; its modules import torch, all but `names` and `sizes`.
"""

import os

# Idle threads of torch's kernels would else spin, and beside any other busy process that makes every
# kernel five to twenty times slower. Read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# What torch and oneDNN keep of each shape that bf16 matrices were multiplied in. Of batches of every length
# that comes to gigabytes at their own 1,024; at this to some hundred megabytes, and nothing is slower.
os.environ.setdefault("LRU_CACHE_CAPACITY", "128")
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
