"""Labels made wrong to a generator's pattern: how often, in which directions, and on which rows."""

from collections import Counter
from itertools import product

import polars as pl
import pytest

from scotoma.arms.selection.by_rank import RowRequest
from scotoma.arms.selection.noise import Pattern, noise_matched
from scotoma.basics.errors import ScotomaError

REQUEST = RowRequest("noise_matched-8", "rows", "Ask for fewer.")
LABELS = ("yes", "no")


def table(n: int) -> pl.DataFrame:
    """n rows of each label; ranks run against the order of the rows."""
    return pl.DataFrame(
        {
            "id": [f"{label}{i}" for label in LABELS for i in range(n)],
            "label": [label for label in LABELS for _ in range(n)],
            "rank": range(2 * n, 0, -1),
        }
    )


def by_label(**true: list[str]) -> Pattern:
    """A pattern of errors by written label, from the true labels of rows."""
    pairs = [(written, label) for written, labels in true.items() for label in labels]
    pool = pl.DataFrame(pairs, schema=["written", "true"], orient="row")
    return Pattern.of(pool, LABELS, REQUEST)


#: Right in every second row where the predicate holds, and in nine of ten elsewhere, whatever is written.
ON_HOLDS = pl.DataFrame(
    [
        (written, written if is_right else next(one for one in LABELS if one != written), held)
        for written in LABELS
        for held, n_right in ((True, 10), (False, 18))
        for is_right in [True] * n_right + [False] * (20 - n_right)
    ],
    schema=["written", "true", "holds"],
    orient="row",
)


def test_labels_are_made_wrong_as_often_as_the_pools_and_in_the_same_direction() -> None:
    pattern = by_label(yes=["yes", "yes", "yes", "no"], no=["no"])
    originals = table(40)
    drawn = noise_matched(originals, pattern, 40, REQUEST)
    true = drawn["id"].str.replace(r"\d+", "")
    found = pl.DataFrame({"written": drawn["label"], "true": true}).group_by("written", "true").len()
    assert set(found.rows()) == {("yes", "yes", 15), ("yes", "no", 5), ("no", "no", 20)}
    assert drawn["id"].is_unique().all()
    small = noise_matched(originals, pattern, 18, REQUEST)
    assert set(small.select("id", "label").rows()) < set(drawn.select("id", "label").rows())


def test_errors_go_with_the_predicate_where_the_pattern_says_so() -> None:
    rows = pl.concat(
        [table(60).with_columns(id=f"{held}-" + pl.col("id"), holds=pl.lit(held)) for held in (True, False)]
    ).with_columns(rank=pl.int_range(pl.len()))
    drawn = noise_matched(rows, Pattern.of(ON_HOLDS, LABELS, REQUEST), 80, REQUEST)
    wrong = Counter(
        (held, label)
        for id, label in drawn.select("id", "label").iter_rows()
        for held, true in [id.split("-")]
        if not true.startswith(label)
    )
    assert wrong == {("True", "yes"): 10, ("True", "no"): 10, ("False", "yes"): 2, ("False", "no"): 2}
    assert "holds" not in drawn.columns


@pytest.mark.parametrize(
    ("accuracy", "pool"), list(product((0.6, 0.75, 1), (ON_HOLDS, ON_HOLDS.drop("holds"))))
)
def test_more_and_fewer_errors_keep_their_proportions(accuracy: float, pool: pl.DataFrame) -> None:
    before = Pattern.of(pool, LABELS, REQUEST)
    after = before.at(accuracy, REQUEST)
    assert before.accuracy == pytest.approx(0.7)
    assert after.accuracy == pytest.approx(accuracy)
    for written, shares in after.shares.items():
        assert sum(shares.values()) == pytest.approx(1)
        for (true, held), share in shares.items():
            if true != written:
                errors = before.shares[written][true, held] * (1 - accuracy) / (1 - before.accuracy)
                assert share == pytest.approx(errors)
        for held in (True, False) if "holds" in pool.columns else ():
            assert sum(share for (_, other), share in shares.items() if other is held) == pytest.approx(0.5)


def test_an_accuracy_that_the_proportions_do_not_allow_is_refused_with_the_least_that_they_do() -> None:
    pattern = Pattern.of(ON_HOLDS, LABELS, REQUEST)
    with pytest.raises(
        ScotomaError, match="more than all rows labelled 'yes' on which the predicate holds"
    ) as told:
        pattern.at(0.3, REQUEST)
    assert told.value.remedy == "Raise label_accuracy; 0.40 is possible."
    assert pattern.at(0.4, REQUEST).accuracy == pytest.approx(0.4)


def test_without_mistakes_the_rows_keep_their_labels() -> None:
    right = by_label(yes=["yes"], no=["no"])
    drawn = noise_matched(table(10), right, 12, REQUEST)
    assert drawn["id"].str.replace(r"\d+", "").to_list() == drawn["label"].to_list()
    assert right.at(1, REQUEST) == right
    with pytest.raises(ScotomaError, match="the generator wrote no wrong label"):
        right.at(0.9, REQUEST)


def test_rows_that_run_out_and_labels_never_written_are_errors() -> None:
    with pytest.raises(ScotomaError, match="labelled 'no', to be labelled 'yes'; there are"):
        noise_matched(table(4), by_label(yes=["no"], no=["no"]), 8, REQUEST)
    with pytest.raises(ScotomaError, match="no screened synthetic row labelled 'no' has a true label"):
        by_label(yes=["yes"])
