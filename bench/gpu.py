"""`python -m bench.gpu`: speed on a CUDA device as a share of its matrix rate, with Llama-2-7B's shape.

Weights are random, so nothing is downloaded; speed does not depend on their values. LoRA is as in the paper's
classifier, without dropout. Rows are as long as those of HANS and of MultiNLI.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

from bench import floor
from scotoma.basics.progress import no_progress
from scotoma.models.adapters import new_adapter
from scotoma.models.batches import pad
from scotoma.models.classifier import Classifier, ClassifierLoss
from scotoma.models.fast.attention import attend_with_shared_keys
from scotoma.models.quiet import deterministic, silence_libraries
from scotoma.models.sampling import sample
from scotoma.study.settings.models import LoRA, Sampling
from scotoma.tasks import MNLI

LORA = LoRA(
    kind="lora",
    rank=64,
    alpha=16,
    dropout=0.0,
    targets=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
)

#: Tokens of a row in HANS and in MultiNLI: those that every row begins with, and the row's own.
LENGTHS = {"HANS": (24, 24), "MultiNLI": (24, 60)}

Done = tuple[float, float, float]


def main() -> None:
    """Prints a line for each kind of work: rows and tokens per second, share of the rate, memory."""
    options = _options()
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print(
            "bench-gpu needs a CUDA device; torch sees none. Install torch with CUDA on a machine with one."
        )
        sys.exit(2)
    torch.manual_seed(0)
    rate = floor.matrix_rate(torch.bfloat16, options.device, side=options.width * 2)
    print(f"{options.device}: {rate / 1e12:.3g} TFLOP/s in bf16 matrix products")
    print(f"{'work':<38}{'rows/s':>9}{'tokens/s':>10}{'of rate':>9}{'GiB':>7}")
    _classify(rate, options)
    _write(rate, options)


def _classify(rate: float, options: argparse.Namespace) -> None:
    classifier = Classifier(_with_adapter(LlamaForSequenceClassification, "SEQ_CLS", options), 0, "bf16")
    for name, lengths in LENGTHS.items():
        for shared in (True, False):
            rows, how = _rows(options.batch, *lengths, shared=shared), "shared prefix" if shared else "plain"
            _show(f"evaluation, {name}, {how}", rate, partial(_evaluate, classifier, rows))
            batch = rows[: options.train_batch]
            _show(f"training, {name}, {how}", rate, partial(_train, classifier, batch))
        if options.device.startswith("cuda"):
            print(f"largest evaluation batch, {name}: {_largest(classifier, lengths)} rows")


def _write(rate: float, options: argparse.Namespace) -> None:
    generator = _with_adapter(LlamaForCausalLM, "CAUSAL_LM", options).requires_grad_(False).eval()
    attend_with_shared_keys(generator.get_base_model())
    _show(f"sampling, {options.new_tokens} tokens a row", rate, partial(_sample, generator, options))


def _with_adapter(kind: Any, task: str, options: argparse.Namespace) -> Any:
    config = LlamaConfig(
        hidden_size=options.width,
        intermediate_size=options.width * 43 // 16,
        num_hidden_layers=options.layers,
        num_attention_heads=32,
        num_key_value_heads=32,
        vocab_size=32_000,
        max_position_embeddings=4096,
        pad_token_id=0,
        id2label=dict(enumerate(MNLI.labels)),
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(options.device):
            model = kind(config)
    finally:
        torch.set_default_dtype(before)
    if task == "SEQ_CLS":
        model.score.float()
    return new_adapter(model.eval(), LORA, task, 0)


def _rows(n: int, n_shared: int, n_own: int, *, shared: bool) -> list[list[int]]:
    draw = torch.Generator().manual_seed(0)
    first = torch.randint(10, 30_000, (1 if shared else n, n_shared), generator=draw).expand(n, -1)
    own = torch.randint(10, 30_000, (n, n_own), generator=draw)
    rows: list[list[int]] = torch.cat([first, own], dim=1).tolist()
    return rows


def _evaluate(classifier: Classifier, rows: list[list[int]]) -> Done:
    with silence_libraries():
        seconds = _timed(lambda: classifier.logits(rows))
    flops = floor.classifier_flops(classifier.model, [rows], train=False)
    return len(rows) / seconds, sum(map(len, rows)) / seconds, flops / seconds


def _train(classifier: Classifier, rows: list[list[int]]) -> Done:
    loss = ClassifierLoss(classifier)
    weights = [weight for weight in classifier.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, 1e-5)
    ids, last = (part.to(classifier.device) for part in pad(rows, 0))
    labels = torch.zeros(len(rows), dtype=torch.long, device=classifier.device)

    def step() -> None:
        loss(labels, input_ids=ids, last=last).backward()
        optimizer.step()
        optimizer.zero_grad()

    classifier.train()
    with deterministic(0):
        seconds = _timed(step)
    flops = floor.classifier_flops(classifier.model, [rows], train=True)
    return len(rows) / seconds, sum(map(len, rows)) / seconds, flops / seconds


class _Words:
    """A stand-in for a tokenizer: tokens are numbers, and none ends a row."""

    eos_token_id = -1
    all_special_tokens: tuple[str, ...] = ()
    unk_token = None

    def __call__(self, texts: list[str], **_: Any) -> dict[str, list[list[int]]]:
        return {"input_ids": [[11 + at for at, _ in enumerate(text.split())] for text in texts]}

    def decode(self, tokens: list[int], **_: Any) -> str:
        return " ".join(map(str, tokens))


def _sample(model: Any, options: argparse.Namespace) -> Done:
    n = options.batch
    settings = Sampling(temperature=0.9, top_p=0.6, candidates_per_label=n, max_new_tokens=options.new_tokens)
    prompts = {"entailment": MNLI.generator_prompt("entailment")}

    def draw() -> None:
        list(sample(model, _Words(), prompts, "never", settings, 0, no_progress))

    seconds = _timed(draw, times=1)
    n_tokens = n * settings.max_new_tokens
    return n / seconds, n_tokens / seconds, floor.sampling_flops(model, n_tokens) / seconds


def _largest(classifier: Classifier, lengths: tuple[int, int]) -> int:
    """Rows of the largest evaluation batch that fits, found by doubling."""
    n = 256
    while True:
        try:
            classifier.logits(_rows(2 * n, *lengths, shared=True))
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return n
        n *= 2


def _timed(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of one run: the best of a few, after a warm-up run."""
    work()
    best = float("inf")
    for _ in range(times):
        floor.wait()
        started = time.perf_counter()
        work()
        floor.wait()
        best = min(best, time.perf_counter() - started)
    return best


def _show(name: str, rate: float, work: Callable[[], Done]) -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    rows, tokens, flops = work()
    peak = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else float("nan")
    print(f"{name:<38}{rows:>9.0f}{tokens:>10.0f}{flops / rate:>9.0%}{peak:>7.1f}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=512, help="rows of an evaluation or sampling batch")
    parser.add_argument("--train-batch", type=int, default=64, help="rows of a training step")
    parser.add_argument("--new-tokens", type=int, default=64, help="tokens of a sampled row")
    parser.add_argument(
        "--device", default="cuda:0", help="device; use cpu with small numbers to try the bench"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
