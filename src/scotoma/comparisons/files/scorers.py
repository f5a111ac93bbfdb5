"""inspect_ai: the answer of each sample, from the scorer that was named or the first that gives labels.

A sample has `scores`, by scorer, each with the `answer` that it took out of the completion; logs of version 1
have a single `score` in their place.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scotoma.basics.errors import nearest, shown
from scotoma.comparisons.files.answers import NoAnswer, is_missing, is_no_answer, several
from scotoma.comparisons.files.labels import LabelWords
from scotoma.tasks.reading.faults import Faults

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Sample = Mapping[str, Any]


def choose_scorer(
    samples: Sequence[Sample], labels: LabelWords, named: str, faults: Faults
) -> tuple[str | None, list[str]]:
    """The scorer whose answers are read, and what a reader must know of the choice.

    It is the one that was named; else the first all of whose answers are labels or none; else the one with
    the most labels. None where no scorer gives an answer, so that completions are read.

    Raises:
        ScotomaError: no sample has a scorer of the name.
    """
    names = list(dict.fromkeys(name for sample in samples for name in _scores(sample)))
    if named:
        if named not in names:
            faults.fail(
                f"no sample has a scorer {named!r}", nearest(named, names) if names else "Score it first."
            )
        return named, [f"Answers are those of scorer {named}."]
    kinds = {name: _kinds(samples, name, labels) for name in names}
    answering = [name for name in names if kinds[name]]
    if not answering:
        return None, ["No scorer gives an answer, so whole completions are read as answers."]
    clean = [name for name in answering if kinds[name]["label"] and not kinds[name]["other"]]
    chosen = clean[0] if clean else max(answering, key=lambda name: kinds[name]["label"])
    if len(answering) == 1:
        return chosen, []
    others = ", ".join(name for name in answering if name != chosen)
    first = "the first whose answers are labels" if clean else "the one with the most labels for answers"
    return chosen, [
        f"Answers are those of scorer {chosen}, {first}; there are also those of {others} (--scorer)."
    ]


def answer_of(sample: Sample, scorer: str | None) -> object:
    """The answer as a text, a list of several, or `NoAnswer`.

    Args:
        sample: One sample of a log.
        scorer: Name of the scorer whose answer to take; None for the completion.
    """
    if scorer is None:
        return _chosen(_completion(sample), sample)
    score = _scores(sample).get(scorer)
    answer = score.get("answer") if isinstance(score, Mapping) else None
    if is_missing(answer) or answer == []:
        lacks = f"no {'score' if score is None else 'answer'} by {scorer}"
        return NoAnswer(f"{lacks}; completion {shown(_completion_or_empty(sample))}")
    return _chosen(answer, sample)


def choice(word: object, choices: Sequence[object]) -> str:
    """The text of the choice that a letter stands for, as in `B`, `B.` or `(B)`; any other word is itself."""
    text = str(word).strip()
    letter = text.strip("(). ")
    place = _LETTERS.find(letter) if len(letter) == 1 else -1
    return str(choices[place]) if 0 <= place < len(choices) else text


def choices_of(sample: Sample) -> list[object]:
    """The texts of a sample's choices, in order; empty where it has none."""
    choices = sample.get("choices")
    return choices if isinstance(choices, list) else []


def _chosen(answer: object, sample: Sample) -> object:
    choices = choices_of(sample)
    if isinstance(answer, list):
        return [choice(part, choices) for part in answer]
    text = str(answer).strip()
    letters = _LETTERS[: len(choices)]
    parts = list(dict.fromkeys(text)) if set(text) <= set(letters) else several(text)
    if parts and all(part in letters for part in parts):
        picked = [choice(part, choices) for part in parts]
        return picked[0] if len(picked) == 1 else picked
    return choice(text, choices)


def _scores(sample: Sample) -> Mapping[str, Any]:
    scores = sample.get("scores")
    if scores is None and isinstance(sample.get("score"), Mapping):
        return {"score": sample["score"]}
    return scores if isinstance(scores, Mapping) else {}


def _kinds(samples: Sequence[Sample], scorer: str, labels: LabelWords) -> Counter[str]:
    """Counts of a scorer's answers: labels (`label`), none (`unanswered`), others (`other`); no nulls."""
    kinds: Counter[str] = Counter()
    for sample in samples:
        score = _scores(sample).get(scorer)
        if not isinstance(score, Mapping) or score.get("answer") is None:
            continue
        answer = answer_of(sample, scorer)
        is_unanswered = is_no_answer(answer, labels)
        word = answer[0] if isinstance(answer, list) and not is_unanswered else answer
        is_label = not is_unanswered and labels.meaning(word) is not None
        kinds["unanswered" if is_unanswered else "label" if is_label else "other"] += 1
    return kinds


def _completion_or_empty(sample: Sample) -> str:
    """The completion; empty where there is none."""
    try:
        return _completion(sample)
    except (AttributeError, LookupError, TypeError):
        return ""


def _completion(sample: Sample) -> str:
    output = sample["output"]
    if isinstance(output.get("completion"), str):
        return str(output["completion"])
    content = output["choices"][0]["message"]["content"]
    if isinstance(content, list):  # parts, such as reasoning and then text
        content = "".join(str(part.get("text") or "") for part in content if part.get("type") == "text")
    return str(content)
