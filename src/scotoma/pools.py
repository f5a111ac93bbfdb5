"""What generators write: the pool of every generator, and of every round, in one replicate.

round 1   originals ──train_generator─ sample ─ screen─▶ S1  (or sample_prompted, ask_endpoint: no training;
          sample_on between sample and screen where the generator writes on until enough rows are kept)
round j   round_data of the originals and S1 .. S(j-1) ──train_generator─ sample ─ screen─▶ Sj
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.assemble import Assemble
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.round_data import RoundData
from scotoma.stages.sample import Sample
from scotoma.stages.sample_on import AskOn, First, SampleOn
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.screen import Screen
from scotoma.stages.train_generator import TrainGenerator
from scotoma.study.settings.generators import (
    EndpointGenerator,
    FineTuned,
    Generator,
    PromptedGenerator,
    Prompting,
    sampling_of,
)
from scotoma.study.settings.models import Model
from scotoma.study.study import Study

Pool = Screen | GatherPools


@dataclass
class Pools:
    """The pools that arms of one replicate, on one base, may draw from.

    Attributes:
        study: Study whose generators write.
        base: Name of the base among several, or empty; and the base itself.
        corpus: The original examples.
        tests: Test sets whose rows the screen looks for.
        originals: The rows that a generator learns from at first, by its `trained_on`.
        seed: Seed of the replicate.
    """

    study: Study
    base: tuple[str, Model]
    corpus: ReadExamples
    tests: tuple[ReadExamples, ...]
    originals: Callable[[str], Assemble]
    seed: int
    _known: dict[str, list[Screen]] = field(default_factory=dict, init=False)

    def until(self, generator: str | None, n_rounds: int) -> Pool | None:
        """What an arm of a round draws from; None where nothing is screened.

        Where data accumulate, that is all that was written up to the round, else what was written last.

        Args:
            generator: Name of one of several; else None.
            n_rounds: The round.
        """
        study, screened = self.study, self._written(generator or "", n_rounds)
        if not screened or study.screening is None:
            return None
        if n_rounds == 1 or study.rounds is None or study.rounds.data == "replace":
            return screened[-1]
        return GatherPools(task=study.task, pools=screened, duplicates=study.screening.duplicates)

    def _written(self, name: str, n_rounds: int) -> tuple[Screen, ...]:
        """The screened rows of every round up to one."""
        study, pools = self.study, self._known.setdefault(name, [])
        if name not in study.writers or study.screening is None:
            return ()
        while len(pools) < n_rounds:
            writer = study.writers[name]
            screened = {
                "task": study.task,
                "corpus": self.corpus,
                "tests": self.tests,
                "screening": study.screening,
            }
            raw: First | SampleOn = self._raw(writer, name, tuple(pools))
            if until := sampling_of(writer).until:
                on = AskOn if isinstance(raw, AskEndpoint) else SampleOn
                raw = on(first=raw, until=until, **screened)
            pools.append(Screen(raw=raw, **screened))
        return tuple(pools[:n_rounds])

    def _raw(self, generator: Generator, name: str, before: tuple[Screen, ...]) -> First:
        """The first raw rows of the round that comes after others, by whichever kind of generator."""
        task, seed = self.study.task, self.seed
        base, own = self.base
        first = {"sampling": sampling_of(generator).at_first}
        match generator:
            case EndpointGenerator(endpoint=endpoint):
                endpoint = endpoint.model_copy(update=first)
                return AskEndpoint(task=task, endpoint=endpoint, corpus=self.corpus, seed=seed)
            case PromptedGenerator(prompted=prompted):
                model = prompted.model or own
                return SamplePrompted(
                    task=task,
                    base=prepared(model),
                    precision=model.precision,
                    adapter=model.adapter,
                    corpus=self.corpus,
                    prompting=Prompting(**{**prompted.model_dump(exclude={"model"}), **first}),
                    seed=seed,
                )
        model = generator.model or own
        trained = TrainGenerator(
            task=task,
            base=prepared(model),
            precision=model.precision,
            adapter=generator.adapter,
            data=self._learned(generator, before),
            recipe=generator.recipe,
            seed=seed,
            loss=generator.loss,
            reads=generator.reads,
            hidden=generator.hidden,
            called="".join(f"{word} " for word in (base, name) if word),
        )
        return Sample(
            task=task,
            generator=trained,
            **first,
            seed=seed,
            originals=self.originals(generator.trained_on) if generator.reads else None,
        )

    def _learned(self, generator: FineTuned, before: tuple[Screen, ...]) -> Assemble | RoundData:
        """What a generator is trained on in the round that comes after others."""
        original, rounds = self.originals(generator.trained_on), self.study.rounds
        if rounds is None or not before:
            return original
        return RoundData(
            task=self.study.task,
            original=original,
            pools=before[-1:] if rounds.data == "replace" else before,
            keep=rounds.data,
            round=len(before) + 1,
            seed=self.seed,
        )


def prepared(model: Model) -> PrepareBase:
    """The step that makes a base ready."""
    return PrepareBase(name=model.name, revision=model.revision, sha256=model.sha256)
