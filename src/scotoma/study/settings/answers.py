"""Settings of a task model without a head, which answers by likelihood."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field

from scotoma.study.settings.base import Settings


class Answers(Settings):
    """The task model is a language model: its answer is the label whose words are likeliest after the prompt.

    In training, the words of a row's label follow its prompt.
    """

    by: Literal["likelihood"]
    prompt: str | None = Field(
        None, description="Prompt in place of the task's, with {field} for each text field in order."
    )
    words: dict[str, str] = Field({}, description="Words for a label, where they are not the label itself.")
    loss: Literal["answer", "all"] = Field(
        "answer",
        description="Tokens that count in the training's loss: the answer's, or the prompt's too.",
    )

    def of(self, labels: Sequence[str]) -> Self:
        """With the words of every label, in this order; without the prompt, which is the task's by then."""
        words = {label: self.words.get(label, label) for label in labels}
        return self.model_copy(update={"words": words, "prompt": None})
