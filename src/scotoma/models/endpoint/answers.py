"""What a server is asked for a row, and what it answers, as far as it is kept."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from scotoma.study.settings.base import Settings
from scotoma.tasks.reading.json_rows import load_json

#: What replaces an unpaired surrogate in an answer, which no file can hold: U+FFFD, one for each.
HALF_A_CHARACTER = "\ufffd"


def _whole(value: Any) -> Any:
    """A text without lone surrogates; anything else as it is."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_Tokens = Annotated[int, Field(ge=0, lt=2**53)]
_Text = Annotated[str, BeforeValidator(_whole)]


@dataclass(frozen=True)
class Question:
    """One row that is wanted.

    Attributes:
        row: Name of the row, such as `entailment-17`.
        prompt: The whole prompt.
        seed: Seed for servers that take one.
    """

    row: str
    prompt: str
    seed: int


class Answer(Settings):
    """What came of it. Tokens are what the server reports; None where it does not."""

    row: str
    text: str
    finish_reason: str
    model: str
    fingerprint: str
    prompt_tokens: _Tokens | None
    completion_tokens: _Tokens | None


class _Message(BaseModel):
    content: _Text | None = None


class _Choice(BaseModel):
    text: _Text | None = None
    message: _Message | None = None
    finish_reason: _Text | None = None


class _Usage(BaseModel):
    prompt_tokens: _Tokens | None = None
    completion_tokens: _Tokens | None = None


class Reply(BaseModel):
    """The part of a reply's JSON that is read; servers send more."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    model: _Text | None = None
    system_fingerprint: _Text | None = None
    usage: _Usage | None = None

    def to(self, question: Question, api: Literal["chat", "completions"]) -> Answer:
        """The answer to a question; a chat's empty one, as of a refusal, is an empty text.

        Raises:
            ValueError: it is the reply of the other interface.
        """
        choice, usage = self.choices[0], self.usage or _Usage()
        if (choice.message if api == "chat" else choice.text) is None:
            raise ValueError(f"no {'message' if api == 'chat' else 'text'} in it")
        return Answer(
            row=question.row,
            text=(choice.message.content or "") if choice.message else choice.text or "",
            finish_reason=choice.finish_reason or "",
            model=self.model or "",
            fingerprint=self.system_fingerprint or "",
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )


class Models(BaseModel):
    """What a server says it has."""

    class _Model(BaseModel):
        id: _Text

    data: list[_Model]


def read_json(body: bytes) -> dict[str, Any]:
    """What a reply's JSON says; bytes that are no character become `HALF_A_CHARACTER`.

    A server that stops in the middle of a character sends half of it, as bytes or as one escape of two.

    Raises:
        ValueError: it is no JSON object; quotes nothing of what was said.
    """
    try:
        content = load_json(body.decode("utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        raise ValueError(f"JSON: Invalid JSON: {error.msg} at column {error.colno}") from None
    except ValueError as error:
        raise ValueError(f"JSON: Invalid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError("JSON: it should be an object")
    return content
