"""`scotoma.compare`: whatever form the two sides have, the verdict is that of the folders of files."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import scotoma
from prediction_files import replicates, rows, write
from scotoma.basics.errors import OldName
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files

N = 5
CLASSES = ["entailment", "neutral", "contradiction"]
BEFORE = [rows(20, right=0.8, seed=seed) for seed in range(N)]
AFTER = [rows(20, right=0.55, seed=100 + seed) for seed in range(N)]
TEST = BEFORE[0].select("id", "gold", "heuristic", "subcase", "template")


def labels(side: list[pl.DataFrame]) -> list[list[str]]:
    return [one["predicted"].to_list() for one in side]


def shares(side: list[pl.DataFrame]) -> Any:
    return np.stack([one.select(f"p_{name}" for name in CLASSES).to_numpy() for one in side])


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> scotoma.ComparisonResult:
    folder = tmp_path_factory.mktemp("compare")
    before = replicates(folder / "before", [0.8] * N)
    after = replicates(folder / "after", [0.55] * N, start=100)
    found = scotoma.compare(before, after, blindspot="hans")
    assert found.record() == compare_files(before, after, blindspot=HANS).record()
    return found


@pytest.mark.parametrize(
    ("before", "after", "options"),
    [
        (BEFORE, AFTER, {}),
        ([one.to_pandas() for one in BEFORE], [one.to_pandas() for one in AFTER], {}),
        (dict(enumerate(BEFORE)), dict(reversed(list(enumerate(AFTER)))), {}),
        (labels(BEFORE), labels(AFTER), {"gold": TEST}),
        (np.array(labels(BEFORE)), np.array(labels(AFTER)), {"gold": TEST.to_pandas()}),
        ([np.array(one) for one in labels(BEFORE)], tuple(map(pl.Series, labels(AFTER))), {"gold": TEST}),
        (shares(BEFORE), list(shares(AFTER)), {"gold": TEST, "classes": CLASSES}),
    ],
    ids=["polars", "pandas", "by name", "labels", "array", "arrays and series", "probabilities"],
)
def test_replicates_of_any_kind_get_the_verdict_of_their_files(
    before: Any, after: Any, options: dict[str, Any], of_files: scotoma.ComparisonResult
) -> None:
    found = scotoma.compare(before, after, blindspot="hans", **options)
    assert found.replicates == tuple("01234")
    assert found.verdict == of_files.verdict
    assert found.verdict.word == "WORSE"


def test_a_verdict_has_its_numbers(of_files: scotoma.ComparisonResult) -> None:
    verdict, (claim,) = of_files.verdict, of_files.claims.to_dicts()
    assert verdict.difference == claim["estimate"] == pytest.approx(np.mean(verdict.differences))
    assert verdict.interval == (claim["low"], claim["high"])
    assert verdict.decided_by == tuple(claim["verdict_interval"])
    assert verdict.interval[0] < verdict.decided_by[0] < verdict.difference < verdict.decided_by[1]
    assert len(verdict.differences) == N
    assert str(verdict) == claim["sentence"]
    assert verdict.record() == of_files.record()["claims"][0]
    assert repr(of_files) == f"<ComparisonResult hans: {verdict.brief}>"


def test_the_interval_that_decides_is_in_the_measures_own_direction() -> None:
    options = {"blindspot": "hans", "cells": "all/non-entailment", "measure": "log_odds", "margin": 0.1}
    verdict = scotoma.compare(BEFORE, AFTER, **options).verdict
    assert verdict.higher_is_worse
    assert verdict.word == "WORSE"
    assert verdict.decided_by is not None
    assert 0 < verdict.decided_by[0] < (verdict.difference or 0) < verdict.decided_by[1]


def test_a_measures_former_name_is_understood_with_a_warning() -> None:
    options: dict[str, Any] = {"blindspot": "hans", "cells": "all/non-entailment", "margin": 0.1}
    now = scotoma.compare(BEFORE, AFTER, measure="log_odds", **options).record()
    with pytest.warns(OldName, match="the measure `margin` is now called `log_odds`"):
        assert scotoma.compare(BEFORE, AFTER, measure="margin", **options).record() == now


def test_frames_and_files_pair_by_name(tmp_path: Path) -> None:
    folder = replicates(tmp_path / "a", [0.8] * 3)
    found = scotoma.compare(folder, {f"r{n}": AFTER[n] for n in range(3)}, blindspot="hans")
    assert found.replicates == ("r0", "r1", "r2")
    paths = [write(one, tmp_path / f"{place}.parquet") for place, one in enumerate(AFTER[:3])]
    assert (
        scotoma.compare([folder / f"r{n}.parquet" for n in range(3)], paths, blindspot="hans").verdict
        == found.verdict
    )


def test_frames_without_rows_have_their_columns_and_can_be_stacked() -> None:
    with_gates = scotoma.compare(BEFORE[0], AFTER[0], blindspot="hans", max_drop=0.1)
    without = scotoma.compare(BEFORE[0], AFTER[0], blindspot="hans")
    assert (without.gates.height, with_gates.gates.height) == (0, 1)
    assert pl.concat([without.gates, with_gates.gates]).equals(with_gates.gates)
    assert without.traits.columns == ["name", "n", "change", "elsewhere", "beyond", "p"]
    assert without.traits.schema["p"] == pl.Float64
    no_tags = scotoma.score(BEFORE[0].drop("subcase"), blindspot="hans").subcases
    assert pl.concat([no_tags, scotoma.score(BEFORE[0], blindspot="hans").subcases]).height > 0


def test_one_pair_has_no_verdict_and_an_exact_test() -> None:
    found = scotoma.compare(BEFORE[0], AFTER[0], blindspot="hans")
    assert (found.verdict.word, found.verdict.interval) == ("NO VERDICT", None)
    assert found.replicates == ("before, after",)
    assert found.claims["mcnemar_n"].item() > 0
    assert "<svg" in found._repr_html_()
    same = scotoma.compare(labels(BEFORE)[0], labels(AFTER)[0], gold=TEST, blindspot="hans")
    assert same.verdict == found.verdict


@pytest.mark.parametrize(
    ("before", "after", "options", "message"),
    [
        (
            BEFORE,
            AFTER[:3],
            {},
            r"2 have no partner .*: 3 is not in after; 4 is not",
        ),
        (
            BEFORE,
            AFTER[0],
            {},
            r"'before' is several replicates and 'after' is not \(before and",
        ),
        ([], [], {}, "there are no replicates"),
        ({"a": "no.csv"}, {"a": "no.csv"}, {}, "no.csv"),
        (labels(BEFORE), labels(AFTER), {"gold": TEST.head(3)}, r"3 gold labels \(before, replicate 0\)"),
        (BEFORE, AFTER, {"margin": -1}, r"\(margin\)"),
        (BEFORE, AFTER, {"measure": "acuracy"}, r"'acuracy' is not known \(measure\)"),
        (BEFORE, AFTER, {"cells": ["al"]}, r"\(cells, replicate 0\).*Did you mean 'all'"),
        (
            BEFORE,
            AFTER,
            {"looks": [5, 4]},
            r"looks must be increasing numbers of replicates; got 5, 4 \(looks\)",
        ),
        (BEFORE, AFTER, {"looks": [4, 10**9]}, r"got 4, 1000000000 \(looks\). Give two or more, from 3 to"),
        ([BEFORE[0].drop("gold")] * 3, AFTER[:3], {}, "gold"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_the_words_of_python(
    before: Any, after: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(scotoma.ScotomaError, match=message) as told:
        scotoma.compare(before, after, blindspot="hans", **options)
    assert not re.search(r"--[a-z]", str(told.value))


def test_a_notebook_shows_each_verdict_drawn_and_text_escaped() -> None:
    shown = scotoma.compare(
        {"0": BEFORE[0], "<b>": BEFORE[1], "2": BEFORE[1]},
        {"0": AFTER[0], "<b>": AFTER[1], "2": AFTER[1]},
        blindspot="hans",
        cells=["all/non-entailment", "lexical_overlap/non-entailment"],
    )._repr_html_()
    assert shown.count("<svg") == 2
    assert "WORSE" in shown
    assert "Replicates 2, &lt;b&gt; have the same answers" in shown
    assert "<b>" not in shown


def test_planned_looks_are_judged() -> None:
    found = scotoma.compare(BEFORE, AFTER, blindspot="hans", looks=(3, 5))
    assert found.claims["look"].item() in (3, 5)
