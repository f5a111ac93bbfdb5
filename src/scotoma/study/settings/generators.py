"""Who writes the synthetic data: a model fine-tuned for it, one that is only prompted, or a server.

In a study file the first is `generator: {adapter: ..., recipe: ...}`, the others are `generator:
{prompted: {...}}` and `generator: {endpoint: {...}}`.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from scotoma.study.settings.base import Grown, Settings
from scotoma.study.settings.models import Adapter, Model, Recipe, Sampling
from scotoma.study.settings.servers import Server

#: Which tokens of a generator's text count in its loss.
Learned = Literal["written", "all"]

#: What of a real row is given to the generator for each row that it writes.
Reads = Annotated[
    str | None,
    Field(
        description="Name of a text field: a real row is given up to and including it, and the other fields "
        "are written. `row`: a whole row of the same label is given, to be rewritten. None: only the label "
        "is given."
    ),
]


class FineTuned(Grown):
    """A model fine-tuned on original data, then sampled."""

    later: ClassVar[tuple[str, ...]] = ("loss", "reads", "hidden")

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
    reads: Reads = None
    hidden: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="With `reads: row`: share of the row's words that is hidden from the generator."
    )
    sampling: Sampling


class Prompting(Grown):
    """What is put before the task's generator prompt, and how a model then goes on."""

    later: ClassVar[tuple[str, ...]] = ("reads",)

    shots: Annotated[int, Field(ge=0)] = Field(
        description="Number of original examples of the row's label shown first, drawn again for every row."
    )
    instruction: str = Field(
        "", description="Text before the examples; {label} in it becomes the label. Default: no text."
    )
    reads: Reads = None
    sampling: Sampling


class Prompted(Prompting):
    """A model as it is."""

    model: Model | None = Field(None, description="Base model; none = the task model's base.")


class Endpoint(Server, Prompting):
    """A server with OpenAI's interface that writes rows."""

    later: ClassVar[tuple[str, ...]] = ("reads",)
    place: ClassVar[str] = "generator: endpoint"


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
        raise ValueError(f"`{kind}` must be the only setting of a generator; got {others} as well")
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


def reads_of(generator: Generator) -> str | None:
    """What of a real row a generator is given for each row that it writes; None for nothing."""
    match generator:
        case (
            FineTuned(reads=reads)
            | PromptedGenerator(prompted=Prompting(reads=reads))
            | EndpointGenerator(endpoint=Prompting(reads=reads))
        ):
            return reads


def own_model(generator: Generator) -> Model | None:
    """The model that a generator names; None where it is the base's own, or a server's."""
    match generator:
        case FineTuned(model=model) | PromptedGenerator(prompted=Prompted(model=model)):
            return model
    return None


def sampling_of(generator: Generator) -> Sampling:
    """How a generator writes, of whichever kind it is."""
    match generator:
        case PromptedGenerator(prompted=prompting) | EndpointGenerator(endpoint=prompting):
            return prompting.sampling
    return generator.sampling
