"""Figures that others have published are bundled whole, and say what they are."""

from pathlib import Path

import polars as pl
import pytest

from scotoma.study.finding import bundled_studies
from scotoma.study.published import FIGURES, figures_in

ZHANG = FIGURES["zhang2025"].table


def value(start: int, arm: str, size: str, test: str, cell: str = "all", measure: str = "accuracy") -> float:
    place = {"start": start, "arm": arm, "size": size, "test": test, "cell": cell, "measure": measure}
    return ZHANG.filter(*(pl.col(name) == wanted for name, wanted in place.items()))["value"].item()


def test_all_published_numbers_are_there() -> None:
    assert ZHANG.height == 188
    assert dict(ZHANG["provenance"].value_counts().iter_rows()) == {"figure": 173, "notebook": 15}
    assert ZHANG["value"].is_between(0, 1).all()
    whole = ZHANG.filter(pl.col("measure") == "accuracy").group_by("test", "cell").len()
    assert whole.filter(pl.col("len") == 6 + 6 * 3 * 3).height == 3


def test_numbers_stand_where_the_paper_has_them() -> None:
    of_overlap = "lexical_overlap/non-entailment"
    assert value(0, "none", "", "matched") == 0.327967
    assert value(0, "none", "", "hans", of_overlap) == 1
    assert value(391_722, "none", "", "mismatched") == 0.911376
    assert value(391_722, "biased", "73k", "matched") == 0.629954
    assert value(5000, "synthetic", "73k", "hans") == pytest.approx(0.615, abs=0.001)
    assert value(20_000, "original", "18k", "hans", of_overlap) == pytest.approx(0.847, abs=0.001)


def test_every_table_of_figures_has_a_bundled_study_with_its_settings() -> None:
    assert set(FIGURES) == {"zhang2025"}
    assert set(FIGURES) <= set(bundled_studies())


def test_another_table_is_two_files_and_no_code(tmp_path: Path) -> None:
    (tmp_path / "smith2026.yaml").write_text("title: Smith 2026\nremark: Means of 3 runs.\n", encoding="utf8")
    numbers = ["start,arm,size,test,cell,measure,value,provenance"]
    numbers += ["100,none,,own,all,accuracy,1,table 2", "100,original,500,own,all,accuracy,0.5,table 2"]
    (tmp_path / "smith2026.csv").write_text("\n".join(numbers), encoding="utf8")
    (found,) = figures_in(tmp_path).values()
    assert (found.name, found.title, found.remark) == ("smith2026", "Smith 2026", "Means of 3 runs.")
    assert found.table.schema == ZHANG.schema
    assert found.table["size"].to_list() == ["", "500"]


def test_every_bundled_table_has_both_files() -> None:
    folder = FIGURES["zhang2025"].path.parent
    assert {path.name for path in folder.iterdir()} == {
        f"{one}.{end}" for one in FIGURES for end in ("csv", "yaml")
    }
