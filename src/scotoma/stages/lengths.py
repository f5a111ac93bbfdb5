"""How many tokens a base makes of a task's texts, and how many of its weights work on each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from scotoma.models.sizes import Sizes, model_folder
from scotoma.stages.prepare_base import PrepareBase
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast
from scotoma.study.settings.models import Adapter
from scotoma.study.settings.sources import Source
from scotoma.tasks import Task
from scotoma.tasks.prompts import between
from scotoma.tasks.read_row import ROW, prompt_for

#: Of English text, where the model's own tokenizer is not at hand: that of Gemma 3 writes 1.24 for a word of
#: a MultiNLI prompt and 1.16 for one of HANS; smaller vocabularies write somewhat more.
TOKENS_PER_WORD = 1.3

#: Two states are kept of a training, each with the weights that train and two moments of them, in fp32.
BYTES_OF_CHECKPOINTS = 2 * 3 * 4


@dataclass(frozen=True)
class Lengths:
    """A base and a task, for a step that counts its cost.

    Attributes:
        base: The base model.
        task: Task that the texts belong to.
        forecast: Forecast that the step was given.
    """

    base: PrepareBase
    task: Task
    forecast: Forecast

    @property
    def sizes(self) -> Sizes:
        """How many weights the base has, and where.

        Raises:
            Unknown: that is not known here, and no number of parameters is given.
        """
        return self.base.sizes(self.forecast)

    def of_classifier(self, rows: Rows) -> float:
        """Mean tokens of what the classifier reads: prompts, or of an encoder the texts."""
        if self.sizes.is_encoder:
            return self.of_texts(rows)
        return self._mean("prompt", self.task.verbalise, rows)

    def of_texts(self, rows: Rows) -> float:
        """Mean tokens of the examples' texts alone."""
        fields = self.task.fields
        return self._mean("row's texts", lambda row: " ".join(row[field] for field in fields), rows)

    def of_generator(self, rows: Rows) -> float:
        """Mean tokens of what the generator learns from."""
        return self._mean("generator's text", lambda row: self.task.write(row, row["label"]), rows)

    def given(self, rows: Rows, reads: str | None) -> tuple[float, float]:
        """Mean tokens of what a generator is given for a row, and of what it then writes.

        Args:
            rows: Rows that look as those that are read and written.
            reads: What of a real row is given; None for the label alone.
        """
        full = self.of_generator(rows)
        if reads is None:
            return self.of_prompt, full - self.of_prompt
        if reads == ROW:
            return full + self.of_prompt, full - self.of_prompt
        of_label, what = self.task.labels[0], f"prompt with what is read up to {reads}"
        prompt = self._mean(what, lambda row: prompt_for(self.task, of_label, reads, row)[1], rows)
        return prompt, full - prompt

    def of_words(self, words: Iterable[str]) -> list[float]:
        """Tokens of each label's words, after the prompt."""
        prompt = self.task.classifier_prompt
        return [self._of(f"{prompt}{between(prompt)}{word}") - self._of(prompt) for word in words]

    @property
    def of_instruction(self) -> float:
        """Tokens that all of a classifier's prompts begin with; an encoder has no prompt."""
        return 0.0 if self.sizes.is_encoder else self._of(self.task.classifier_prompt.partition("{")[0])

    @property
    def of_prompt(self) -> float:
        """Tokens of what a generator is given."""
        return self._of(self.task.generator_prompt(self.task.labels[0]))

    def updates(self, adapter: Adapter) -> int:
        """Weights of the low-rank updates; 0, and said, where the layers are not known."""
        n_parameters = self.sizes.updates(adapter)
        if n_parameters is None:
            self.forecast.assume("Low-rank updates are not counted, as the base's layers are not known.")
        return n_parameters or 0

    def trained(self, adapter: Adapter) -> int:
        """Weights that train of a language model, its head among them."""
        if adapter.kind == "full":
            return self.sizes.total
        return self.updates(adapter) + self.sizes.also_trained(adapter)

    def of_training(self, adapter: Adapter, n: float, length: float, learned: float) -> Cost:
        """What the training of a language model costs.

        Args:
            adapter: How it is trained.
            n: Rows, as often as they are read.
            length: Tokens of a row.
            learned: Tokens of a row that count in the loss.
        """
        head_trains = adapter.kind == "full" or "lm_head" in adapter.also_train
        flops = n * length * self.training_flops(adapter)
        flops += n * learned * self.sizes.embeddings * (6 if head_trains else 4)
        trained = self.trained(adapter)
        return Cost(n * length, flops, size=4.0 * trained, transient=BYTES_OF_CHECKPOINTS * trained)

    def training_flops(self, adapter: Adapter) -> float:
        """Operations for each token of a training, the language-model head aside."""
        blocks = self.sizes.blocks
        return 6.0 * blocks if adapter.kind == "full" else 4.0 * blocks + 6.0 * self.updates(adapter)

    def _mean(self, what: str, write: Callable[[dict[str, Any]], str], rows: Rows) -> float:
        def look() -> float:
            return fmean(self._of(write(row)) for row in rows.sample.iter_rows(named=True))

        mean = self.forecast.once(("mean", self.base.key, what, rows.source), look)
        self.forecast.assume(f"{mean:.0f} tokens per {what} of {_title(rows.source)}.")
        return mean

    def _of(self, text: str) -> float:
        """Tokens of a text, special ones included."""
        encode = self.forecast.once(("tokenizer", self.base.key), lambda: _encoder(self.base, self.forecast))
        return encode(text)


def _encoder(base: PrepareBase, forecast: Forecast) -> Callable[[str], float]:
    folder = model_folder(base.name, base.revision, forecast.folder(base))
    if folder is None or not (folder / "tokenizer.json").is_file():
        forecast.assume(
            f"The tokenizer of {base.name} is not here: {TOKENS_PER_WORD} tokens per word are assumed."
        )
        return lambda text: TOKENS_PER_WORD * len(text.split())
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # transformers saves how it cut and padded its last batch, and forgets that when it reads the file
    # (transformers 5.23.0, tokenizers 0.23.3; findings/saved-tokenizers-that-cut.sh).
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: float(len(tokenizer.encode(text).ids))


def _title(source: str) -> str:
    """A source's name, as a reader of the study file knows it."""
    parsed = Source.model_validate_json(source)
    if parsed.microworld is not None:
        return f"the micro-world's part {parsed.microworld.part}"
    if parsed.sentiment is not None:
        return f"the micro-world's sentiment, part {parsed.sentiment.part}"
    return parsed.hub or parsed.bundled or (Path(parsed.file).name if parsed.file else "the HANS grammar")
