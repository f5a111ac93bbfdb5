"""The arm `verified`: synthetic rows whose label a second opinion confirms."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scotoma.arms.arm import Arm, Explains, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply

_JUDGED = "synthetic rows to which the judge gives the label that they were written with"


class Verified(Arm):
    """`verified: 18000`: synthetic rows to which the labeller gives the label that they were written with.

    `{n: 18000, verifier_accuracy: 0.8}` has the labeller misjudge one row in five: it confirms what it would
    reject, and rejects what it would confirm. `{n: 18000, by: judge}` asks the study's judge in place of the
    labeller; `{n: 18000, by: agreement, answers: 5, agreeing: 4}` asks it five times, and keeps the rows
    whose label four answers give.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "labels"))
    sentence: ClassVar[str] = (
        "synthetic rows to which the labeller gives the label that they were written with"
    )
    explains: ClassVar[tuple[Explains, ...]] = (
        Explains("unconfirmed rows, left out", "synthetic", repairs=True),
    )
    named_by: ClassVar[tuple[str, ...]] = ("verifier_accuracy", "by", "answers", "agreeing")
    idle: ClassVar[str] = "every row that it would have drawn unverified was confirmed"

    kind: Literal["verified"] = "verified"
    n: Size
    by: Literal["labeller", "judge", "agreement"] = Field(
        "labeller",
        description="Who confirms a label: the study's `labeller`, its `judge`, or several answers of that.",
    )
    verifier_accuracy: Share | None = Field(
        None,
        description=(
            "Share of rows that are confirmed or rejected as the labeller says; on the others the decision "
            "is reversed. None = all."
        ),
    )
    answers: Annotated[int, Field(ge=2)] | None = Field(
        None, description="Number of answers of the judge to each row; required for `by: agreement`."
    )
    agreeing: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Answers that must give the written label; required for `by: agreement`."
    )

    @model_validator(mode="after")
    def _settings_fit_the_verifier(self) -> Self:
        if self.verifier_accuracy is not None and self.by != "labeller":
            raise ValueError(
                f"arm verified: verifier_accuracy makes the labeller err; leave it out with by: {self.by}"
            )
        counts = (self.answers, self.agreeing)
        if self.by != "agreement":
            if counts != (None, None):
                raise ValueError("arm verified: answers and agreeing are settings of by: agreement")
        elif self.answers is None or self.agreeing is None:
            raise ValueError(
                "arm verified: by: agreement needs answers and agreeing, such as {answers: 5, agreeing: 4}"
            )
        elif self.agreeing > self.answers:
            raise ValueError(f"arm verified: {self.agreeing} of {self.answers} answers cannot agree")
        return self

    @property
    def needed(self) -> frozenset[Need]:
        """A labeller, or a judge."""
        return self.needs if self.by == "labeller" else frozenset(("generator", "judge"))

    @property
    def n_answers(self) -> int:
        """One of a judge, or several that are to agree."""
        return self.answers or (1 if self.by == "judge" else 0)

    @property
    def described(self) -> str:
        """With who confirms, and what a verifier that errs does."""
        if self.by == "judge":
            return _JUDGED
        if self.by == "agreement":
            return f"{_JUDGED}, in at least {self.agreeing} of {self.answers} answers"
        if self.verifier_accuracy is None:
            return self.sentence
        return (
            f"{self.sentence}, except for the share of rows, drawn at random, on which the verifier was made "
            "to err and confirmed what the labeller rejects or rejected what it confirms"
        )

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that are confirmed.

        Where a judge confirms, `verified.json` says of how many rows it was asked, how many it confirmed,
        and to how many an answer of it named no label, by label.
        """
        from scotoma.arms.selection.verified import agreed, count_verified, verified

        pool = supply.pool()
        if self.by == "labeller":
            confirmed = verified(pool, supply.relabelled_pool(), self.verifier_accuracy, supply.seed)
        else:
            confirmed = agreed(pool, supply.judged, self.agreeing or 1)
            supply.record("verified.json", count_verified(pool, supply.judged, confirmed, supply.labels))
        return supply.take(self.n, written=confirmed)
