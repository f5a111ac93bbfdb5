"""A server with OpenAI's interface: where it is, what it is asked for, and how patiently."""

import re
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
)

from scotoma.study.settings.base import Count, Grown, Settings


def _is_plain(url: str) -> str:
    parts = urlsplit(url)  # urlsplit itself raises ValueError for a bad port or bracket
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    # A name, a password or a query may be a secret: not in a study file, and not in this message.
    if not plain or parts.username or parts.password or parts.query or parts.fragment or url.split() != [url]:
        raise ValueError(
            "a URL must look like http://127.0.0.1:8080/v1: http or https, a host, no user, query or fragment"
        )
    return url.rstrip("/")


def _is_variable(name: str) -> str:
    # Upper case, so that a key given by mistake is refused; the message must not show it.
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise ValueError(
            "not a name of an environment variable (capitals, digits, _), such as OPENAI_API_KEY; the key "
            "itself belongs into that variable, never into a study"
        )
    return name


class Prices(Settings):
    """What a server's tokens cost, in whatever currency."""

    prompt: Annotated[float, Field(ge=0)] = Field(description="Price of a million tokens of prompts.")
    completion: Annotated[float, Field(ge=0)] = Field(description="Price of a million tokens of answers.")


class Server(Grown):
    """A server. What it answers is recorded, and cannot be had again."""

    later: ClassVar[tuple[str, ...]] = ()
    place: ClassVar[str]
    """The keys that lead to it in a study file, for messages."""

    url: Annotated[str, AfterValidator(_is_plain)] = Field(description="URL of the interface, /v1 included.")
    model: str = Field(min_length=1, description="Name of the model on the server.")
    api: Literal["chat", "completions"] = Field(
        description="chat = the prompt is a user's message; completions = the model continues it."
    )
    body: dict[str, JsonValue] = Field(
        {}, description="Further fields for every request; null leaves out one that is sent by default."
    )
    key: Annotated[str, AfterValidator(_is_variable)] | None = Field(
        None, description="Name of the environment variable with the key; none = no key is sent."
    )
    prices: Prices | None = Field(None, description="Prices of tokens, to show the cost.")
    concurrency: Count = Field(8, description="Number of rows requested at a time.")
    retries: Annotated[int, Field(ge=0)] = Field(6, description="Retries of one row before the run stops.")
    timeout: Annotated[float, Field(gt=0)] = Field(120.0, description="Seconds that one answer may take.")

    def drop_later(self, dumped: dict[str, Any]) -> None:
        """How the server is asked cannot change what is asked, so it is no part of an identity, either."""
        for name in ("key", "prices", "concurrency", "retries", "timeout"):
            dumped.pop(name, None)
        super().drop_later(dumped)
