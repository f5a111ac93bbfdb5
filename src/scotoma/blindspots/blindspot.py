"""What a blind spot is: the shortcut in a sentence, a test set that tells it from understanding."""

from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import Field, model_validator

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.study.settings.base import Settings
from scotoma.study.settings.sources import Source
from scotoma.tasks.reading.label_words import is_integer


class BlindSpot(Settings):
    """A test set on which a model that takes the shortcut fails.

    Its labels are two: what the shortcut says, and the rest. A model of the task answers with the
    task's labels, which `label_map` merges into these two.
    """

    name: str = Field(description="Name in claims and tables.")
    title: str = Field(description="Name of the test set in a report.")
    heuristics: dict[str, str] = Field(description="Each heuristic's name and its shortcut in one sentence.")
    label_map: dict[str, str] = Field(description="Every task label, and the blind-spot label it counts as.")
    target: str = Field(description="The label that the shortcut predicts.")
    source: Source
    select: dict[str, RowPredicate] = Field(
        {},
        description="By heuristic, the predicate of its rows; for a source without that column.",
    )
    licence: str = Field("", description="Licence of the test set.")
    citation: str = Field("", description="Publication of the test set.")

    @model_validator(mode="after")
    def _two_labels(self) -> Self:
        if self.target not in self.label_map.values() or len(set(self.label_map.values())) != 2:
            raise ValueError(
                f"blind spot {self.name}: label_map must lead to two labels, one of them {self.target!r}; "
                f"it leads to {sorted(set(self.label_map.values()))}"
            )
        return self

    @model_validator(mode="after")
    def _no_label_counts_as_another(self) -> Self:
        for label in self.labels:
            if self.label_map.get(label, label) != label:
                raise ValueError(
                    f"label_map: {label!r} is one of the blind spot's two labels, and as a label of the task "
                    f"it counts as {self.label_map[label]!r}; call the two by other names"
                )
        return self

    @model_validator(mode="after")
    def _heuristics_can_name_cells(self) -> Self:
        for name in self.heuristics:
            if name == "all" or not name or set(name) & set("/:"):
                raise ValueError(
                    f"heuristic {name!r}: cells are named after heuristics, as in all/{self.target}; choose "
                    "another name, without / and :"
                )
        return self

    @model_validator(mode="after")
    def _selects_by_known_names(self) -> Self:
        for name in self.select:
            if name not in self.heuristics:
                raise ValueError(f"select: {name!r} is not a heuristic. {nearest(name, self.heuristics)}")
        return self

    @property
    def labels(self) -> tuple[str, str]:
        """The label the shortcut says, then the other."""
        (other,) = set(self.label_map.values()) - {self.target}
        return self.target, other

    def in_order(self, labels: Iterable[str]) -> tuple[str, ...]:
        """The two labels in the order of these task labels: what a bare 0 and 1 mean."""
        return tuple(dict.fromkeys(self.label_map[label] for label in labels))

    def read_by_name(self, source: Source) -> Source:
        """The source, with what the task's labels count as where these are integers.

        Otherwise an integer in it would be read as an index into the blind spot's two labels. What the source
        itself says of integers holds.
        """
        names = {label: two for label, two in self.label_map.items() if is_integer(label)}
        if not names or source.is_grammar or any(map(is_integer, source.labels)):
            return source
        return source.model_copy(update={"labels": {**names, **source.labels}})

    def counting_as(self, label: str) -> frozenset[str]:
        """The task labels that count as this one of the two."""
        return frozenset(task_label for task_label, merged in self.label_map.items() if merged == label)

    def check_covers(self, labels: Sequence[str]) -> None:
        """Refuses a map that misses a label of the task or names an unknown one.

        Raises:
            ScotomaError: the map does not fit the task's labels.
        """
        missing = [label for label in labels if label not in self.label_map]
        unknown = [label for label in self.label_map if label not in labels]
        wrong = [
            *([f"it lacks {', '.join(map(repr, missing))}"] if missing else []),
            *([f"{', '.join(map(repr, unknown))} is none of them"] if unknown else []),
        ]
        if wrong:
            raise ScotomaError(
                f"the label map of blind spot {self.name!r} does not fit the task's labels {list(labels)}: "
                f"{'; '.join(wrong)}",
                where=f"label_map {self.label_map}",
                remedy="Map every label of the task, and no other, to one of two labels.",
            )
