"""What a server is asked for a row, and what it answers, as far as it is kept."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from scotoma.settings import Settings

_Tokens = Annotated[int, Field(ge=0, lt=2**53)]


@dataclass(frozen=True)
class Question:
    """One row that is wanted.

    Attributes:
        row: Its name, such as `entailment-17`.
        prompt: The whole of it.
        seed: For servers that take one.
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
    content: str | None = None


class _Choice(BaseModel):
    text: str | None = None
    message: _Message | None = None
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: _Tokens | None = None
    completion_tokens: _Tokens | None = None


class Reply(BaseModel):
    """The part of a reply's JSON that is read; servers send more."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    model: str | None = None
    system_fingerprint: str | None = None
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
        id: str

    data: list[_Model]
