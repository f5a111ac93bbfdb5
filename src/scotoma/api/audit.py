"""`scotoma.audit`: does a data set carry the shortcut, before anything is trained on it?"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.api.frames import Rows, are_columns, are_records, frame_of, place_of
from scotoma.api.named import KnownTask, task_named
from scotoma.api.notebook import page, paragraphs, table
from scotoma.api.result import Result
from scotoma.api.words import in_python
from scotoma.audits import Audit, Rule, audit_file, read_rules, record, render
from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import no_progress
from scotoma.basics.words import counted
from scotoma.tasks import Task
from scotoma.tasks.reading.sources import Place

if TYPE_CHECKING:
    from rich.console import RenderableType

    from scotoma.audits.files import Labeller

#: Predicates of the caller's own: `NAME=KIND:VALUE`, or by name a function of a row's texts or `KIND:VALUE`.
Predicates = Sequence[str] | Mapping[str, str | Callable[..., bool]]


class AuditResult(Result):
    """What a data set holds. Frames are polars frames; `to_pandas()` gives them as pandas frames.

    Attributes:
        found: The audit itself, see `scotoma.audits.result.Audit`.
        summary: What was found, in sentences, the worst first; the first begins with Yes or No.
        shortcuts: A row for each predicate of overlap and each of your own, with the target: carried (yes,
            opposite, not shown) and, with a reference, against_reference (stronger, weaker, not shown); a
            frame.
        associations: A row for each predicate and label: odds_ratio with low and high (95 %), p, p_holm, the
            counts; with a reference reference_odds_ratio and amplification, their ratio; a frame.
        labels: A row for each label: n, share and reference_share; a frame.
        baselines: A row for each of hypothesis_only and overlap_only: accuracy with low and high (95 %),
            majority (share of the commonest label), n, and the same of the reference; a frame.
        copies: A row for each place where a copy of a row may stand (data, each test set, the reference):
            exact and near, in rows; a frame.
        diversity: A row for each text: n, mean_words, types, distinct_1, distinct_2, distinct_texts,
            compression_ratio; a frame.
    """

    def __init__(self, audit: Audit) -> None:
        self.found = audit

    @cached_property
    def _record(self) -> dict[str, Any]:
        return record(self.found)

    @property
    def summary(self) -> tuple[str, ...]:
        return tuple(self._record["summary"])

    @cached_property
    def shortcuts(self) -> pl.DataFrame:
        return frame_of(self._record["shortcuts"])

    @cached_property
    def associations(self) -> pl.DataFrame:
        return frame_of(self._record["associations"])

    @cached_property
    def labels(self) -> pl.DataFrame:
        return _by_name("label", self._record["labels"])

    @cached_property
    def baselines(self) -> pl.DataFrame:
        return _by_name("baseline", self._record["baselines"])

    @cached_property
    def copies(self) -> pl.DataFrame:
        record = self._record
        copies = {"data": record["duplicates"], **record["leaks"]["by_test"]}
        if record["copies_of_reference"] is not None:
            copies["reference"] = record["copies_of_reference"]
        keys = ("exact", "near", "complete")
        return _by_name("of", {name: {key: one[key] for key in keys} for name, one in copies.items()})

    @cached_property
    def diversity(self) -> pl.DataFrame:
        return _by_name("field", self._record["diversity"]["fields"])

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The frames by name: shortcuts, associations, labels, baselines, copies, diversity."""
        return {
            "shortcuts": self.shortcuts,
            "associations": self.associations,
            "labels": self.labels,
            "baselines": self.baselines,
            "copies": self.copies,
            "diversity": self.diversity,
        }

    @property
    def n(self) -> int:
        """Rows with a label."""
        return self.found.n

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as `scotoma audit --json` prints them."""
        return self._record

    def __repr__(self) -> str:
        return f"<AuditResult {self.n:,} rows: {self.summary[0]}>"

    def _shown(self) -> "list[RenderableType]":
        return render(self.found)

    def _repr_html_(self) -> str:
        shown = ["predicate", "label", "n", "odds_ratio", "low", "high", "p_holm"]
        shown += ["reference_odds_ratio", "amplification"] if self.found.reference_label_counts else []
        target = self.associations.filter(pl.col("label") == self.found.target).select(shown)
        caption = f"Odds ratio of each predicate with {self.found.target}, with its 95 % interval"
        return page(
            paragraphs(self.summary),
            table(target, caption),
            table(self.copies, "Rows that are copies of a row there"),
        )


def _by_name(column: str, records: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    return frame_of([{column: name, **one} for name, one in records.items()])


@in_python
def audit(
    rows: Rows,
    *,
    task: str | Path | Task,
    reference: Rows | None = None,
    tests: Rows | Sequence[Rows] | Mapping[str, Rows] = (),
    columns: Mapping[str, str] | None = None,
    labels: Mapping[Any, str] | None = None,
    predicates: Predicates = (),
    other_labels: str | None = None,
    model: str | None = None,
    model_labels: Sequence[str] = (),
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    parts: Callable[[int, int], None] | None = None,
) -> AuditResult:
    """Does this data set carry the shortcut, how strongly, and how much more than the reference?

    Nothing is trained, nothing is drawn at random, and the order of rows does not matter. 100,000 pairs take
    some seconds.

    Args:
        rows: Labelled rows with the task's text fields and `label`: a path of any format that `scotoma audit`
            reads, `bundled:NAME` or `hub:NAME:SPLIT`; or a frame (polars, pandas, anything that exports
            Arrow), columns by name, or a list of records.
        task: Task that gives the rows' text fields and labels: `mnli`, ...; or a study file, for its task and
            predicates.
        reference: Rows of the same kind to compare with: the data that you would train on otherwise.
        tests: Rows that should not occur in the data: one such, a list, or a mapping by name. Read for their
            texts; labels may be hidden.
        columns: Our names of columns to yours, such as `{"premise": "sentence1"}`; names in common use are
            known.
        labels: Your words or codes of labels to the task's, such as `{"e": "entailment", 1: "neutral"}`.
        predicates: Your own, beside those built in. By name a function that takes the texts of a row, in the
            order of the task's fields, and says True or False; or `KIND:VALUE` as on the command line.
        other_labels: The column with another labeller's labels.
        model: A classifier (folder or hub name) that labels every row, to measure agreement.
        model_labels: Meaning of the model's outputs, in order.
        device: Torch device of the model; `auto` takes a GPU if there is one.
        progress: Called with (rows done, rows in all) while the model labels.
        parts: Called with (rows done, rows in all) of the audit itself, where a part of the work counts for
            its usual share of each row; before that with (rows read, 0) where rows are read one by one.

    Raises:
        ScotomaError: a row, a column, a label or a predicate is wrong; names the first few, how many there
            are, and what to do.

    Example:
        >>> import scotoma
        >>> found = scotoma.audit("bundled:mnli/train_10k.tsv.xz", task="mnli")
        >>> found.n
        9999
        >>> carried = found.associations.filter(predicate="overlap_word", label="entailment")
        >>> round(carried["odds_ratio"].item(), 1)
        17.8
    """
    if model is None and (model_labels or device != "auto"):
        what = (
            "the labels of a model are given, but no model"
            if model_labels
            else "a device is given, but no model to run on it"
        )
        where = "--model-labels" if model_labels else "--device"
        raise ScotomaError(what, where=where, remedy="Add --model.")
    place = place_of(rows, "data")
    known = task_named(task, place)
    label_words = {str(word): label for word, label in (labels or {}).items()}
    return AuditResult(
        audit_file(
            place,
            task=known.task,
            reference=None if reference is None else place_of(reference, "reference"),
            tests=_tests(tests, known.task.fields),
            columns={**known.columns, **(columns or {})},
            labels={**known.labels, **label_words},
            labels_are_assumed=not (known.is_files or label_words),
            rules=[*known.rules, *_rules(predicates, known)],
            other_labels=other_labels,
            labeller=None if model is None else _labeller(model, model_labels, known.task, device, progress),
            progress=parts or no_progress,
        )
    )


def _tests(
    tests: Rows | Sequence[Rows] | Mapping[str, Rows], fields: Sequence[str]
) -> list[Place] | dict[str, Place]:
    """The test sets as readers take them; by name where they are given so."""
    if isinstance(tests, Mapping) and not (are_columns(tests) and _have_rows(tests, fields)):
        return {str(name): place_of(rows, str(name)) for name, rows in tests.items()}
    are_several = isinstance(tests, Sequence) and not (isinstance(tests, str | bytes) or are_records(tests))
    if are_several:
        return [place_of(rows, f"test {number}") for number, rows in enumerate(tests, start=1)]
    return [place_of(tests, "test")]


def _have_rows(columns: Mapping[str, Any], fields: Sequence[str]) -> bool:
    """Whether these are columns of one test set and not test sets that are all empty: their names tell."""
    return any(map(len, columns.values())) or not columns.keys().isdisjoint(fields)


def _rules(predicates: Predicates, known: KnownTask) -> list[Rule]:
    fields = known.task.fields
    if not isinstance(predicates, Mapping):
        return read_rules(predicates, fields)
    rules = []
    for name, predicate in predicates.items():
        if callable(predicate):
            rules.append(Rule(name, f"{getattr(predicate, '__name__', name)} returns True", "all", predicate))
        else:
            rules += read_rules([f"{name}={predicate}"], fields)
    return rules


def _labeller(
    model: str,
    order: Sequence[str],
    task: Task,
    device: str,
    progress: Callable[[int, int], None] | None,
) -> "Labeller":
    def labels(table: pl.DataFrame) -> tuple[list[str], tuple[str, ...]]:
        from scotoma.models.labelling import label_with

        labels, n_cut = label_with(
            model,
            list(table.select(task.fields).iter_rows()),
            task.labels,
            order=order,
            device=device,
            progress=progress or no_progress,
        )
        rows = counted(table.height, "row")
        cut = f"Model {model}: {n_cut:,} of {rows} had more tokens than it reads, and were truncated."
        return labels, (cut,) if n_cut else ()

    return labels
