"""Who writes the synthetic data: a model fine-tuned for it, one that is only prompted, or a server.

In a study file the first is `generator: {adapter: ..., recipe: ...}`, the others are `generator:
{prompted: {...}}` and `generator: {endpoint: {...}}`.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    JsonValue,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
)

from scotoma.study.settings.base import Count, Grown, Settings
from scotoma.study.settings.models import Adapter, Model, Recipe, Sampling

#: Which tokens of a generator's text count in its loss.
Learned = Literal["written", "all"]


class FineTuned(Grown):
    """A model fine-tuned on original data, then sampled."""

    later: ClassVar[tuple[str, ...]] = ("loss",)

    model: Model | None = Field(None, description="Base model; none = the task model's base.")
    adapter: Adapter
    trained_on: Literal["all", "start"] = Field(
        description="all = every original example; start = only what the start model saw (self-training)."
    )
    recipe: Recipe
    loss: Learned = Field(
        "written",
        description="written = what comes after the generator prompt counts in the loss; all = every token.",
    )
    sampling: Sampling


class Prompting(Settings):
    """What is put before the task's generator prompt, and how a model then goes on."""

    shots: Annotated[int, Field(ge=0)] = Field(
        description="Number of original examples of the row's label shown first, drawn anew for every row."
    )
    instruction: str = Field(
        "", description="Text before the examples; {label} in it becomes the label. Default: no text."
    )
    sampling: Sampling


class Prompted(Prompting):
    """A model as it is."""

    model: Model | None = Field(None, description="Base model; none = the task model's base.")


def _is_plain(url: str) -> str:
    parts = urlsplit(url)  # of a bad port or bracket it raises ValueError itself
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    # A name, a password or a query may be a secret: not in a study file, and not in this message.
    if not plain or parts.username or parts.password or parts.query or parts.fragment or url.split() != [url]:
        raise ValueError(
            "a URL must look like http://127.0.0.1:8080/v1: http or https, a host, no user, query or fragment"
        )
    return url.rstrip("/")


def _is_variable(name: str) -> str:
    # Upper case, so that a key put here by mistake is refused; and then it must not be shown.
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


class Endpoint(Prompting):
    """A server with OpenAI's interface. What it answers is recorded, and cannot be had again."""

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

    @model_serializer(mode="wrap")
    def _without_manners(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """How the server is asked cannot change what is asked, so it is no part of an identity."""
        dumped: dict[str, Any] = handler(self)
        if info.context == "identity":
            for name in ("key", "prices", "concurrency", "retries", "timeout"):
                dumped.pop(name, None)
        return dumped


class PromptedGenerator(Settings):
    """`generator: {prompted: {...}}`."""

    prompted: Prompted


class EndpointGenerator(Settings):
    """`generator: {endpoint: {...}}`."""

    endpoint: Endpoint


def _kind(value: Any) -> str:
    names = (
        value if isinstance(value, dict) else type(value).model_fields if isinstance(value, Settings) else ()
    )
    return next((kind for kind in ("prompted", "endpoint") if kind in names), "finetuned")


def _one_kind(value: Any) -> Any:
    kind = _kind(value)
    if isinstance(value, dict) and kind in value and len(value) > 1:
        others = ", ".join(str(name) for name in value if name != kind)
        raise ValueError(f"`{kind}` stands alone in a generator; got {others} beside it")
    return value


Generator = Annotated[
    Annotated[FineTuned, Tag("finetuned")]
    | Annotated[PromptedGenerator, Tag("prompted")]
    | Annotated[EndpointGenerator, Tag("endpoint")],
    Discriminator(_kind),
    BeforeValidator(_one_kind),
]


def with_model(generator: Generator, change: Callable[[Model], Model]) -> Generator:
    """The generator with the model that it names changed; one that names none stays as it is."""
    match generator:
        case FineTuned(model=Model() as own):
            return generator.model_copy(update={"model": change(own)})
        case PromptedGenerator(prompted=Prompted(model=Model() as own) as prompted):
            return PromptedGenerator(prompted=prompted.model_copy(update={"model": change(own)}))
    return generator


def own_model(generator: Generator) -> Model | None:
    """The model that a generator names; None where it is the base's own, or a server's."""
    match generator:
        case FineTuned(model=model) | PromptedGenerator(prompted=Prompted(model=model)):
            return model
    return None
