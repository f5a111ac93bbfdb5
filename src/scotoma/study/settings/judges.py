"""Who is asked whether the label of a written row is right, in the arms `verified`.

In a study file `judge: {original: 6000}`, a classifier of the study's own, or `judge: {endpoint: {...}}`, a
model behind a server.
"""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Discriminator, Field, Tag

from scotoma.study.settings.base import Count, Settings
from scotoma.study.settings.pieces import OriginalLabeller
from scotoma.study.settings.servers import Server


class Answering(Settings):
    """How a judge's answers are drawn."""

    temperature: Annotated[float, Field(ge=0)] = Field(
        description="Sampling temperature; 0 = the most probable answer."
    )
    top_p: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Probability mass of the nucleus; 1 keeps every token."
    )
    max_new_tokens: Count = Field(description="Largest number of tokens of an answer.")


class JudgeEndpoint(Server):
    """A server that is asked for the label of each row."""

    place: ClassVar[str] = "judge: endpoint"

    instruction: str = Field(
        min_length=1,
        description="Text before the task's own question; {labels} in it becomes the labels. The label is "
        "read from the last line of the answer.",
    )
    sampling: Answering


class EndpointJudge(Settings):
    """`judge: {endpoint: {...}}`."""

    endpoint: JudgeEndpoint


def _kind(value: Any) -> str:
    is_endpoint = isinstance(value, EndpointJudge) or (isinstance(value, dict) and "endpoint" in value)
    return "asked" if is_endpoint else "trained"


def _one_kind(value: Any) -> Any:
    if isinstance(value, dict) and "endpoint" in value and len(value) > 1:
        others = ", ".join(str(name) for name in value if name != "endpoint")
        raise ValueError(f"`endpoint` must be the only setting of a judge; got {others} as well")
    return value


Judge = Annotated[
    Annotated[OriginalLabeller, Tag("trained")] | Annotated[EndpointJudge, Tag("asked")],
    Discriminator(_kind),
    BeforeValidator(_one_kind),
]
