"""`scotoma list`: everything that has a name, with what it says of itself."""

import json
from pathlib import Path

import pytest

from command_line import scotoma
from scotoma.api.listing import KINDS
from scotoma.arms import ARMS
from scotoma.blindspots import BLINDSPOTS
from scotoma.measures import MEASURES
from scotoma.study.finding import bundled_studies, first_sentence
from scotoma.tasks import TASKS


def test_everything_that_has_a_name_is_listed_with_a_word_of_what_it_is(tmp_path: Path) -> None:
    shown = scotoma("list", cwd=tmp_path, COLUMNS="80").stdout
    first_words = [line.split(maxsplit=1) for line in shown.splitlines() if line.strip()]
    named = {words[0] for words in first_words}
    assert {*bundled_studies(), *TASKS, *BLINDSPOTS, *ARMS, *MEASURES, *KINDS, "overlap_word"} <= named
    assert {line.strip() for line in shown.splitlines() if line.strip() and line[0] != " "} == {*KINDS}
    assert max(map(len, shown.splitlines())) <= 80
    for tell in KINDS.values():
        assert all(told.strip() for told in tell().values())


def test_one_kind_is_listed_alone_and_as_json(tmp_path: Path) -> None:
    found = json.loads(scotoma("list", "arms", "--json", cwd=tmp_path).stdout)
    assert found.keys() == {"arms"}
    assert found["arms"].keys() == ARMS.keys()
    assert found["arms"]["synthetic"].startswith("`synthetic: 18000`: ")
    assert json.loads(scotoma("list", "--json", cwd=tmp_path).stdout).keys() == KINDS.keys()
    assert "synthetic" not in scotoma("list", "tasks", cwd=tmp_path).stdout


def test_an_unknown_kind_is_refused_with_the_nearest(tmp_path: Path) -> None:
    refused = scotoma("list", "measurs", cwd=tmp_path)
    assert refused.returncode == 2
    assert "Did you mean 'measures'?" in refused.stderr


@pytest.mark.parametrize(
    ("top", "told"),
    [
        (
            "# Does it hurt, with\n# Gemma 3? It takes days.\n#   scotoma run it\n",
            "Does it hurt, with Gemma 3?",
        ),
        ("# A rehearsal.\n#\n# The rest.\n", "A rehearsal."),
        ("# It has no end\n#   scotoma run it\n# and goes on. Here.\n", "It has no end"),
        ("\n# Not at the top.\n", ""),
        ("", ""),
    ],
)
def test_a_study_is_told_by_the_first_sentence_of_its_file(tmp_path: Path, top: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{top}task: mnli\n", encoding="utf8")
    assert first_sentence(path) == told
