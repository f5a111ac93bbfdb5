"""Records that describe themselves: plain values, and a schema with the meaning of every key."""

from dataclasses import dataclass
from typing import Annotated

import jsonschema
import pytest
from pydantic import Field
from typing_extensions import TypedDict

from scotoma.basics.described import as_json, attributes_of, schema_of


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of
    something.

    Longer words that a schema leaves out.

    Attributes:
        low: Lower end; None where
            there is none.
        marks: Places in it.

    Source: nowhere.
    """

    low: float | None
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Named(Span):
    """A stretch with a name.

    Attributes:
        name: How it is called: by its owner.
    """

    name: str = ""


@dataclass(frozen=True)
class Silent:
    """Does not say what `n` is."""

    n: int


class Whole(TypedDict):
    """A record."""

    title: Annotated[str, Field(description="A title.")]
    spans: Annotated[list[Named], Field(description="Stretches.")]


class Mute(TypedDict):
    """A record whose part says nothing."""

    part: Silent


RECORD: Whole = {"title": "t", "spans": [Named(None, (1, 2), "one")]}


def test_the_record_is_plain() -> None:
    assert as_json(Whole, RECORD) == {
        "title": "t", "spans": [{"low": None, "marks": [1, 2], "name": "one"}]
    }  # fmt: skip


def test_docstrings_say_what_each_attribute_is_those_of_bases_too() -> None:
    assert attributes_of(Named) == {
        "low": "Lower end; None where there is none.",
        "marks": "Places in it.",
        "name": "How it is called: by its owner.",
    }


def test_the_schema_takes_the_record_and_says_what_each_key_is() -> None:
    schema = schema_of(Whole, title="T", description="D")
    jsonschema.validate(as_json(Whole, RECORD), schema)
    assert (schema["title"], schema["description"]) == ("T", "D")
    part = schema["$defs"]["Named"]
    assert part["description"] == "A stretch with a name."
    assert part["properties"]["low"]["description"] == "Lower end; null where there is none."
    assert part["required"] == ["low", "marks", "name"]
    assert schema_of(Span, title="", description="")["properties"]["marks"].keys() == {
        "description", "type", "items"
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "t"},
        {**as_json(Whole, RECORD), "more": 1},
        {"title": "t", "spans": [{"low": None, "marks": [1]}]},
        {"title": "t", "spans": [{"low": None, "marks": [1], "name": "one", "more": 1}]},
        {"title": "t", "spans": [{"low": "0", "marks": [1], "name": "one"}]},
    ],
)
def test_the_schema_refuses_a_missing_key_another_key_and_another_kind(changed: object) -> None:
    with pytest.raises(jsonschema.ValidationError, match=r".+"):
        jsonschema.validate(changed, schema_of(Whole, title="T", description="D"))


def test_an_attribute_without_a_word_is_found_when_the_schema_is_made() -> None:
    with pytest.raises(KeyError, match="n"):
        schema_of(Mute, title="T", description="D")
