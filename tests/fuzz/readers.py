"""Every reader with a check of what it lets through: a whole table, a record without NaN, safe output."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import polars as pl

from scotoma.audits import audit_file, record, render
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, read_table, to_table, write_table
from scotoma.blindspots import HANS
from scotoma.cli.printing import PlainConsole
from scotoma.comparisons import compare_files, read_predictions, render_comparison, render_score, score_file
from scotoma.experiment import plan
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.sample import Sample
from scotoma.stages.screen import Screen
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.models import Sampling
from scotoma.study.settings.pieces import Screening
from scotoma.study.settings.sources import Source
from scotoma.tasks import MICROWORLD, MNLI
from scotoma.tasks.reading.examples import read_examples
from scotoma.worlds.microworld import LABELS, parse, relation
from scotoma.worlds.microworld import render as write_sentence
from shared_data import FOLDER

from . import inputs
from .mutations import Rng

FIELDS = ("premise", "hypothesis")


@dataclass(frozen=True)
class Reader:
    """One way into the program.

    Attributes:
        name: For the table.
        make: The files of an input, by name.
        read: Takes the folder they are in; raises ScotomaError to refuse, anything else is a failure.
        weight: How many of the inputs, beside the others'.
    """

    name: str
    make: Callable[[Rng], inputs.Files]
    read: Callable[[Path], object]
    weight: float = 1


def _only(folder: Path) -> Path:
    (path,) = (path for path in folder.iterdir() if path.is_file())
    return path


def _printed(parts: Any) -> None:
    console = PlainConsole()
    with console.capture() as capture:
        console.print(*parts, sep="\n")
    assert all(one.isprintable() or one == "\n" for one in capture.get())


def examples(folder: Path, labels: tuple[str, ...] = MNLI.labels) -> None:
    """Task and blind-spot data."""
    table = read_examples(_only(folder), labels=labels).table
    assert table.height
    assert not sum(table.null_count().row(0))
    assert table["id"].n_unique() == table.height
    assert set(table["label"]) <= set(labels)
    assert all(text.strip() for field in FIELDS for text in table[field])
    write_table(table, folder / "again.parquet")
    assert read_table(folder / "again.parquet").equals(table)


def nested_examples(folder: Path) -> None:
    """Task data whose texts and labels stand at paths."""
    columns = {"premise": "messages[0].content"}
    columns |= {name: f"messages[-1].content.{name}" for name in ("hypothesis", "label")}
    table = read_examples(_only(folder), columns=columns).table
    assert table.height
    assert set(table["label"]) <= set(MNLI.labels)
    assert all(text.strip() for field in FIELDS for text in table[field])


def hans_examples(folder: Path) -> None:
    """The same with a blind spot's labels."""
    examples(folder, HANS.labels)


def artifact(folder: Path) -> None:
    """Through the store: what is refused leaves no artifact, what is taken leaves a whole one."""
    source = Source(file=str(_only(folder)))
    step = ReadExamples(source=source, fields=FIELDS, labels=MNLI.labels, repeated_pairs="drop", seed=0)
    store = Store(folder / "store")
    try:
        store.make(step, Runtime())
    except ScotomaError:
        assert not list(store.root.glob("done/*"))
        raise
    assert store.verify(step) == []
    assert sorted(path.name for path in (store.root / "done").iterdir()) == [step.key]


def predicted(folder: Path) -> None:
    """Predictions of one model."""
    path = _only(folder)
    found = read_predictions(path, HANS, partial=True)
    assert found.table["id"].n_unique() == found.table.height
    score = score_file(path, blindspot=HANS, partial=True)
    json.dumps(score.record(), allow_nan=False)
    _printed(render_score(score))


def compared(folder: Path) -> None:
    """Predictions of two models."""
    found = compare_files(folder / "before.jsonl", folder / "after.jsonl", blindspot=HANS, partial=True)
    json.dumps(found.record(), allow_nan=False)
    _printed(render_comparison(found))


def studied(folder: Path) -> None:
    """A study, and the plan of it."""
    study = load_study(str(folder / "mine.yaml"))
    study.model_dump_json()
    if study.replicates * len(study.starts) * len(study.arms) < 1000:
        assert plan(study).steps


_CORPUS = ReadExamples(
    source=Source(file="corpus.tsv"), fields=FIELDS, labels=MICROWORLD.labels, repeated_pairs="keep", seed=0
)
_TEST = _CORPUS.model_copy(update={"seed": 1})


class _Told(Sample):
    """A sample whose generator reads no row, of whose settings the screen reads nothing else."""

    @property
    def reads(self) -> str | None:
        """Nothing."""
        return None


_SAMPLING = Sampling(temperature=1, top_p=1, candidates_per_label=9, max_new_tokens=9)
_RAW = cast(Sample, _Told.model_construct(task=MICROWORLD, generator=_TEST, sampling=_SAMPLING, seed=0))


def screened(folder: Path) -> None:
    """Generated text: every row is in the pool or among the rejects, with its text as it was."""
    texts = json.loads((folder / "texts.json").read_bytes())
    for task in (MICROWORLD, MNLI):
        _screen(folder / task.name, texts, task, "drop")


def _screen(folder: Path, texts: list[str], task: Any, policy: Literal["keep", "drop"]) -> None:
    places = {_RAW.key: folder / "raw", _CORPUS.key: folder / "corpus", _TEST.key: folder / "test"}
    for place in (*places.values(), folder / "out"):
        place.mkdir(parents=True)
    labels = [task.labels[place % len(task.labels)] for place in range(len(texts))]
    rows = {"id": [f"r{place}" for place in range(len(texts))], "label": labels, "text": texts}
    write_table(pl.DataFrame(rows), folder / "raw" / "raw.parquet")
    for place, (premise, hypothesis) in zip((_CORPUS, _TEST), inputs.pairs()[:2], strict=True):
        table = to_table([Example("x", (premise, hypothesis), "neutral")], FIELDS)
        write_table(table, places[place.key] / "examples.parquet")
    screening = Screening(identical=policy, duplicates=policy, leaks=policy, copies=policy)
    step = Screen.model_construct(task=task, raw=_RAW, corpus=_CORPUS, tests=(_TEST,), screening=screening)

    def found(needed: Step) -> Path:
        return places[needed.key]

    try:
        step.run(out=folder / "out", inputs=found, runtime=Runtime())
    except ScotomaError:
        assert list((folder / "out").iterdir()) == []
        raise
    kept, rejects = (read_table(folder / "out" / f"{name}.parquet") for name in ("examples", "rejects"))
    assert sorted([*kept["id"], *rejects["id"]]) == sorted(rows["id"])
    text_of = dict(zip(rows["id"], texts, strict=True))
    assert rejects["text"].to_list() == [text_of[name] for name in rejects["id"]]
    funnel = json.loads((folder / "out" / "yield.json").read_text("utf8"))
    assert funnel["raw"] == funnel["kept"] + sum(funnel["rejected"].values())


def micro(folder: Path) -> None:
    """Text of the micro-world: one tree or none, written as it was read; one relation of two sentences."""
    premise, hypothesis = json.loads((folder / "texts.json").read_bytes())
    assert write_sentence(parse(premise)) == premise
    assert relation(premise, hypothesis) in LABELS


def audit(folder: Path) -> None:
    """A whole audit, as a record and as a terminal shows it."""
    path = _only(folder)
    for other in (None, "label1"):
        found = audit_file(path, task=MNLI, reference=path, tests=[path], other_labels=other)
        json.dumps(record(found), allow_nan=False)
        _printed(render(found))


def own_predicate(folder: Path) -> None:
    """An audit with a predicate of the user's."""
    spec = (folder / "spec.txt").read_bytes().decode().replace("WORDS", str(folder / "words.txt"))
    if "=code:" in spec:  # that runs the user's code, and says so
        return
    path = folder / "rows.csv"
    texts = ("The ball may be in the goal", "a" * 40 + "!", "xx 12", "Perhaps\x1b[31m")
    rows = [{"premise": text, "hypothesis": text, "label": n % 3} for n, text in enumerate(texts)]
    path.write_text(pl.DataFrame(rows).write_csv(), encoding="utf8")
    found = audit_file(path, task=MNLI, predicates=[spec])
    json.dumps(record(found), allow_nan=False)
    _printed(render(found))


READERS = (
    Reader("task: MultiNLI, JSON lines", inputs.multinli_json_lines, examples, 2),
    Reader("task: MultiNLI, text", inputs.multinli_text, examples, 2),
    Reader("task: HANS, text", inputs.hans_text, hans_examples, 2),
    Reader("task: hub's columns, CSV", inputs.hub_csv, examples, 2),
    Reader("task: hub's columns, Parquet", inputs.hub_parquet, examples, 2),
    Reader("task: hub's columns, one JSON list", inputs.hub_list, examples),
    Reader("task: hub's columns, TSV, quoted or not", inputs.quoted_tabs, examples, 2),
    Reader("task: named classes, Parquet and Arrow", inputs.named_classes, examples, 2),
    Reader("task: texts inside chats", inputs.chats, nested_examples),
    Reader("task: packed", inputs.packed, examples),
    *([Reader("task: files beside the repository", inputs.shared, examples)] if FOLDER.is_dir() else []),
    Reader("task: through the store", inputs.hub_csv, artifact, 0.5),
    Reader("predictions: CSV", inputs.predictions(".csv"), predicted),
    Reader("predictions: TSV", inputs.predictions(".tsv"), predicted),
    Reader("predictions: JSON lines", inputs.predictions(".jsonl"), predicted),
    Reader("predictions: Parquet", inputs.predictions(".parquet"), predicted),
    Reader("predictions: HANS text", inputs.hans_answers, predicted),
    Reader("predictions: lm-evaluation-harness", inputs.harness, predicted),
    Reader("predictions: inspect_ai, .json", inputs.json_log, predicted),
    Reader("predictions: inspect_ai, .eval", inputs.eval_log, predicted),
    Reader("predictions: two sides", inputs.two_sides, compared, 0.3),
    Reader("study", inputs.study, studied, 3),
    Reader("generated text: screen", inputs.generated, screened),
    Reader("generated text: micro-world", inputs.sentences, micro, 2),
    Reader("audit: data", inputs.audited, audit, 0.5),
    Reader("audit: predicates", inputs.predicates, own_predicate),
)
