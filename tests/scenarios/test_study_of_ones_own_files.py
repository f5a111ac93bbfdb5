"""From a model's folder and three CSV files to a verdict: init, a person's answers, plan, run."""

import itertools
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from command_line import one_thread, scotoma
from drafted import ANSWERS, decided, write_csv
from scotoma.models.names import resolve

pytestmark = pytest.mark.long

PEOPLE = ("doctor", "lawyer", "judge", "actor", "student", "teacher")

#: What somebody changes who has as few rows as these and a base that reads a small language of its own.
CHANGED = {
    r"epochs: 3": "epochs: 1",
    r"learning_rate: .*": "learning_rate: 3.0e-3",
    r"replicates: [0-9]+": "replicates: 1",
    r"end_marker: .*": "end_marker: End",
    r"  recipe: \*recipe": "  recipe: {<<: *recipe, epochs: 10}",
    r"&size [0-9]+": "&size 6",
    r"candidates_per_label: [0-9]+": "candidates_per_label: 60",
}


def two_texts(who: str, whom: str) -> list[tuple[str, ...]]:
    return [
        (f"The {who} and the {whom} slept .", f"The {whom} and the {who} slept .", "Yes"),
        (f"The {who} called the {whom} .", f"The {whom} called the {who} .", "No"),
    ]


def one_text(who: str, whom: str) -> list[tuple[str, ...]]:
    return [(f"The {who} thanked the {whom} .", "Yes"), (f"The {who} feared the {whom} .", "No")]


def run(folder: Path, header: tuple[str, ...], rows: Iterable[list[tuple[str, ...]]], **answers: str) -> str:
    """What the terminal shows of a study whose files are these rows in turn; all commands end well."""
    of_pairs = list(rows)
    for name, part in (("train", of_pairs[::2]), ("test", of_pairs[1::4]), ("spot", of_pairs[3::4])):
        write_csv(folder / f"{name}.csv", header, [row for of_pair in part for row in of_pair])
    shutil.copytree(resolve("bundled:microworld_base").paths[0], folder / "model")
    files = [
        f"--{option}={name}.csv"
        for option, name in (("train", "train"), ("test", "test"), ("blindspot", "spot"))
    ]
    ended_well(folder, "init", "mine", "--model", "model", *files)
    study = folder / "mine.yaml"
    assert scotoma("plan", "mine.yaml", cwd=folder).returncode == 2
    text = decided(study.read_text(), {**ANSWERS, **answers})
    for written, instead in CHANGED.items():
        text, n = re.subn(written, instead, text)
        assert n == 1
    study.write_text(text)
    ended_well(folder, "plan", "mine.yaml")
    return ended_well(folder, "run", "mine.yaml")


def ended_well(folder: Path, *arguments: str) -> str:
    with one_thread():
        ended = scotoma(*arguments, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def measured(folder: Path) -> set[tuple[str, str]]:
    found = json.loads((folder / "reports" / "mine" / "results.json").read_text())
    assert found["gaps"] == []
    return {(row["arm"].partition("-")[0], row["test"]) for row in found["measures"]}


ALL = set(itertools.product(("none", "original", "synthetic"), ("general", "spot")))


def test_a_study_of_two_texts(tmp_path: Path) -> None:
    pairs = itertools.permutations(PEOPLE, 2)
    shown = run(tmp_path, ("first", "second", "same"), (two_texts(*pair) for pair in pairs))
    assert "NO VERDICT: synthetic-" in shown
    assert measured(tmp_path) == ALL


def test_a_study_of_one_text(tmp_path: Path) -> None:
    pairs = itertools.permutations(PEOPLE, 2)
    shown = run(
        tmp_path,
        ("news", "mood"),
        (one_text(*pair) for pair in pairs),
        classifier_prompt='"Premise: {news}"',
        generator_text='"Relation: {label} Premise: {news}"',
    )
    assert "NO VERDICT: synthetic-" in shown
    assert measured(tmp_path) == ALL
