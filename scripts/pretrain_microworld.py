"""Pre-trains the small Llama that is shipped with the package, on micro-world text alone.

What it sees: documents of sentences that can be true together, and pairs of sentences in the frames of
the prompts, never with a label and never with a word on whether the second follows. No pair of sentences
of the test or the blind-spot side of the split occurs in a document. So what follows from what can be
learned here, what to call it cannot; that is for the experiment.

    python scripts/pretrain_microworld.py                       # the shipped base
    python scripts/pretrain_microworld.py --steps 300 --documents 3000 --out /tmp/base
"""

import argparse
import json
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    get_cosine_schedule_with_warmup,
)

import scotoma
from scotoma.microworld import CLASSIFIER_PROMPT, prompt_words
from scotoma.microworld.documents import document, pair_line
from scotoma.microworld.sentences import Draw
from scotoma.randomness import seed_of, stream

SHIPPED = Path(scotoma.__file__).parent / "data" / "microworld_base"
PAD, BOS, EOS, UNK = "<pad>", "<s>", "</s>", "<unk>"
FRAMES = (CLASSIFIER_PROMPT, "Premise: {premise} Hypothesis: {hypothesis} End")


@dataclass(frozen=True)
class Settings:
    """Everything that decides the weights, the library versions aside."""

    seed: int = 0
    documents: int = 50_000
    sentences_per_document: int = 5
    consequences: float = 0.9  # share of a document's later sentences that must follow from an earlier one
    pair_lines: float = 0.05  # share of the documents that are a pair of sentences in a frame
    steps: int = 7_000
    batch_size: int = 32  # documents
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    weight_decay: float = 0.01
    hidden_size: int = 128
    intermediate_size: int = 384
    layers: int = 4
    heads: int = 4
    longest_text: int = 128  # tokens


def main() -> None:
    """Reads the options, trains, writes the folder."""
    options = _options()
    settings = Settings(steps=options.steps, documents=options.documents, seed=options.seed)
    torch.set_num_threads(options.threads)
    tokenizer = build_tokenizer(settings)
    texts = write_texts(settings, options.processes)
    model, losses, seconds = pretrain(settings, tokenizer, texts)
    save(options.out, settings, tokenizer, model, losses, seconds)


def build_tokenizer(settings: Settings) -> PreTrainedTokenizerFast:
    """One token a word; a text starts with <s>, as for the large Llamas."""
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
        # Without this, decoding would glue the full stop to its word.
        clean_up_tokenization_spaces=False,
        model_max_length=settings.longest_text,
        padding_side="right",
    )


def write_texts(settings: Settings, processes: int) -> list[str]:
    """The pre-training texts; each has a random stream of its own, so the number of processes is free."""
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(_write_text, settings), range(settings.documents), chunksize=500))


def _write_text(settings: Settings, at: int) -> str:
    draw = Draw(stream(settings.seed, "microworld", "pretraining", at))
    if draw.chance(settings.pair_lines):
        return pair_line(draw, draw.pick(FRAMES))
    return document(draw, settings.sentences_per_document, settings.consequences)


def pretrain(
    settings: Settings, tokenizer: PreTrainedTokenizerFast, texts: list[str]
) -> tuple[LlamaForCausalLM, list[tuple[int, float]], float]:
    """The trained model, its loss curve as (step, mean loss in nats a token) and the seconds it took."""
    torch.manual_seed(seed_of(settings.seed, "microworld", "pretraining", "initialisation"))
    model = LlamaForCausalLM(_config(settings, tokenizer))
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )
    schedule = get_cosine_schedule_with_warmup(optimizer, settings.warmup_steps, settings.steps)
    rows = [[*ids, tokenizer.eos_token_id] for ids in tokenizer(texts)["input_ids"]]
    started, curve, recent = time.perf_counter(), [], []
    for step, batch in enumerate(_batches(settings, rows), 1):
        loss = model(**_tensors(batch, tokenizer.pad_token_id)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        recent.append(loss.item())
        if step % 100 == 0 or step == settings.steps:
            curve.append((step, round(sum(recent) / len(recent), 4)))
            recent = []
            print(f"step {step} loss {curve[-1][1]} {time.perf_counter() - started:.0f} s", flush=True)
    return model, curve, time.perf_counter() - started


def _config(settings: Settings, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=settings.hidden_size,
        intermediate_size=settings.intermediate_size,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.heads,
        max_position_embeddings=settings.longest_text,
        # Text has no label in it. Tied, all unseen words would be pushed to one and the same embedding,
        # and no generator could tell the labels apart later.
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def _batches(settings: Settings, rows: list[list[int]]) -> list[list[list[int]]]:
    """The batches in order: texts of like length together, so that little is padding."""
    shuffle = random.Random(seed_of(settings.seed, "microworld", "pretraining", "order"))
    batches: list[list[list[int]]] = []
    while len(batches) < settings.steps:
        # The key breaks ties at random, so that each pass makes other batches.
        order = sorted(rows, key=lambda row: len(row) + shuffle.random())
        size = settings.batch_size
        one_pass = [order[at : at + size] for at in range(0, len(order), size)]
        shuffle.shuffle(one_pass)
        batches += one_pass
    return batches[: settings.steps]


def _tensors(batch: list[list[int]], pad: int) -> dict[str, torch.Tensor]:
    longest = max(map(len, batch))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in batch])
    return {
        "input_ids": ids,
        "attention_mask": (ids != pad).long(),
        "labels": ids.masked_fill(ids == pad, -100),
    }


def save(
    out: Path,
    settings: Settings,
    tokenizer: PreTrainedTokenizerFast,
    model: LlamaForCausalLM,
    losses: list[tuple[int, float]],
    seconds: float,
) -> None:
    """Writes the model, the tokenizer and the record of how they came about."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    record = {
        "script": "scripts/pretrain_microworld.py",
        "scotoma": scotoma.__version__,
        "torch": torch.__version__,
        "settings": asdict(settings),
        "parameters": model.num_parameters(),
        "seconds": round(seconds),
        "loss": losses,
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
    parser.add_argument("--threads", type=int, default=2, help="for training; the last digits depend on it")
    parser.add_argument("--processes", type=int, default=2, help="for writing texts; the texts do not")
    return parser.parse_args()


if __name__ == "__main__":
    main()
