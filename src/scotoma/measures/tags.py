"""What a cell is called, and what is measured in it; reads no table: a claim is checked before there is one.

A name is written and read here alone; tables have what it is made of in columns of their own.

all                      every row
all/LABEL                every row with that gold label
HEURISTIC                a blind spot's heuristic, both labels
HEURISTIC/LABEL
subcase:NAME             one construction within a heuristic
template:NAME/LABEL      one sentence pattern
full_overlap/LABEL       on a general test set: all words of the hypothesis stand in the premise
low_overlap/LABEL        at most a third of them do
shortcut/LABEL           on a general test set: the predicate of the study's own heuristic holds
as:BLINDSPOT             on a general test set: every row, in the labels of a blind spot with another target
"""

from typing import NamedTuple

from scotoma.blindspots import BlindSpot
from scotoma.tasks import Task

#: What tells the target's rows from the others, so needs both.
_DETECTION = ("hit_rate", "false_alarm_rate", "d_prime", "criterion")

#: What weighs labels and groups alike, and how sure a model is: over rows of every label.
OVER_LABELS = ("worst_group_accuracy", "macro_f1", "calibration_error")

#: What is of the target, over all rows of a group: of another target it is another number.
OF_THE_TARGET = ("auc", *_DETECTION)

#: What is measured over all rows of a group on a blind spot, and over those of one label.
ON_BOTH_SIDES = ("accuracy", "accuracy_sum", *OF_THE_TARGET, *OVER_LABELS)
ON_ONE_SIDE = ("accuracy", "accuracy_sum", "log_odds")

#: What is measured over all rows of a general test set.
ON_THE_TASK = ("accuracy", "accuracy_2way", "accuracy_2way_sum", *OF_THE_TARGET, *OVER_LABELS)

_SUBCASE, _TEMPLATE, _AS = "subcase:", "template:", "as:"


class Tags(NamedTuple):
    """What the rows of a cell have in common; the columns of `TAGS`."""

    heuristic: str = ""
    label: str = ""
    subcase: str = ""
    template: str = ""

    @property
    def name(self) -> str:
        """The cell's name, as above."""
        group = self.heuristic
        if self.subcase:
            group = f"{_SUBCASE}{self.subcase}"
        elif self.template:
            group = f"{_TEMPLATE}{self.template}"
        return f"{group}/{self.label}" if self.label else group

    @property
    def kind(self) -> str:
        """`subcase` or `template`, of which there are many; else `heuristic`."""
        return "subcase" if self.subcase else "template" if self.template else "heuristic"

    @classmethod
    def of(cls, name: str) -> "Tags":
        """What a cell's name says, for names that a person has given.

        Args:
            name: As above. A subcase is all that comes after `subcase:`, whatever it holds.
        """
        if name.startswith(_SUBCASE):
            return cls(subcase=name.removeprefix(_SUBCASE))
        group, _, label = name.rpartition("/") if "/" in name else (name, "", "")
        if group.startswith(_TEMPLATE):
            return cls(template=group.removeprefix(_TEMPLATE), label=label)
        return cls(heuristic=group, label=label)


def as_in(blindspot: BlindSpot, task: Task) -> Tags | None:
    """The cell of a general test set with the blind spot's target; None where that is the task's."""
    is_the_tasks = blindspot.counting_as(blindspot.target) == {task.target}
    return None if is_the_tasks else Tags(f"{_AS}{blindspot.name}")


def cell_on_the_task(measure: str, blindspot: BlindSpot, task: Task) -> str:
    """The cell of a general test set in which a measure means what it does on all rows of the blind spot."""
    own = as_in(blindspot, task) if measure in OF_THE_TARGET else None
    return own.name if own else "all"


def measured_in(blindspot: BlindSpot) -> dict[str, tuple[str, ...]]:
    """The cells of a blind spot that do not depend on its rows, and what is measured in each."""
    measures: dict[str, tuple[str, ...]] = {}
    for group in ("all", *blindspot.heuristics):
        of_label = {Tags(group, label).name: ON_ONE_SIDE for label in blindspot.labels}
        measures |= {group: ON_BOTH_SIDES, **of_label}
    return measures
