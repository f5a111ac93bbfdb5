from typing import Any

import pytest
from pydantic import ValidationError

from scotoma.tasks import MICROWORLD, Rejected, Task


def task(**changes: Any) -> Task:
    return Task.model_validate({**MICROWORLD.model_dump(), **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"generator_text": "{label} {premise} {hypothesis}"},
        {"generator_text": "Example {label}: {premise} Hypothesis: {hypothesis}", "end_marker": "Exa"},
        {"labels": (" a", "b"), "target": "b"},
    ],
)
def test_a_form_that_could_not_be_read_back_is_refused_before_a_generator_learns_it(changes: Any) -> None:
    with pytest.raises(ValidationError, match="cannot be read back"):
        task(**changes)


def test_a_label_may_end_in_a_stop_and_a_text_may_hold_what_closes_the_label() -> None:
    form = task(labels=("U.S.", "U.K."), target="U.S.", generator_text="{label}: {premise} | {hypothesis}")
    texts = {"premise": "It is 3:40 .", "hypothesis": "Late: yes ."}
    assert form.parse(form.write(texts, "U.S."), "U.S.") == texts
    with pytest.raises(Rejected, match="label"):
        form.parse(form.write(texts, "U.K."), "U.S.")
    with pytest.raises(Rejected, match="repeated part"):
        form.parse(form.write({**texts, "premise": "One | two ."}, "U.S."), "U.S.")
