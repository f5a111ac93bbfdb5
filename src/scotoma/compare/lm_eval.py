"""lm-evaluation-harness: the lines of a `samples_*.jsonl`, as `--log_samples` writes them.

A line has `doc` (the row of the data set), `target`, `arguments` (what was asked: context and
continuation), `filtered_resps` and `filter`. Of a multiple-choice task, `filtered_resps` is a log
likelihood and "is it what greedy decoding says" for each choice, which the file has as text; of a
generating task it is the answer. Written for lm-eval 0.4; checked with the output of 0.4.13.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from scotoma.compare.labels import LabelWords
from scotoma.compare.raw import Raw, check_chosen, named
from scotoma.tasks.faults import Faults
from scotoma.tasks.formats import Record

_FROM_DOC = ("id", "heuristic", "subcase", "template", "premise", "hypothesis")


def is_sample(record: Record) -> bool:
    """Whether a line is one of the harness's."""
    return isinstance(record.get("doc"), dict) and "filtered_resps" in record and "target" in record


def read_samples(
    records: Iterable[tuple[int, Record]], faults: Faults, *, labels: LabelWords, columns: Mapping[str, str]
) -> Raw:
    """The lines as rows: the answer is the likeliest choice, the probabilities a softmax over choices.

    Args:
        records: With their line numbers.
        faults: Gathers lines that cannot be read.
        labels: What the choices mean.
        columns: Names in `doc` for id, gold, heuristic, subcase, template, premise, hypothesis.

    Raises:
        ScotomaError: the lines are of several filters, or `columns` names what no `doc` has.
    """
    raw = Raw("lm-evaluation-harness samples", "line")
    filters: dict[str, None] = {}
    there: set[str] = set()
    numbered = likely = False
    for number, record in records:
        if not is_sample(record):
            faults.add(number, "no sample of the harness", "Keep one task's samples in the file.")
            continue
        filters[str(record.get("filter"))] = None
        doc: Any = record["doc"]
        there.update(doc)
        try:
            values = _row(record, labels, columns)
        except _Strange as strange:
            faults.add(number, f"choice {strange.choice!r} is not known", labels.remedy([strange.choice]))
            continue
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            faults.add(number, f"not in the harness's form: {error}", "Write it again with --log_samples.")
            continue
        numbered = numbered or values["id"] == record.get("doc_id")
        likely = likely or any(name.startswith("p_") for name in values)
        raw.add(number, values)
    check_chosen(columns, ("gold", *_FROM_DOC), there, faults)
    if len(filters) > 1:
        faults.fail(
            f"the lines are of {len(filters)} filters: {', '.join(filters)}",
            "Keep the lines of one filter.",
        )
    if numbered:
        raw.notes.append("Ids are the harness's doc_id, the place of a row in its data set.")
    if likely:
        raw.notes.append(
            "Probabilities are a softmax of each choice's log likelihood, not divided by its length (as acc)."
        )
    return raw


class _Strange(Exception):
    """A choice that means no label."""

    def __init__(self, choice: str) -> None:
        super().__init__(choice)
        self.choice = choice


def _row(record: Mapping[str, Any], labels: LabelWords, columns: Mapping[str, str]) -> dict[str, object]:
    doc, target = record["doc"], record["target"]
    values: dict[str, object] = {"id": record.get("doc_id"), **named(doc, columns, _FROM_DOC)}
    answers = record["filtered_resps"]
    if isinstance(answers[0], list):
        choices, scores = _choices(record["arguments"], answers)
        best = max(range(len(choices)), key=scores.__getitem__)
        values["predicted"] = choices[best]
        values |= _probabilities(choices, scores, labels)
        # An index into the choices is what the harness takes digits for, too.
        target = choices[int(target)] if str(target).isdecimal() else target
    else:
        values["predicted"] = answers[0]
    gold = named(doc, columns, ("gold",)).get("gold")
    is_told = "gold" in columns or labels.meaning(gold) is not None
    # A target is an answer, so the user's words hold for it.
    values["gold"] = gold if is_told else labels.meaning(target) or target
    return values


def _choices(arguments: Any, answers: list[Any]) -> tuple[list[str], list[float]]:
    """The text and the log likelihood of each choice.

    A task that measures `acc_mutual_info` asks for each choice a second time without the context.
    """
    asked = [list(one.values()) for one in arguments.values()] if isinstance(arguments, dict) else arguments
    pairs = [
        (str(continuation).strip(), float(answer[0]))
        for (context, continuation), answer in zip(asked, answers, strict=True)
        if context == asked[0][0]
    ]
    choices = [text for text, _ in pairs]
    if len(set(choices)) < max(2, len(choices)):
        raise ValueError(f"choices {choices} are not two or more different texts")
    if any(math.isnan(score) for _, score in pairs):
        raise ValueError("a log likelihood is NaN")
    return choices, [score for _, score in pairs]


def _probabilities(choices: list[str], scores: list[float], labels: LabelWords) -> dict[str, object]:
    meanings = [labels.meaning(choice) for choice in choices]
    for choice, label in zip(choices, meanings, strict=True):
        if label is None:
            raise _Strange(choice)
    top = max(scores)
    shares = [math.exp(score - top) for score in scores]
    total = math.fsum(shares)
    found: dict[str, float] = {}
    for label, share in zip(meanings, shares, strict=True):
        found[f"p_{label}"] = found.get(f"p_{label}", 0.0) + share / total
    return dict(found)
