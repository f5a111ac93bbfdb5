"""Tables of where numbers come from: what generators wrote, which folders hold the predictions."""

from collections.abc import Iterator, Sequence
from typing import Any

from scotoma.basics.words import counted, number, percent
from scotoma.blindspots.predicates.rules import text_rules
from scotoma.report.tables.models import Table, arm_label
from scotoma.results.carried import over_replicates
from scotoma.results.results import Results
from scotoma.results.yields import Yield

#: What an exact labeller says of a row.
_TRUTH = {
    "in_language": "the texts are sentences of the language whose truth can be computed",
    "label_true": "the label is the true one",
}


def funnels(results: Results) -> Table:
    """Counts of each generator's rows: how many were kept and why the others were not."""
    funnels = [pool_yield.funnel for pool_yield in results.yields]
    reasons = sorted({reason for funnel in funnels for reason in funnel.get("rejected", {})})
    rows = []
    for pool_yield, funnel in zip(results.yields, funnels, strict=True):
        raw, n_kept, rejected = funnel.get("raw"), funnel.get("kept"), funnel.get("rejected", {})
        kept_share = percent(round(n_kept / raw, 3)) if raw and n_kept is not None else ""
        counts = [_text(rejected.get(reason, 0)) for reason in reasons]
        rows.append((*_generator_of(pool_yield, results), _text(raw), _text(n_kept), kept_share, *counts))
    names = _whose_columns(results)
    columns = (*names, "raw", "kept", "kept share", *reasons)
    caption = " ".join(["Generated rows: kept, and rejected by reason.", *_short(results)])
    return Table(caption, columns, tuple(rows), n_names=len(names))


def _short(results: Results) -> Iterator[str]:
    """Of generators that were to write on until enough rows are kept, where they did not get as far."""
    for pool_yield in results.yields:
        until = pool_yield.funnel.get("until", {})
        n_kept = {label: pool_yield.funnel["by_label"][label]["kept"] for label in until.get("short", ())}
        if n_kept:
            yield (
                f"After {until['candidates']:,} candidates of a label the generator stopped before "
                f"{until['kept']:,} were kept ({pool_yield}): "
                f"{', '.join(f'{n:,} of {label}' for label, n in n_kept.items())}."
            )


def pools(results: Results) -> Table:
    """By label, what the pools hold: how often each predicate holds, and whether labels are true."""
    by_label = [
        (pool_yield, label, of)
        for pool_yield in results.yields
        for label, of in pool_yield.funnel.get("by_label", {}).items()
    ]
    keys = list(dict.fromkeys(key for _, _, of in by_label for key in of))
    rows = tuple(
        (*_generator_of(pool_yield, results), label, *(_text(of.get(key)) for key in keys))
        for pool_yield, label, of in by_label
    )
    names = (*_whose_columns(results), "label")
    meanings = {rule.name: rule.sentence for rule in text_rules(results.study.task.fields)} | _TRUTH
    own = results.shortcut
    if own is not None and not own.is_overlap:
        meanings[own.name] = own.rule.sentence
    explanations = [f"{key}: {meanings[key]}." for key in keys if key in meanings]
    caption = " ".join(
        ["The pools by label: rows kept, and the share of them in which this holds.", *explanations]
    )
    return Table(caption, (*names, *keys), rows, n_names=len(names))


def _whose_columns(results: Results) -> tuple[str, ...]:
    """What tells a pool from the others of its study."""
    study = results.study
    return (
        "replicates",
        "starts",
        *(["generator"] if study.generators else []),
        *(["round"] if study.n_rounds > 1 else []),
    )


def _generator_of(pool_yield: Yield, results: Results) -> tuple[str, ...]:
    words = {
        "replicates": _named(pool_yield.replicates),
        "starts": _named(pool_yield.starts),
        "generator": pool_yield.generator,
        "round": str(pool_yield.round),
    }
    return tuple(words[name] for name in _whose_columns(results))


def shortcut(results: Results) -> Table:
    """Whether the rows that models were trained on carry the shortcut."""
    summary = results.shortcut
    assert summary is not None  # or there would be no rows
    rows = tuple(
        (
            row["start"],
            arm_label(row["arm"]),
            f"{row['rows']:,.0f}",
            number(row["of_target"]),
            number(row["of_others"]),
            "infinite" if row["infinite"] == row["replicates"] else _times(row["odds_ratio"]),
            _between(row),
        )
        for row in over_replicates(results.carried).iter_rows(named=True)
    )
    label, name = summary.label, summary.name
    columns = ("start", "arm", "rows", f"{name} in {label}", "in others", "odds ratio", "over replicates")
    what = "with full word overlap" if summary.is_overlap else f"where {summary.rule.sentence},"
    caption = (
        f"The rows that models were trained on: share {what} among {label} and among other "
        f"labels, and how many times the odds of {label} rise with it (geometric mean over replicates). 1 "
        "means no shortcut."
    )
    return Table(caption, columns, rows)


def _between(row: dict[str, Any]) -> str:
    """The least and the greatest odds ratio of the replicates; in how many it is infinite."""
    known = f"{_times(row['least'])} to {_times(row['greatest'])}"
    if not row["infinite"]:
        return known
    n = f"{row['infinite']} of {counted(row['replicates'], 'replicate')}"
    return f"infinite in {n}; {known} if half a row is added to each count"


def _times(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def traces(results: Results) -> Table:
    """Which folder of the store every model's numbers come from, and the hash of its predictions."""
    rows = tuple(
        (str(model.replicate), model.start, arm_label(model.name), model.key, model.sha256 or "missing")
        for model in results.models
    )
    columns = ("replicate", "start", "arm", "predictions", "SHA-256")
    return Table("Every number can be traced to one of these folders in the store.", columns, rows, n_names=5)


def _named(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (
        number(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )
