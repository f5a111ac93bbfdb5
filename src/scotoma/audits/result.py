"""What an audit found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scotoma.audits.agreement import Agreement
from scotoma.audits.associations import Association
from scotoma.audits.baselines import Baseline
from scotoma.audits.copies import Duplicates, Found
from scotoma.audits.diversity import Diversity
from scotoma.audits.rules import Lengths


@dataclass(frozen=True, slots=True)
class Audit:
    """Does a labelled table carry the shortcut, and how much more than a reference?

    Attributes:
        n: Number of rows.
        fields: Columns of text, in order.
        labels: Labels of the task, in order.
        target: The label that the overlap heuristics predict.
        level: Two-sided coverage of every interval.
        label_counts: Number of rows of each label.
        reference_label_counts: Rows of each label in the reference; None without one.
        associations: Every predicate with every label.
        sentences: When each predicate holds, to follow the word "where".
        unavailable: Predicates that could not be asked, each with the reason.
        lengths: Bounds of short and long texts.
        duplicates: Rows that repeat.
        leaks: Rows that stand in any test set.
        leaks_by_test: Rows that stand in each test set.
        copies_of_reference: Rows that stand in the reference; None without one.
        baselines: Baselines of the table, by name.
        reference_baselines: Baselines of the reference, by name; None without one.
        diversity: Variety of the texts.
        agreement: Agreement with another labeller; None without one.
        script: How words were separated where the texts have no spaces between them; else empty.
        without_gold: Rows of the files, `data` and `reference`, that were left out because they have no
            gold label; files without such rows are absent.
        notes: What a reader must know of how the files `data` and `reference` were read, in sentences.
        label_codes: Integer labels of these files that were read by the order of the task's labels, to
            labels.
    """

    n: int
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    target: str
    level: float
    label_counts: Mapping[str, int]
    reference_label_counts: Mapping[str, int] | None
    associations: tuple[Association, ...]
    sentences: Mapping[str, str]
    unavailable: Mapping[str, str]
    lengths: Lengths
    duplicates: Duplicates
    leaks: Found
    leaks_by_test: Mapping[str, Found]
    copies_of_reference: Found | None
    baselines: Mapping[str, Baseline]
    reference_baselines: Mapping[str, Baseline] | None
    diversity: Diversity
    agreement: Agreement | None
    script: str = ""
    without_gold: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label_codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def association(self, predicate: str, label: str | None = None) -> Association:
        """The association of a predicate with a label; with the target if none is named."""
        target = label or self.target
        return next(row for row in self.associations if (row.predicate, row.label) == (predicate, target))

    @property
    def n_repeated(self) -> int:
        """Rows that repeat an earlier one, exactly or nearly."""
        return self.duplicates.exact + self.duplicates.near
