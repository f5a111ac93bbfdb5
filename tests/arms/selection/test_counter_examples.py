"""Counter-examples among synthetic rows."""

import polars as pl
import pytest

from scotoma.arms.selection.by_rank import RowRequest
from scotoma.arms.selection.counter_examples import with_counter_examples
from scotoma.basics.errors import ScotomaError

LABELS = ("entailment", "neutral", "contradiction")
REQUESTS = (
    RowRequest("c-30", "counter-examples", "Give more."),
    RowRequest("c-30", "synthetic rows", "Give more."),
)


def table(origin: str, labels: tuple[str, ...], n: int = 20) -> pl.DataFrame:
    rows = [(f"{origin}-{label}-{i}", label, i) for label in labels for i in range(n)]
    schema = {"id": pl.String, "label": pl.String, "rank": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def drawn(counter: pl.DataFrame, n: int, share: float) -> dict[tuple[str, str], int]:
    found = with_counter_examples(counter, table("s", LABELS), LABELS, n, share, REQUESTS)
    pairs = [(id.split("-")[0], label) for id, label in found.select("id", "label").rows()]
    return {pair: pairs.count(pair) for pair in pairs}


def test_the_arm_is_balanced_whatever_labels_the_counter_examples_have() -> None:
    assert drawn(table("c", LABELS[1:]), 30, 0.2) == {
        ("s", "entailment"): 10,
        ("s", "neutral"): 7,
        ("c", "neutral"): 3,
        ("s", "contradiction"): 7,
        ("c", "contradiction"): 3,
    }
    assert drawn(table("c", ("neutral",)), 30, 1 / 3) == {
        ("s", "entailment"): 10,
        ("c", "neutral"): 10,
        ("s", "contradiction"): 10,
    }


def test_no_share_is_a_synthetic_arm() -> None:
    assert drawn(table("c", ()), 30, 0) == {("s", label): 10 for label in LABELS}


@pytest.mark.parametrize(
    ("labels", "n", "share", "message"),
    [
        (("neutral",), 30, 0.5, "room for 10 rows labelled 'neutral', and 15 of the counter-examples.*1/3"),
        ((), 30, 0.5, "asks for 15 counter-examples labelled 'contradiction'; there are 0"),
        (LABELS[1:], 60, 0.7, "room for 20 rows labelled 'neutral', and 21 of the counter-examples.*2/3"),
    ],
)
def test_what_cannot_be_balanced_or_is_not_there_is_an_error(
    labels: tuple[str, ...], n: int, share: float, message: str
) -> None:
    with pytest.raises(ScotomaError, match=message):
        drawn(table("c", labels), n, share)
