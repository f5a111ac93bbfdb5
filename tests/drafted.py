"""Studies that `scotoma init` wrote, with what is left open filled in."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from scotoma.study.strict_yaml import parse_text
from scotoma.study.undecided import DECIDE, undecided

#: What a person might say, by the last part of a setting's place; in words that the shipped base has.
ANSWERS = {
    "target": '"Yes"',
    "classifier_prompt": '"Premise: {first} Hypothesis: {second}"',
    "generator_text": '"Relation: {label} Premise: {first} Hypothesis: {second}"',
    "margin": "0.25",
    "shortcut": "Two sentences of the same words mean the same.",
}


def decided(text: str, answers: Mapping[str, str]) -> str:
    """The text of a study with an answer at every place that is still open."""
    lines = text.splitlines()
    for one in undecided(parse_text(text, "text")[0]):
        setting = one.setting if one.setting in answers else one.setting.rpartition(".")[2]
        lines[one.line - 1] = lines[one.line - 1].replace(DECIDE, answers[setting], 1)
    return "\n".join(lines) + "\n"


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf8") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
