"""Z-filtering on tables whose statistics can be worked out by hand."""

import math

import polars as pl
import pytest

from scotoma.arms.selection.by_rank import RowRequest
from scotoma.arms.selection.z_filter import features, z_filtered
from scotoma.basics.errors import ScotomaError

REQUEST = RowRequest("z_filtered-6", "rows", "Ask for fewer.")
FIELDS = ("premise", "hypothesis")
LABELS = ("yes", "no")


def table(rows: list[tuple[str, str]]) -> pl.DataFrame:
    """Labels and hypotheses, ranked in their order; no premise has a word of a hypothesis."""
    return pl.DataFrame(
        [(f"r{i}", "Rain .", text, label, i) for i, (label, text) in enumerate(rows)],
        schema=["id", *FIELDS, "label", "rank"],
        orient="row",
    )


def test_features_are_the_rules_that_hold_and_the_words_of_the_last_text() -> None:
    row = {"premise": "The judge ran .", "hypothesis": "The judge slept ."}
    assert features(row, FIELDS) == {"word the", "word judge", "word slept"}
    same = {"premise": "The judge ran .", "hypothesis": "The judge ran ."}
    assert features(same, FIELDS) > {"rule overlap_word", "rule subsequence", "rule overlap_whitespace"}
    assert features({"text": "It ran ."}, ("text",)) == {"word it", "word ran"}


def test_a_word_may_go_with_a_label_up_to_the_threshold_and_no_further() -> None:
    # Labels take turns, so p0 is 1/2; "bad" only ever comes with yes: after k of them z = sqrt(k).
    rows = table([row for i in range(9) for row in (("yes", "bad"), ("no", f"good{i}"), ("yes", f"fine{i}"))])
    drawn = z_filtered(rows, FIELDS, LABELS, 16, math.sqrt(3) - 0.01, REQUEST)
    # The fourth would be added to three whose z is already above the threshold.
    assert drawn["hypothesis"].to_list().count("bad") == 3
    assert z_filtered(rows, FIELDS, LABELS, 16, 99, REQUEST)["hypothesis"].to_list().count("bad") == 4


def test_a_small_arm_is_the_beginning_of_a_large_one_and_labels_are_in_turn() -> None:
    rows = table([(label, f"w{i % 5} v{i % 3}") for i in range(60) for label in LABELS])
    small, large = (z_filtered(rows, FIELDS, LABELS, n, 1.5, REQUEST) for n in (11, 30))
    assert set(small["id"]) < set(large["id"])
    assert small["label"].to_list().count("yes") == 6


def test_a_pool_that_runs_out_is_an_error() -> None:
    with pytest.raises(ScotomaError, match="asks for 4 rows labelled 'yes'; the z filter let 2 pass"):
        z_filtered(table([("yes", "bad"), ("no", "good")] * 9), FIELDS, LABELS, 8, 1.2, REQUEST)
