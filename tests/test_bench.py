"""The benches run; what they say of a machine is not tested."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

from bench import floor

ROOT = Path(__file__).parents[1]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_counted_are_two_operations_a_weight_and_token_and_a_shared_beginning_once() -> None:
    config = LlamaConfig(
        vocab_size=50, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    model = LlamaForSequenceClassification(config)
    inside = 4 * 8 * 8 + 3 * 8 * 16
    rows = [[1, 2, 3, 4, 5], [1, 2, 3, 6], [1, 2, 3, 7]]
    assert floor.weights(model) == (inside, 50 * 8)
    assert floor.classifier_flops(model, [rows], train=False) == 2 * inside * (3 + 2 + 1 + 1)
    assert floor.classifier_flops(model, [rows], train=True) == 4 * inside * 7
    assert floor.sampling_flops(model, 10) == 2 * (inside + 400) * 10


def test_a_matrix_rate_is_a_rate() -> None:
    assert floor.matrix_rate(torch.float32, side=64, seconds=0.01) > 0


def test_without_a_gpu_its_bench_says_what_it_needs() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    ended = bench("bench.gpu")
    assert ended.returncode == 2
    assert "needs a CUDA device" in ended.stdout


@pytest.mark.long
def test_the_gpu_bench_runs_on_a_cpu_with_small_numbers() -> None:
    sizes = ("--layers", "1", "--width", "64", "--batch", "4", "--train-batch", "2", "--new-tokens", "2")
    ended = bench("bench.gpu", "--device", "cpu", *sizes)
    assert ended.returncode == 0, ended.stderr
    assert [line.split(",")[0] for line in ended.stdout.splitlines() if "%" in line] == [
        *("evaluation", "training") * 4,
        "sampling",
    ]
