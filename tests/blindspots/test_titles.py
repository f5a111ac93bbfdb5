"""The title of a test set follows its rows: the published HANS is one thing, sentences drawn anew another."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from command_line import scotoma
from fake_study import make, plan, study
from scotoma.report.for_print import print_files
from scotoma.report.methods import methods
from scotoma.report.page import page
from scotoma.results import results
from scotoma.study.file import load_study
from scotoma.study.study import Study
from scotoma.worlds.hans.published import PUBLISHED_PAIRS
from shared_data import read_tsv, shared_file
from three_arms import THREE_ARMS

if TYPE_CHECKING:
    from scotoma.experiment import Plan

ON_HUB = "hub:jhu-cogsci/hans@refs/convert/parquet:validation"


def with_spot(spot: Any) -> Study:
    """A study of one blind spot, as a file would have it."""
    settings = study().model_dump(mode="json")
    return Study.model_validate(settings | {"blindspots": [spot]})


def title(spot: Any) -> str:
    return with_spot(spot).blindspots[0].title


def title_in_a_study(folder: Path, source: object) -> str:
    settings = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    settings |= {"blindspots": [{"name": "hans", "source": source}], "claims": []}
    (folder / "mine.yaml").write_text(yaml.safe_dump(settings), encoding="utf8")
    return load_study(str(folder / "mine.yaml")).blindspots[0].title


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (ON_HUB, "HANS"),
        ("hub:jhu-cogsci/hans:validation", "HANS"),
        ({"hub": "hans:validation", "limit": 300}, "HANS"),
        ("hub:jhu-cogsci/hans:train", "HANS (rows of jhu-cogsci/hans, train)"),
        ("hub:somebody/hans-in-french:test", "HANS (rows of somebody/hans-in-french, test)"),
        ({"hans": {"n_per_subcase": 40}}, "HANS (regenerated)"),
        ({"microworld": {"part": "blindspot", "n": 40}}, "HANS (rows of the microworld grammar)"),
        ("data/my_rows.tsv", "HANS (rows of my_rows.tsv)"),
    ],
)
def test_the_title_of_hans_follows_its_source(source: object, expected: str) -> None:
    assert title({"name": "hans", "source": source}) == expected


def test_a_blind_spot_with_its_own_rows_has_its_own_title() -> None:
    assert title("hans") == title({"name": "hans"}) == "HANS (regenerated)"


def test_a_title_that_somebody_chose_stays() -> None:
    assert title({"name": "hans", "source": ON_HUB, "title": "HANS, the hub's"}) == "HANS, the hub's"


def test_rows_of_another_file_are_not_called_paws_wiki() -> None:
    settings = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    settings |= {"name": "mine", "task": "qqp", "claims": [], "arms": [{"original": 30}], "heuristic": None}

    def titled(spot: object) -> str:
        return Study.model_validate(settings | {"blindspots": [spot]}).blindspots[0].title

    assert titled("paws") == "PAWS-Wiki"
    hub = "hub:google-research-datasets/paws/labeled_final"
    assert titled({"name": "paws", "source": f"{hub}:test"}) == "PAWS-Wiki"
    assert titled({"name": "paws", "source": "qqp.tsv"}) == "PAWS-Wiki (rows of qqp.tsv)"


def test_the_published_file_is_known_by_its_sentences_whatever_it_is_called(tmp_path: Path) -> None:
    rows = [*(("entailment", f"The {who} slept .", "The", f"ex{who}") for who in "abc")]
    rows += [("entailment", *pair, f"ex{at}") for at, pair in enumerate(PUBLISHED_PAIRS)]
    lines = "".join("\t".join(row) + "\n" for row in rows)
    header = "gold_label\tsentence1\tsentence2\tpairID\n"
    (tmp_path / "download.txt").write_text(header + lines, encoding="utf8")
    assert title_in_a_study(tmp_path, "download.txt") == "HANS"
    (tmp_path / "part.txt").write_text(
        header + "".join(lines.splitlines(keepends=True)[:-1]), encoding="utf8"
    )
    assert title_in_a_study(tmp_path, "part.txt") == "HANS (rows of part.txt)"


def test_the_sentences_it_is_known_by_are_those_that_were_published() -> None:
    rows = read_tsv(shared_file("hans/hans_REAL_sample.tsv"))
    assert [(row["sentence1"], row["sentence2"]) for row in rows[:4]] == list(PUBLISHED_PAIRS)


def test_rows_drawn_anew_are_called_regenerated_also_from_a_file(tmp_path: Path) -> None:
    assert (
        scotoma("data", "hans", "--n", "60", "--seed", "1", "--out", "h.jsonl", cwd=tmp_path).returncode == 0
    )
    assert title_in_a_study(tmp_path, "h.jsonl") == "HANS (regenerated)"
    theirs = shared_file("hans/hans_REGENERATED_eval.tsv.xz")
    assert title_in_a_study(tmp_path, str(theirs)) == f"HANS (rows of {theirs.name})"


def test_a_file_that_cannot_be_read_is_told_where_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "h.tsv").write_text("a\tb\n1\t2\n", encoding="utf8")
    assert title_in_a_study(tmp_path, "h.tsv") == "HANS (rows of h.tsv)"


@pytest.mark.parametrize(("source", "named"), [(ON_HUB, "HANS"), (None, "HANS (regenerated)")])
def test_a_report_calls_the_test_set_by_its_title_everywhere(
    source: str | None, named: str, tmp_path: Path
) -> None:
    planned = plan(with_spot({"name": "hans", **({"source": source} if source else {})}))
    found = results(cast("Plan", planned), make(planned, tmp_path))
    text = page(found, {})
    assert f"{named}: mean ± sd" in text
    assert ("regenerated" in text) == (named != "HANS")
    assert f"{named} tests lexical_overlap" in dict(methods(found))["Evaluation"]
    tables = [name for name in print_files(found, {}) if "headline" in name]
    assert tables == ["tables/HANS-headline.tex" if source else "tables/HANS-regenerated-headline.tex"]


@pytest.mark.parametrize("harness", ["lm-eval", "inspect"])
def test_an_exported_task_says_which_hans_it_holds(harness: str, tmp_path: Path) -> None:
    told = scotoma("export", harness, "--blindspot", "hans", "--out", "t", "--n", "30", cwd=tmp_path)
    assert "Wrote 30 rows of HANS (regenerated), blind spot hans, to t" in told.stdout
    if harness == "inspect":
        origin = json.loads((tmp_path / "t" / "origin.json").read_text(encoding="utf8"))
    else:
        text = (
            (tmp_path / "t" / "scotoma_hans.yaml").read_text(encoding="utf8").partition("custom_dataset")[0]
        )
        origin = yaml.safe_load(text)["metadata"]
    assert origin["test_set"] == "HANS (regenerated)"
