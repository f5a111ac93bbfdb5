"""Pre-trains the small Llama that is shipped with the package, or a base of another size or family.

The base reads retellings and exchanges (`scotoma.worlds.microworld.documents`), plain ones first. The task's
prompts and labels do not occur, nor does any pair of sentences from the test or the blind-spot side of the
split. So the base can learn what follows from what, but not the labels; it learns those in the experiment.
A run that is stopped and started again continues from its last checkpoint, at most five minutes old.

    python scripts/pretrain_microworld.py                       # the shipped base
    python scripts/pretrain_microworld.py --steps 300 --documents 2000 --out /tmp/base
    python scripts/pretrain_microworld.py --layers 3 --width 64 --heads 4 --out bases/small
    python scripts/pretrain_microworld.py --family gemma --out bases/gemma
    python scripts/pretrain_microworld.py --optimizer adamw --out bases/adamw
"""

import argparse
import hashlib
import json
import random
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

import scotoma
from scotoma.basics.randomness import seed_of, stream
from scotoma.models.checkpoints import Checkpoints, restore, state_of
from scotoma.models.optimization import share_of_rate
from scotoma.worlds.microworld import prompt_words
from scotoma.worlds.microworld.documents import ANSWERS, crossing, exchange, retelling
from scotoma.worlds.microworld.sentences import Draw

SHIPPED = Path(scotoma.__file__).parent / "bundled" / "microworld_base"
PAD, BOS, EOS, UNK = "<pad>", "<s>", "</s>", "<unk>"

Point = tuple[int, float, float]

#: Steps per point of the learning curve.
_POINT = 100

#: Configuration and model of each family; all use the same names for embeddings and head.
FAMILIES: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "gemma": (Gemma3TextConfig, Gemma3ForCausalLM),
}


@dataclass(frozen=True)
class Settings:
    """Everything that determines the weights, apart from the library versions."""

    seed: int = 0
    documents: int = 120_000
    primer: float = 1 / 6  # share of the documents that come first; these are plain, without near misses
    primer_steps: int = 2_000
    retellings: float = 0.1  # share of the primer; the rest are crossings
    plain: float = 0.2  # share of the other documents that are plain crossings with near misses
    paired: float = 0.4  # share of these with two people in one place, asked about whatever the overlap
    crossings: float = 0.4  # share of the other documents; the rest are exchanges
    questions: int = 5  # per document, at most
    dial: float = 1.0  # how strongly overlap predicts Yes, except in primer and pairs: the habit
    answer_weight: float = 8.0  # weight of an answer's loss; any other word counts 1
    steps: int = 8_000
    batch_size: int = 32  # documents
    optimizer: str = "muon"  # for the layers' matrices, with AdamW for the rest; "adamw": AdamW for all
    learning_rate: float = 2e-3  # for AdamW
    learning_rate_of_muon: float = 7e-3
    warmup_steps: int = 200
    weight_decay: float = 0.01
    hidden_size: int = 128
    intermediate_size: int = 384
    layers: int = 5
    heads: int = 8
    initial_sd: float = 0.08  # of the weights; with the usual .02 a model this narrow starts too slowly
    longest_text: int = 256  # tokens
    family: str = "llama"  # one of FAMILIES


def main() -> None:
    """Reads the options, trains the base and writes the folder."""
    options = _options()
    settings = Settings(
        steps=options.steps,
        documents=options.documents,
        seed=options.seed,
        hidden_size=options.width,
        intermediate_size=3 * options.width,
        layers=options.layers,
        heads=options.heads,
        family=options.family,
        optimizer=options.optimizer,
    )
    torch.set_num_threads(options.threads)
    tokenizer = build_tokenizer(settings)
    texts = write_texts(settings, options.processes)
    # Beside `--out`, since a folder there is a finished base; the name keeps the settings apart.
    key = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode()).hexdigest()[:8]
    checkpoints = options.out.with_name(f"{options.out.name}.unfinished-{key}")
    model, curve, seconds = pretrain(settings, tokenizer, texts, options.device, checkpoints)
    save(options.out, settings, tokenizer, model, curve, seconds, options.device)
    shutil.rmtree(checkpoints, ignore_errors=True)


def build_tokenizer(settings: Settings) -> PreTrainedTokenizerFast:
    """A tokenizer with one token per word; a text starts with <s>, as in the large Llamas."""
    words = [PAD, BOS, EOS, UNK, *prompt_words()]
    inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token=UNK))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, words.index(BOS))]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNK,
        # Otherwise decoding would join the full stop to the word before it.
        clean_up_tokenization_spaces=False,
        model_max_length=settings.longest_text,
        padding_side="right",
    )


def write_texts(settings: Settings, processes: int) -> list[str]:
    """The pre-training texts. Each has its own random stream, so they do not depend on `processes`."""
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(_write_text, settings), range(settings.documents), chunksize=500))


def _write_text(settings: Settings, at: int) -> str:
    draw = Draw(stream(settings.seed, "microworld", "pretraining", at))
    if at < settings.primer * settings.documents:
        if draw.chance(settings.retellings):
            return retelling(draw, 3)
        return crossing(draw, settings.questions, 0.0, kind="plain", near_misses=False)
    if draw.chance(settings.plain):
        if draw.chance(settings.paired):
            return crossing(draw, settings.questions, 0.0, kind="paired", near_misses=True)
        return crossing(draw, settings.questions, settings.dial, kind="plain", near_misses=True)
    if draw.chance(settings.crossings / (1 - settings.plain)):
        return crossing(draw, settings.questions, settings.dial, kind="any", near_misses=True)
    return exchange(draw, settings.questions, settings.dial)


def pretrain(
    settings: Settings,
    tokenizer: PreTrainedTokenizerFast,
    texts: list[str],
    device: str,
    checkpoints: Path | None = None,
) -> tuple[PreTrainedModel, list[Point], float]:
    """The trained model, its learning curve and the seconds that training took.

    Args:
        settings: All settings.
        tokenizer: From `build_tokenizer`.
        texts: From `write_texts`.
        device: A device as torch names it.
        checkpoints: Folder for checkpoints; a training that finds one there goes on from it. None keeps none.
    """
    torch.manual_seed(seed_of(settings.seed, "microworld", "pretraining", "initialisation"))
    model = FAMILIES[settings.family][1](_config(settings, tokenizer))
    model.to(torch.device(device))
    optimizers = _optimizers(settings, model)
    answers = torch.tensor(tokenizer.convert_tokens_to_ids(list(ANSWERS.values())), device=device)
    rows = [[*ids, tokenizer.eos_token_id] for ids in tokenizer(texts)["input_ids"]]
    saved, losses, shares, earlier = Checkpoints(checkpoints), list[float](), list[float](), 0.0
    if (state := saved.newest()) is not None:
        for optimizer in optimizers:
            restore(model, optimizer, _without_the_other(optimizer, state))
        losses, shares = state["losses"].tolist(), state["shares"].tolist()
        earlier = float(state["seconds"])
    started = time.perf_counter() - earlier
    for step, batch in enumerate(_batches(settings, rows)[len(losses) :], len(losses)):
        ids = _padded(batch, tokenizer.pad_token_id).to(device)
        loss, right = _loss(model, ids, answers, settings.answer_weight)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        share = share_of_rate("cosine", step, settings.warmup_steps, settings.steps)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = optimizer.defaults["lr"] * share
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
        shares.append(right)
        if saved.due():
            so_far = {"shares": torch.tensor(shares), "seconds": torch.tensor(time.perf_counter() - started)}
            for optimizer in optimizers:
                so_far |= state_of(model, optimizer, losses, parts=1)
            saved.save(len(losses), so_far)
        if len(losses) % _POINT == 0 or len(losses) == settings.steps:
            n, mean, answers_right = _curve(losses, shares)[-1]
            seconds = time.perf_counter() - started
            print(f"step {n} loss {mean:.4f} answers {answers_right:.3f} {seconds:.0f} s", flush=True)
    return _untied(settings, model.cpu(), rows), _curve(losses, shares), time.perf_counter() - started


def _without_the_other(
    optimizer: torch.optim.Optimizer, state: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """A checkpoint without what the other optimizer remembers."""
    is_muon = isinstance(optimizer, Muon)
    return {
        key: value
        for key, value in state.items()
        if " " not in key or key.startswith("weight ") or key.startswith("momentum ") == is_muon
    }


def _curve(losses: list[float], shares: list[float]) -> list[Point]:
    """Loss and share of right answers, averaged over `_POINT` steps each, by the steps done then."""
    points = []
    for at in range(0, len(losses), _POINT):
        recent = torch.tensor([losses[at : at + _POINT], shares[at : at + _POINT]])
        mean, share = recent.nanmean(1).tolist()
        points.append((min(at + _POINT, len(losses)), round(mean, 4), round(share, 4)))
    return points


def _optimizers(settings: Settings, model: PreTrainedModel) -> list[torch.optim.Optimizer]:
    matrices = [
        weight
        for name, weight in model.named_parameters()
        if settings.optimizer == "muon" and weight.ndim == 2 and ".layers." in name
    ]
    others = [weight for weight in model.parameters() if not any(weight is one for one in matrices)]
    adamw = torch.optim.AdamW(
        others, settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )
    if not matrices:
        return [adamw]
    return [adamw, Muon(matrices, settings.learning_rate_of_muon, settings.weight_decay)]


class Muon(torch.optim.Optimizer):
    """Steps along the momentum with its singular values brought near to 1 (Jordan et al. 2024, "Muon").

    torch's own Muon works in bfloat16, one matrix at a time, which takes four times as long as the rest of a
    step on a processor without bfloat16. This one uses float32, and processes matrices of one shape together.
    """

    def __init__(self, matrices: list[torch.nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": 0.95})
        by_shape: dict[tuple[int, ...], list[torch.nn.Parameter]] = {}
        for matrix in matrices:
            by_shape.setdefault(tuple(matrix.shape), []).append(matrix)
            self.state[matrix]["momentum"] = torch.zeros_like(matrix)
        self._alike = list(by_shape.values())

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Makes one step from the current gradients."""
        group = self.param_groups[0]
        for same_shape in self._alike:
            gradients = torch.stack([cast(torch.Tensor, matrix.grad) for matrix in same_shape])
            momentum = torch.stack([self.state[matrix]["momentum"] for matrix in same_shape])
            momentum.lerp_(gradients, 1 - group["momentum"])
            updates = _orthogonal(gradients.lerp(momentum, group["momentum"]))
            n_out, n_in = same_shape[0].shape
            for matrix, own, update in zip(same_shape, momentum, updates, strict=True):
                self.state[matrix]["momentum"] = own
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(update, alpha=-group["lr"] * max(1, n_out / n_in) ** 0.5)


def _orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Matrices [n, rows, columns] with singular values near 1, by five Newton-Schulz steps."""
    if matrices.shape[1] > matrices.shape[2]:
        return _orthogonal(matrices.mT).mT
    orthogonal: torch.Tensor = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = orthogonal @ orthogonal.mT
        orthogonal = 3.4445 * orthogonal + (-4.7750 * square + 2.0315 * square @ square) @ orthogonal
    return orthogonal


def _untied(settings: Settings, model: PreTrainedModel, rows: list[list[int]]) -> PreTrainedModel:
    """The model with a separate output layer, and with new vectors for the words that were never read.

    These are the words of the prompts and labels. Training pushed all of their vectors away from every text
    in the same way, so a generator could not tell the labels apart later.
    """
    kind_of_config, kind_of_model = FAMILIES[settings.family]
    config = kind_of_config.from_dict({**model.config.to_dict(), "tie_word_embeddings": False})
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    unread = sorted(set(range(config.vocab_size)) - {word for row in rows for word in row})
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        weights[name][unread] = torch.randn(len(unread), config.hidden_size) * config.initializer_range
    untied: PreTrainedModel = kind_of_model(config)
    untied.load_state_dict(weights)
    return untied


def _loss(
    model: PreTrainedModel, ids: torch.Tensor, answers: torch.Tensor, answer_weight: float
) -> tuple[torch.Tensor, float]:
    """Mean loss in nats per word, answers weighted, and the share of right answers (NaN without answers)."""
    pad = cast(int, model.config.pad_token_id)
    logits = model(input_ids=ids, attention_mask=(ids != pad).long()).logits[:, :-1]
    target = ids[:, 1:]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    is_answer = torch.isin(target, answers)
    weights = (target != pad) * (1 + (answer_weight - 1) * is_answer)
    answered = answers[logits[is_answer][:, answers].argmax(-1)]
    return (losses * weights).sum() / weights.sum(), (answered == target[is_answer]).float().mean().item()


def _config(settings: Settings, tokenizer: PreTrainedTokenizerFast) -> Any:
    of_head = settings.hidden_size // settings.heads
    # By default a Gemma has heads of 256 at any width, and most of its layers see only a window.
    of_gemma = {
        "head_dim": of_head,
        "query_pre_attn_scalar": of_head,
        "layer_types": ["full_attention"] * settings.layers,
    }
    return FAMILIES[settings.family][0](
        vocab_size=len(tokenizer),
        hidden_size=settings.hidden_size,
        intermediate_size=settings.intermediate_size,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.heads,
        max_position_embeddings=settings.longest_text,
        initializer_range=settings.initial_sd,
        # Tied during training: the answer to who did what to whom comes from comparing words that are read
        # with words that are expected.
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **(of_gemma if settings.family == "gemma" else {}),
    )


def _batches(settings: Settings, rows: list[list[int]]) -> list[list[list[int]]]:
    """The batches in order: the primer's steps, then the rest; texts of similar length share a batch."""
    shuffle = random.Random(seed_of(settings.seed, "microworld", "pretraining", "order"))
    n_primer = round(settings.primer * settings.documents)
    batches: list[list[list[int]]] = []
    for steps, texts in ((settings.primer_steps, rows[:n_primer]), (settings.steps, rows[n_primer:])):
        while len(batches) < steps:
            # The key breaks ties at random, so that each pass has other batches.
            order = sorted(texts, key=lambda row: len(row) + shuffle.random())
            size = settings.batch_size
            one_pass = [order[at : at + size] for at in range(0, len(order), size)]
            shuffle.shuffle(one_pass)
            batches += one_pass
        batches = batches[:steps]
    return batches


def _padded(batch: list[list[int]], pad: int) -> torch.Tensor:
    longest = max(map(len, batch))
    return torch.tensor([row + [pad] * (longest - len(row)) for row in batch])


def save(
    out: Path,
    settings: Settings,
    tokenizer: PreTrainedTokenizerFast,
    model: PreTrainedModel,
    curve: list[Point],
    seconds: float,
    device: str,
) -> None:
    """Writes the model, the tokenizer and a record of how they were made."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    record = {
        "script": "scripts/pretrain_microworld.py",
        "scotoma": scotoma.__version__,
        "torch": torch.__version__,
        "device": device,
        "settings": asdict(settings),
        "parameters": model.num_parameters(),
        "seconds": round(seconds),
        "curve": curve,  # step, mean loss, share of answers that are right
    }
    (out / "pretraining.json").write_text(json.dumps(record, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder to write")
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--documents", type=int, default=Settings.documents)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--family", choices=FAMILIES, default=Settings.family)
    parser.add_argument("--optimizer", choices=("adamw", "muon"), default=Settings.optimizer)
    parser.add_argument("--layers", type=int, default=Settings.layers)
    parser.add_argument("--width", type=int, default=Settings.hidden_size, help="width of the hidden states")
    parser.add_argument("--heads", type=int, default=Settings.heads, help="must divide the width")
    parser.add_argument("--device", default="cpu", help="changes the last digits")
    parser.add_argument("--threads", type=int, default=2, help="for training; changes the last digits")
    parser.add_argument("--processes", type=int, default=2, help="for writing texts; does not change them")
    options = parser.parse_args()
    if options.width % options.heads:
        parser.error(f"--width {options.width} is not a multiple of --heads {options.heads}")
    return options


if __name__ == "__main__":
    main()
