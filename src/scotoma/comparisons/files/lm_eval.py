"""lm-evaluation-harness: the lines of a `samples_*.jsonl`, as `--log_samples` writes them.

A line has `doc` (the row of the data set), `target`, `arguments` (what was asked: context and
continuation), `filtered_resps` and `filter`. Of a multiple-choice task, `filtered_resps` is a log
likelihood and "is it what greedy decoding says" for each choice, which the file has as text; of a
generating task it is the answer. Written for lm-eval 0.4; checked with the output of 0.4.13.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scotoma.basics.errors import nearest, shown
from scotoma.basics.words import counted
from scotoma.comparisons.files.answers import NoAnswer
from scotoma.comparisons.files.labels import LabelWords
from scotoma.comparisons.files.raw import TAGS, Raw, check_chosen, pick_columns
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Record

#: Name beside a row's values that says whether choices of different labels are the likeliest.
_TIED = "tied"
#: What tells a row that `scotoma export lm-eval` wrote.
_EXPORTED = {"prompt", "choices", "right", "cell"}
_ASK_AGAIN = (
    "The harness kept the prompts of an older task of this name: ask again, with --cache_requests refresh or "
    "without --cache_requests."
)


def is_sample(record: Record) -> bool:
    """Whether a line is one of the harness's."""
    return isinstance(record.get("doc"), dict) and "filtered_resps" in record and "target" in record


def read_samples(
    records: Iterable[tuple[int, Record]],
    faults: Faults,
    *,
    labels: LabelWords,
    columns: Mapping[str, str],
    fields: Sequence[str],
    chosen: str = "",
) -> Raw:
    """The lines as rows: the answer is the likeliest choice, the probabilities a softmax over choices.

    Args:
        records: Records with their line numbers.
        faults: Gathers lines that cannot be read.
        labels: Meanings of the choices.
        columns: Names in `doc` for id, gold, heuristic, subcase, template and the texts.
        fields: Names of the texts.
        chosen: Name of the filter whose lines are read; empty where there is one.

    Raises:
        ScotomaError: the lines are of several filters, or of none of this name, or `columns` names what
            no `doc` has.
    """
    raw = Raw("lm-evaluation-harness samples", faults.unit)
    doc_names: set[str] = set()
    has_doc_ids = has_probabilities = False
    n_tied = 0
    from_doc = ("id", *TAGS, *fields)
    for number, record in _of_one_filter(_samples(records, faults), chosen, faults):
        doc_names.update(record["doc"])
        try:
            _check_prompt(record)
            values = _row(record, labels, columns, from_doc)
        except _UnknownChoice as unknown:
            faults.add(number, f"choice {unknown.choice!r} is not known", labels.remedy([unknown.choice]))
            continue
        except _WrongPrompt as other:
            faults.add(
                number, f"the model was asked {shown(other.prompt)}, not the prompt of the row", _ASK_AGAIN
            )
            continue
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            faults.add(number, f"not in the harness's form: {error}", "Write it again with --log_samples.")
            continue
        has_doc_ids = has_doc_ids or values["id"] == record.get("doc_id")
        n_tied += bool(values.pop(_TIED, False))
        has_probabilities = has_probabilities or any(name.startswith("p_") for name in values)
        raw.add(number, values)
    check_chosen(columns, ("gold", *from_doc), doc_names, faults)
    if has_doc_ids:
        raw.notes.append("Ids are the harness's doc_id, the place of a row in its data set.")
    if has_probabilities:
        raw.notes.append(
            "Probabilities are a softmax of each choice's log likelihood, not divided by its length (as acc)."
        )
    if n_tied:
        raw.notes.append(
            f"In {counted(n_tied, 'row')} choices of different labels are equally likely; the first of them "
            "is the answer, as in the harness. If these are many, ask again with dtype=float32."
        )
    return raw


def _samples(records: Iterable[tuple[int, Record]], faults: Faults) -> list[tuple[int, Mapping[str, Any]]]:
    samples = []
    for number, record in records:
        if is_sample(record):
            samples.append((number, record))
        else:
            faults.add(number, "not a sample of the harness", "Keep one task's samples in the file.")
    return samples


def _of_one_filter(
    samples: list[tuple[int, Mapping[str, Any]]], chosen: str, faults: Faults
) -> list[tuple[int, Mapping[str, Any]]]:
    """The lines of the filter that was chosen, or of the only one."""
    filters = list(dict.fromkeys(str(record["filter"]) for _, record in samples if "filter" in record))
    if chosen and chosen not in filters:
        remedy = (
            nearest(chosen, filters) if filters else "Leave --filter out, and keep the lines of one filter."
        )
        faults.fail(f"no line has the filter {chosen!r}", remedy)
    if chosen:
        return [(number, record) for number, record in samples if str(record.get("filter")) == chosen]
    if len(filters) > 1:
        faults.fail(
            f"the lines have {len(filters)} different filters: {', '.join(filters)}",
            f"Say which one with --filter {filters[0]}.",
        )
    places = Counter(str(record.get("doc_id")) for _, record in samples if "doc_id" in record)
    times = set(places.values())
    if not filters and len(times) == 1 and times != {1}:
        faults.fail(
            f"every doc_id occurs {times.pop()} times, and lines do not name their filter: several?",
            "Keep the lines of one filter; older versions of the harness write one filter after the other.",
        )
    return samples


class _UnknownChoice(Exception):
    """A choice that means no label."""

    def __init__(self, choice: str) -> None:
        super().__init__(choice)
        self.choice = choice


def _row(
    record: Mapping[str, Any], labels: LabelWords, columns: Mapping[str, str], from_doc: Sequence[str]
) -> dict[str, object]:
    doc, targets = record["doc"], _targets(record["target"])
    values: dict[str, object] = {"id": record.get("doc_id"), **pick_columns(doc, columns, from_doc)}
    answers = record["filtered_resps"]
    is_multiple_choice = isinstance(answers[0], list) if answers else False
    # Choices of which nothing was kept: the target may be an index into them all the same.
    nothing_kept = answers == [None] * len(answers) and len(record["arguments"]) > 1
    if len(answers) > 1 and (is_multiple_choice or nothing_kept):
        choices, scores = _choices(record["arguments"], answers)
        if why_undefined := _why_undefined(scores):
            values["predicted"] = NoAnswer(f"{why_undefined}; dtype=float32 may help")
        else:
            best = max(range(len(choices)), key=scores.__getitem__)
            values["predicted"] = choices[best]
            values |= _probabilities(choices, scores, labels)
            likeliest = (
                choice for choice, score in zip(choices, scores, strict=True) if score == scores[best]
            )
            values[_TIED] = len({labels.merged(str(labels.meaning(choice))) for choice in likeliest}) > 1
        # An index into the choices is what the harness takes digits for, too.
        targets = [choices[int(target)] if target.isdecimal() else target for target in targets]
    else:
        values["predicted"] = _written_answer(answers, record)
    gold = pick_columns(doc, columns, ("gold",)).get("gold")
    if "gold" in columns or labels.gold_by_user(gold) is not None:
        values["gold"] = gold
    else:
        # A target is an answer, so the user's words hold for it.
        words: list[object] = [labels.meaning(target) or target for target in targets]
        values["gold"] = words[0] if len(words) == 1 else words
    return values


class _WrongPrompt(Exception):
    """A row that was scored by answers to another prompt."""

    def __init__(self, prompt: str) -> None:
        super().__init__(prompt)
        self.prompt = prompt


def _check_prompt(record: Mapping[str, Any]) -> None:
    """Refuses a row that `export` wrote, where its prompt is not in what the model was asked.

    Examples, a chat's template and white space may stand around it.

    Source: under `--cache_requests` lm-eval 0.4.13 asks what a task of this name asked before, and scores it
    against the rows of now (findings/prompts-of-an-older-task.sh).

    Raises:
        _WrongPrompt: it is not.
    """
    if not record["doc"].keys() >= _EXPORTED:
        return
    arguments = record["arguments"]
    first = next(iter(arguments.values())) if isinstance(arguments, dict) else arguments[0]
    context = str(next(iter(first.values())) if isinstance(first, dict) else first[0])
    if _bare(record["doc"]["prompt"]) not in _bare(context):
        raise _WrongPrompt(context)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _targets(target: object) -> list[str]:
    """The right answers: one, or those of a list, which newer versions write as text."""
    if target is None:
        return []
    if isinstance(target, list):
        return [str(part) for part in target]
    text = str(target).strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [text]
    return [part.strip().strip("'\"") for part in text[1:-1].split(",")]


def _written_answer(answers: Any, record: Mapping[str, Any]) -> object:
    """The answer of a generating task: what its filter kept, or several where it kept more."""
    kept = answers if isinstance(answers, list) else [answers]
    if len(kept) == 1 and isinstance(kept[0], list):
        kept = kept[0]
    is_likelihood = len(kept) == 2 and str(kept[1]) in ("True", "False")
    if is_likelihood or (not kept and len(record["arguments"]) > 1):
        raise ValueError(f"filtered_resps is {answers!r}, not one answer for each choice")
    if any(isinstance(part, list | dict | bool) for part in kept):
        raise ValueError(f"filtered_resps must be a text; got {answers!r}")
    if not kept:
        return NoAnswer(f"the filter kept nothing; response {shown(_response(record))}")
    return kept[0] if len(kept) == 1 else list(kept)


def _response(record: Mapping[str, Any]) -> object:
    """What the model wrote, out of the lists it stands in."""
    response: object = record.get("resps")
    while isinstance(response, list) and len(response) == 1:
        response = response[0]
    return response or ""


def _choices(arguments: Any, answers: list[Any]) -> tuple[list[str], list[float]]:
    """The text and the log likelihood of each choice.

    A task that measures `acc_mutual_info` asks for each choice a second time without the context.
    """
    requests = (
        [list(request.values()) for request in arguments.values()]
        if isinstance(arguments, dict)
        else arguments
    )
    pairs = [
        (str(continuation).strip(), math.nan if answer is None else float(answer[0]))
        for (context, continuation), answer in zip(requests, answers, strict=True)
        if context == requests[0][0]
    ]
    choices = [text for text, _ in pairs]
    if len(set(choices)) < max(2, len(choices)):
        raise ValueError(f"choices {choices} are not two or more different texts")
    return choices, [score for _, score in pairs]


def _why_undefined(scores: Sequence[float]) -> str:
    """Why no answer follows from the scores; empty where one does."""
    if any(map(math.isnan, scores)):
        return "a log likelihood is NaN"
    return "no choice has a finite log likelihood" if math.isinf(max(scores)) else ""


def _probabilities(choices: list[str], scores: list[float], labels: LabelWords) -> dict[str, object]:
    meanings = [labels.meaning(choice) for choice in choices]
    for choice, label in zip(choices, meanings, strict=True):
        if label is None:
            raise _UnknownChoice(choice)
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = math.fsum(weights)
    probabilities: dict[str, float] = {}
    for label, weight in zip(meanings, weights, strict=True):
        probabilities[f"p_{label}"] = probabilities.get(f"p_{label}", 0.0) + weight / total
    return dict(probabilities)
