"""What a cell's name is made of."""

import polars as pl
import pytest

from scotoma.blindspots import HANS
from scotoma.measures import Tags
from scotoma.measures.cells import TAGS, blindspot_cells
from scotoma.measures.measuring import measure
from scotoma.tasks import MNLI

NAMES = {
    "all": Tags("all"),
    "all/entailment": Tags("all", "entailment"),
    "lexical_overlap": Tags("lexical_overlap"),
    "lexical_overlap/non-entailment": Tags("lexical_overlap", "non-entailment"),
    "subcase:ln_subject/object_swap": Tags(subcase="ln_subject/object_swap"),
    "template:the/a N/entailment": Tags(template="the/a N", label="entailment"),
}


@pytest.mark.parametrize(("name", "tags"), NAMES.items())
def test_a_name_says_what_it_is_made_of_and_the_other_way_round(name: str, tags: Tags) -> None:
    assert Tags.of(name) == tags
    assert tags.name == name


def test_cells_of_a_place_are_told_from_those_of_a_heuristic() -> None:
    kinds = [tags.kind for tags in NAMES.values()]
    assert kinds == ["heuristic"] * 4 + ["subcase", "template"]


def predictions() -> pl.DataFrame:
    """Two rows of each label in one heuristic, with a subcase and a template whose names hold a slash."""
    golds = ["entailment", "entailment", "non-entailment", "non-entailment"]
    rows = pl.DataFrame({"gold": golds, "predicted": golds}).with_columns(
        pl.lit(name).alias(column)
        for column, name in (
            ("test", "hans"),
            ("heuristic", "subsequence"),
            ("subcase", "sn_NP/S"),
            ("template", "the/a N"),
        )
    )
    return rows.with_row_index("id").cast({"id": pl.String})


def test_tables_of_measures_have_what_a_name_is_made_of_in_columns() -> None:
    found = measure(predictions(), MNLI, [HANS])
    for name, *tags in found.select("cell", *TAGS).unique().iter_rows():
        assert Tags(*tags) == Tags.of(name)
        assert Tags(*tags).name == name
    assert found.filter(subcase="sn_NP/S").height > 0
    assert set(found.filter(template="the/a N")["label"]) == {"entailment", "non-entailment"}


def test_every_cell_can_be_found_again_by_its_name() -> None:
    cells = list(blindspot_cells(predictions(), HANS))
    assert len({cell.name for cell in cells}) == len(cells) == 9
    assert all(Tags.of(cell.name) == cell.tags for cell in cells)
