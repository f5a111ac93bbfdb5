"""How many rows a step will have and how long their texts are, before anything has run.

What is done in the store is read there, local files are read whole, grammars draw a few rows; of the hub's
data sets those of the paper are known.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from scotoma.models.sizes import Sizes, find_sizes, model_folder, of_number
from scotoma.run.inspection import Look
from scotoma.stages.assemble import Assemble
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_selected import ReadSelected
from scotoma.stages.round_data import RoundData
from scotoma.stages.screen import Screen
from scotoma.store.steps import Step, Unseen
from scotoma.store.store import Store
from scotoma.study.settings.sources import HansDraw, MicroworldDraw, Source
from scotoma.tasks import Task
from scotoma.tasks.reading.hub import is_folder

#: Of English text, where the model's own tokenizer is not at hand: that of Gemma 3 writes 1.24 for a word of
#: a MultiNLI prompt and 1.16 for one of HANS; smaller vocabularies write somewhat more.
TOKENS_PER_WORD = 1.3

#: Rows whose lengths are looked at.
_LOOKED_AT = 300

#: Data sets on the hub that need not be here to be planned with: rows once read, and where texts as long are.
_KNOWN_ROWS = {
    "nyu-mll/multi_nli:train": (391_722, Source(bundled="mnli/train_10k.tsv.xz")),
    "nyu-mll/multi_nli:validation_matched": (9_815, Source(bundled="mnli/dev_matched.tsv.xz")),
    "nyu-mll/multi_nli:validation_mismatched": (9_832, Source(bundled="mnli/dev_matched.tsv.xz")),
    "jhu-cogsci/hans:validation": (30_000, Source(hans=HansDraw(n_per_subcase=10))),
}


class Unknown(Exception):
    """A number that nothing here tells; the message says which."""


@dataclass(frozen=True)
class Rows:
    """How many rows there are, and some of them.

    Attributes:
        n: How many.
        source: Where the texts come from, as in `Source`.
        some: A few of them.
    """

    n: int
    source: str
    some: pl.DataFrame


class Lengths:
    """Rows of steps, tokens of texts and sizes of bases; each is looked at once.

    Args:
        store: Where some steps may be done.
        parameters: Weights of a base whose sizes are not known here.
        look: Has read, or will read, the sources that are files.
    """

    def __init__(self, store: Store, parameters: int | None, look: Look) -> None:
        self.store, self.parameters, self.look = store, parameters, look
        #: What was assumed on the way, in sentences.
        self.assumed: dict[str, None] = {}
        self._known: dict[tuple[object, ...], Any] = {}

    def rows(self, step: Step) -> Rows:
        """The rows that a step leaves.

        Raises:
            Unknown: a source on the hub that is not known and has not been read.
        """
        match step:
            case ReadExamples():
                source = step.source.model_dump_json()
                select = step.select if isinstance(step, ReadSelected) else ()
                found: Rows = self._once(("rows", source, select), lambda: self._read(step, source))
                return found
            case Assemble():
                corpus = self.rows(step.corpus)
                n = None if step.arm == "all" else step.arm.n
                return corpus if n is None else Rows(n, corpus.source, corpus.some)
            case GatherPools():
                pools = [self.rows(pool) for pool in step.pools]
                return Rows(sum(pool.n for pool in pools), pools[0].source, pools[0].some)
            case RoundData():
                first, times = self.rows(step.original), len(step.pools) + 1
                n = first.n * times if step.keep == "accumulate" else first.n
                return Rows(n, first.source, first.some)
            case Screen():
                corpus, sampling = self.rows(step.corpus), step.raw.sampling
                return Rows(sampling.candidates_per_label * len(step.task.labels), corpus.source, corpus.some)
        raise TypeError(f"{step.stage} leaves no rows")

    def sizes(self, base: PrepareBase) -> Sizes:
        """The sizes of a base.

        Raises:
            Unknown: they are told nowhere here, and no number of parameters is given.
        """
        found: Sizes | None = self._once(
            ("sizes", base.key), lambda: find_sizes(base.name, base.revision, self._prepared(base))
        )
        if found is None and self.parameters is None:
            raise Unknown(f"the size of {base.name} is not known here (--parameters gives it)")
        sizes = found or of_number(self.parameters or 0)
        self.assumed[f"{base.name} has {sizes.total / 1e6:,.4g} M weights."] = None
        return sizes

    def classifier_tokens(self, base: PrepareBase, task: Task, rows: Rows) -> float:
        """Mean tokens of what the classifier reads: prompts, or of an encoder the texts."""
        if self.sizes(base).is_encoder:
            return self.text_tokens(base, task, rows)
        return self._mean(base, "prompt", [task.verbalise(row) for row in _dicts(rows)], rows)

    def text_tokens(self, base: PrepareBase, task: Task, rows: Rows) -> float:
        """Mean tokens of the examples' texts alone."""
        texts = [" ".join(row[field] for field in task.fields) for row in _dicts(rows)]
        return self._mean(base, "row's texts", texts, rows)

    def generator_tokens(self, base: PrepareBase, task: Task, rows: Rows) -> float:
        """Mean tokens of what the generator learns from."""
        written = [task.write(row, row["label"]) for row in _dicts(rows)]
        return self._mean(base, "generator's text", written, rows)

    def tokens(self, base: PrepareBase, text: str) -> float:
        """Tokens of a text, special ones included."""
        encode: Callable[[str], float] = self._once(("tokenizer", base.key), lambda: self._encoder(base))
        return encode(text)

    def characters(self, rows: Rows) -> float:
        """Mean characters of a row's texts and labels."""
        text = rows.some.select(pl.concat_str(pl.all().fill_null("")).str.len_chars().mean())
        return float(text.item() or 0.0)

    def _mean(self, base: PrepareBase, what: str, texts: list[str], rows: Rows) -> float:
        key = ("mean", base.key, what, rows.source)
        found: float = self._once(key, lambda: fmean(self.tokens(base, text) for text in texts))
        self.assumed[f"{found:.0f} tokens a {what} of {_title(rows.source)}."] = None
        return found

    def _read(self, step: ReadExamples, name: str) -> Rows:
        on_hub = step.source.hub is not None and not is_folder(step.source.hub)
        if self.store.done(step) or not (step.source.is_grammar or on_hub):
            try:
                table = self.look.see(step).table
            except Unseen:  # chosen by the study's own code: some of these
                table = step.whole().table
            return Rows(table.height, name, table.sample(min(_LOOKED_AT, table.height), seed=0))
        source, n = step.source, 0
        if source.hub is not None:
            known = _KNOWN_ROWS.get(re.sub(r"@.*:", ":", source.hub))  # whichever revision it is
            if known is None:
                raise Unknown(f"the rows of {source.hub} are not known before they have been read")
            n, source = known
        few, times = _few(source)
        table = step.model_copy(update={"source": few}).whole().table
        n = min(n or round(table.height * times), step.source.limit or sys.maxsize)
        return Rows(n, name, table.sample(min(_LOOKED_AT, table.height), seed=0))

    def _encoder(self, base: PrepareBase) -> Callable[[str], float]:
        folder = model_folder(base.name, base.revision, self._prepared(base))
        if folder is None or not (folder / "tokenizer.json").is_file():
            self.assumed[f"The tokenizer of {base.name} is not here: {TOKENS_PER_WORD} tokens a word."] = None
            return lambda text: TOKENS_PER_WORD * len(text.split())
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        return lambda text: float(len(tokenizer.encode(text).ids))

    def _prepared(self, base: PrepareBase) -> Path | None:
        return self.store.folder(base) if self.store.done(base) else None

    def _once(self, key: tuple[object, ...], look: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = look()
        return self._known[key]


def _few(source: Source) -> tuple[Source, float]:
    """A source with fewer rows of the same kind, and how many times as many the whole has."""
    draw: MicroworldDraw | HansDraw | None = source.microworld or source.sentiment or source.hans
    if isinstance(draw, MicroworldDraw):
        n = min(draw.n, 5 if draw.part == "blindspot" else _LOOKED_AT)
        grammar = "microworld" if source.microworld else "sentiment"
        return source.model_copy(update={grammar: draw.model_copy(update={"n": n})}), draw.n / n
    if isinstance(draw, HansDraw):
        n = min(draw.n_per_subcase, 10)
        few = draw.model_copy(update={"n_per_subcase": n})
        return source.model_copy(update={"hans": few}), draw.n_per_subcase / n
    return source, 1.0


def _title(source: str) -> str:
    """A source's name, as a reader of the study file knows it."""
    found = Source.model_validate_json(source)
    if found.microworld is not None:
        return f"the micro-world's part {found.microworld.part}"
    if found.sentiment is not None:
        return f"the micro-world's sentiment, part {found.sentiment.part}"
    return found.hub or found.bundled or (Path(found.file).name if found.file else "the HANS grammar")


def _dicts(rows: Rows) -> list[dict[str, str]]:
    return rows.some.to_dicts()
