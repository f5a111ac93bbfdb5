"""What a task is: its text fields, its labels, the prompts, and how written text is read back."""

import string
from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

from pydantic import (
    Field,
    model_validator,
)

from scotoma.basics.records import EXAMPLE_COLUMNS
from scotoma.study.settings.base import Grown

#: Columns that tables of rows have beside a task's texts; those of its probabilities begin with `p_`.
_OF_WRITTEN_AND_DRAWN = (
    "rank",
    "origin",
    "place",
    "requested",
    "written",
    "reason",
    "round",
    "holds",
    "turn",
    "read_row",
)
_OF_PREDICTIONS = ("test", "gold", "predicted", "cell", "tag")
_TAKEN = {*EXAMPLE_COLUMNS, *_OF_WRITTEN_AND_DRAWN, *_OF_PREDICTIONS}


class Rejected(ValueError):
    """Generated text that is not an example; the message is the reason, one of a few fixed ones."""


class Task(Grown):
    """A classification task over one text or a pair of texts.

    The prompts are part of every model's identity: if one is changed, models that were trained with
    it are trained again.
    """

    later: ClassVar[tuple[str, ...]] = ("symmetric",)

    name: str = Field(description="Name of the task in studies and reports.")
    fields: tuple[str, ...] = Field(min_length=1, description="Columns of text, in order.")
    labels: tuple[str, ...] = Field(min_length=2, description="Labels, in the order of the head's outputs.")
    target: str = Field(
        description="The label that heuristics usually lead to; the others merge in 2-way scores."
    )
    classifier_prompt: str = Field(
        description="Prompt with {field} for each text field; the head reads its last token."
    )
    generator_text: str = Field(
        description="Generated text: {label} first, then each {field}; the end marker follows."
    )
    end_marker: str = Field(description="Text that ends a generated example.")
    exact_labeller: str | None = Field(None, description="Name of a rule that computes true labels.")
    symmetric: bool = Field(
        False, description="Whether a pair means the same with its two texts swapped, as in paraphrase."
    )
    licence: str = Field("", description="Licence of the task's data.")
    citation: str = Field("", description="Publication of the task's data.")

    @model_validator(mode="after")
    def _prompts_name_the_fields(self) -> Self:
        for prompt, required in (
            (self.classifier_prompt, list(self.fields)),
            (self.generator_text, ["label", *self.fields]),
        ):
            slots = [slot[1:] for slot in string.Formatter().parse(prompt) if slot[1] is not None]
            slot_names = [name for name, _, _ in slots]
            if any(form or conversion for _, form, conversion in slots):
                raise ValueError(f"prompt {prompt!r}: a slot is a name in braces, without ! or : after it")
            if slot_names != required:
                raise ValueError(
                    f"prompt {prompt!r} must name {required} once each, in order; it names {slot_names}"
                )
        for what, names in (("fields", self.fields), ("labels", self.labels)):
            if len(set(names)) < len(names):
                raise ValueError(f"{what} {list(names)} name one twice")
        taken = [name for name in self.fields if is_taken(name)]
        if taken:
            raise ValueError(
                f"fields {taken}: tables of rows already have columns of these names; rename them, and map "
                "them to the file's columns in the source's `columns`"
            )
        if self.symmetric and len(self.fields) != 2:
            raise ValueError(
                "symmetric: only a task with two text fields can be symmetric; this one has "
                f"{len(self.fields)}"
            )
        if self.target not in self.labels:
            raise ValueError(f"target {self.target!r} is not among the labels {list(self.labels)}")
        if not self.end_marker.strip():
            raise ValueError("end_marker is empty")
        return self

    @model_validator(mode="after")
    def _what_is_written_can_be_read(self) -> Self:
        texts = dict.fromkeys(self.fields, "x")
        for label in self.labels:
            try:
                is_same = self.parse(self.write(texts, label), label) == texts
            except Rejected:
                is_same = False
            if not is_same:
                raise ValueError(
                    f"generator_text {self.generator_text!r} with label {label!r} and end marker "
                    f"{self.end_marker!r} cannot be read back: separate the label and the texts by words "
                    "that occur nowhere else in it, and begin or end no label with a space"
                )
        return self

    def verbalise(self, texts: Mapping[str, str]) -> str:
        """The classifier's prompt for one example."""
        return fill(self.classifier_prompt, texts)

    def write(self, texts: Mapping[str, str], label: str) -> str:
        """The text the generator learns from: label, texts, end marker."""
        return f"{fill(self.generator_text, {**texts, 'label': label})} {self.end_marker}"

    def generator_prompt(self, label: str, start: Mapping[str, str] | None = None) -> str:
        """What the generator is given: its text up to and with the label, or to where it goes on writing.

        Args:
            label: Label of the row to be written.
            start: Texts of the first fields, where it writes the others alone.
        """
        if not start:
            return fill(self.generator_text[: self._after_label], {"label": label})
        begins = self.generator_text.index(f"{{{self.fields[len(start)]}}}")
        return fill(self.generator_text[:begins].rstrip(), {**start, "label": label})

    def continued(self, label: str, answer: str, given: Mapping[str, str] | None = None) -> str:
        """The whole text of an answer to a generator prompt, whether or not it says the prompt's end again.

        Whoever is asked to go on after `... is neutral` may begin with `. Premise:`, with `Premise:`, or with
        the whole prompt; after `... Hypothesis:` also with the bare text, or with `Hypothesis:`.
        """
        prompt, begun = self.generator_prompt(label, given), answer.lstrip()
        if begun.startswith(prompt):
            return begun
        follows, *_ = string.Formatter().parse(self.generator_text[self._after_label :])
        marker = follows[0].strip(" .")
        if marker and begun.startswith(marker):
            return self.generator_prompt(label) + follows[0].partition(marker)[0] + begun
        if not given:
            return prompt + answer
        last = dict(_before_slots(self.generator_text))[self.fields[len(given)]].strip()
        return f"{prompt} {begun.removeprefix(last).lstrip()}"

    def parse(self, written: str, requested: str) -> dict[str, str]:
        """The text fields of a generated example.

        Args:
            written: The generator's whole text, prompt included.
            requested: The label that was asked for.

        Raises:
            Rejected: not finished, not in the form, a part twice, an empty field, another label.
        """
        body, marker, _ = written.partition(self.end_marker)
        if not marker:
            raise Rejected("unfinished")
        pieces = [(text, name) for text, name, _, _ in string.Formatter().parse(self.generator_text)]
        texts: dict[str, str] = {}
        rest = body.strip()
        previous: str | None = None
        for literal, name in pieces:
            literal = literal.strip()
            before, separator, rest = rest.partition(literal) if literal else ("", "", rest)
            if literal and not separator:
                raise Rejected("form")
            if previous is not None:
                texts[previous] = before.strip()
            elif before.strip():
                raise Rejected("form")
            previous = name
        if previous is not None:
            texts[previous] = rest.strip()
        return self._checked(texts, requested)

    def _checked(self, texts: dict[str, str], requested: str) -> dict[str, str]:
        # The label is closed by the full stop of "... is {label}. Premise: ...".
        if texts.pop("label").rstrip(" .").strip() != requested.rstrip(" ."):
            raise Rejected("label")
        first, second, *between = (
            text.strip(" .") for text, _, _, _ in string.Formatter().parse(self.generator_text)
        )
        # The text around the label is found before any text field: a colon may occur again in these.
        markers = [*between, *(one for one in (first, second) if any(map(str.isalnum, one)))]
        for text in texts.values():
            if not text:
                raise Rejected("empty")
            if any(marker and marker in text for marker in markers):
                raise Rejected("repeated part")
        return texts

    @property
    def _after_label(self) -> int:
        return self.generator_text.index("{label}") + len("{label}")


def is_taken(field: str) -> bool:
    """Whether the name is that of another column of tables of rows, so that no text may have it."""
    return field in _TAKEN or field.startswith("p_")


def _before_slots(prompt: str) -> Iterator[tuple[str, str]]:
    """Each slot of a prompt, with the text before it."""
    for literal, name, _, _ in string.Formatter().parse(prompt):
        if name is not None:
            yield name, literal


def fill(prompt: str, values: Mapping[str, str]) -> str:
    """Fills {name} slots; braces in the values are plain text."""
    pieces = string.Formatter().parse(prompt)
    return "".join(literal + (values[name] if name is not None else "") for literal, name, _, _ in pieces)
