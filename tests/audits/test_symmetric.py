"""Where a pair means the same with its texts swapped, a mirror is a copy."""

import polars as pl
import pytest
from pydantic import ValidationError

from scotoma.audits import audit
from scotoma.tasks import MNLI, QQP
from scotoma.tasks.reading.same_row import same_row

FIELDS = QQP.fields
PAIRS = [
    (f"How do I cook {n} eggs at home ?", f"What is the way to boil {n} eggs ?") for n in range(100, 160)
]


def table(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    labels = [QQP.labels[n % 2] for n in range(len(pairs))]
    return pl.DataFrame({FIELDS[0]: [p for p, _ in pairs], FIELDS[1]: [h for _, h in pairs], "label": labels})


def found(rows: pl.DataFrame, tests: dict[str, pl.DataFrame] | None = None, symmetric: bool = True):
    return audit(
        rows, fields=FIELDS, labels=QQP.labels, target=QQP.target, tests=tests or {}, symmetric=symmetric
    )


MIRRORED = [(h, p) for p, h in PAIRS[:30]]


@pytest.mark.parametrize(("symmetric", "n"), [(True, 30), (False, 0)])
def test_mirrors_in_a_test_set_are_leaks(symmetric: bool, n: int) -> None:
    assert found(table(PAIRS), {"t": table(MIRRORED)}, symmetric).leaks.exact == n


def test_mirrors_repeat_a_row_and_labels_that_differ_contradict() -> None:
    both = pl.concat([table(PAIRS), table([(h, p) for p, h in PAIRS])])
    assert found(both).duplicates.exact == 60
    assert found(both).duplicates.conflicting == 0
    turned = both.with_columns(label=pl.Series([*both["label"][:60], *both["label"][:60][::-1]]))
    assert found(turned).duplicates.conflicting == 60


def test_a_near_copy_is_found_in_either_order_even_where_its_first_letter_differs() -> None:
    changed = [("A" + p.removeprefix("H"), h) for p, h in PAIRS[:5]]
    assert all((p < h) != (q < h) or True for (p, h), (q, _) in zip(PAIRS, changed, strict=False))
    for pairs in (changed, [(h, p) for p, h in changed]):
        copies = found(table(PAIRS), {"t": table(pairs)}).leaks
        assert (copies.exact, copies.near) == (0, copies.near)
        assert copies.near >= 5


def test_a_pair_and_its_mirror_are_held_out_together() -> None:
    # Each pair has words of its own, so that nothing but its mirror tells its label.
    pairs = [(f"a{n} b{n} c{n}", f"d{n} e{n} f{n}") for n in range(100)]
    rows = pl.concat([table(pairs), table([(h, p) for p, h in pairs])])
    apart = found(rows, symmetric=False).baselines["hypothesis_only"]
    together = found(rows).baselines["hypothesis_only"]
    assert apart.accuracy is not None
    assert together.accuracy is not None
    assert together.accuracy < 0.6


def test_a_row_is_its_mirror_only_in_a_symmetric_task() -> None:
    one, other = {"a": "X  y", "b": "w"}, {"a": "W", "b": "x y"}
    assert same_row(one, ("a", "b"), symmetric=True) == same_row(other, ("a", "b"), symmetric=True)
    assert same_row(one, ("a", "b")) != same_row(other, ("a", "b"))


def test_only_a_pair_can_be_symmetric_and_other_tasks_keep_their_keys() -> None:
    content = QQP.model_dump()
    single = {
        **content,
        "fields": ("text",),
        "classifier_prompt": "{text} is",
        "generator_text": "A {label}: {text}",
    }
    with pytest.raises(ValidationError, match="symmetric: only a task with two text fields"):
        type(QQP).model_validate(single)
    assert "symmetric" not in MNLI.model_dump(context="identity")
    assert QQP.model_dump(context="identity")["symmetric"] is True
