"""What every step of a plan costs: tokens through the base, operations on them, bytes on disk.

Counted are 2 operations for each weight and token forward and as many again backward through a frozen base,
twice as many where the base trains; 6 for each weight of low-rank updates that train, 2 where they do not;
the language-model head only where a token is learned or drawn; what all prompts share once a batch, but in
a training with dropout. Not counted are padding, attention scores and norms: some per cent for short rows.
"""

import math
from dataclasses import dataclass

from scotoma.experiment import Plan
from scotoma.run.cost.lengths import Lengths, Rows, Unknown
from scotoma.run.inspection import Look
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.assemble import Assemble
from scotoma.stages.embed import Embed
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.predict import Predict
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.round_data import RoundData
from scotoma.stages.sample import Sample
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.screen import Screen
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.steps import Step
from scotoma.store.store import Store
from scotoma.study.settings.models import Adapter
from scotoma.tasks import Task

#: Of compressed tables: a prediction with three probabilities; a character of an example.
BYTES_PER_PREDICTION, BYTES_PER_CHARACTER = 30, 0.5

#: Two states are kept of a training, each with the weights that train and two moments of them, in fp32.
_CHECKPOINTS = 2 * 3 * 4


@dataclass(frozen=True)
class Cost:
    """What one step costs.

    Attributes:
        step: The step.
        tokens: That go through the base.
        flops: Operations on them.
        size: Bytes it leaves in the store.
        transient: Bytes of checkpoints while it runs, if that takes longer than some minutes.
    """

    step: Step
    tokens: float = 0.0
    flops: float = 0.0
    size: float = 0.0
    transient: float = 0.0


@dataclass(frozen=True)
class Costs:
    """What all steps of a plan cost.

    Attributes:
        steps: Those that could be counted.
        n_unknown: How many could not.
        unknown: Why they could not.
        assumed: What the counting rests on beside its rules, in sentences.
    """

    steps: tuple[Cost, ...]
    n_unknown: int
    unknown: tuple[str, ...]
    assumed: tuple[str, ...]


def count_costs(
    plan: Plan, store: Store, *, parameters: int | None = None, look: Look | None = None
) -> Costs:
    """What every step of a plan costs, done or not.

    Args:
        plan: Whose steps.
        store: What is done there tells numbers that are else assumed.
        parameters: Weights of a base whose sizes are not known here.
        look: At the same plan, so that no file is read twice; None takes a new one.

    Raises:
        ScotomaError: a data file that cannot be read.
    """
    lengths = Lengths(store, parameters, look or Look(store))
    counter = _Counter(lengths)
    found: list[Cost] = []
    unknown: dict[str, None] = {}
    for step in plan.steps:
        try:
            found.append(counter.cost(step))
        except Unknown as reason:
            unknown[str(reason)] = None
    return Costs(tuple(found), len(plan.steps) - len(found), tuple(unknown), tuple(lengths.assumed))


class _Counter:
    """Counts steps of every kind."""

    def __init__(self, lengths: Lengths) -> None:
        self.lengths = lengths

    def cost(self, step: Step) -> Cost:
        """What a step costs.

        Raises:
            Unknown: the sizes of its base, or the rows of a source, are told nowhere.
        """
        match step:
            case TrainClassifier():
                return self._train_classifier(step)
            case TrainGenerator():
                return self._train_generator(step)
            case Sample():
                return self._sample(step)
            case SamplePrompted():
                return self._sample_prompted(step)
            case AskEndpoint():
                return self._ask(step)
            case Predict():
                return self._predict(step)
            case Embed():
                return self._embed(step)
            case PrepareBase() if step.name.startswith("pypi:"):
                return Cost(step, size=2.0 * self.lengths.sizes(step).total)
            case ReadExamples() | Assemble() | Screen() | GatherPools() | RoundData():
                rows = self.lengths.rows(step)
                return Cost(step, size=BYTES_PER_CHARACTER * rows.n * self.lengths.characters(rows))
        return Cost(step)

    def _train_classifier(self, step: TrainClassifier) -> Cost:
        sizes, adapter = self.lengths.sizes(step.base), step.adapter
        trained = len(step.task.labels) * sizes.width
        if adapter.kind == "full":
            trained += sizes.blocks + sizes.embeddings
        else:
            trained += self._updates(step.base, adapter)
        if step.data is None or step.recipe is None:
            return Cost(step, size=4.0 * trained)
        rows = self.lengths.rows(step.data)
        n = rows.n * step.recipe.epochs
        tokens = n * self.lengths.classifier_tokens(step.base, step.task, rows)
        if adapter.kind == "full" or not adapter.dropout:
            tokens -= (n - n / step.recipe.batch_size) * self._instruction(step.base, step.task)
        flops = tokens * self._training(step.base, adapter)
        return Cost(step, tokens, flops, 4.0 * trained, _CHECKPOINTS * trained)

    def _train_generator(self, step: TrainGenerator) -> Cost:
        sizes, adapter, rows = self.lengths.sizes(step.base), step.adapter, self.lengths.rows(step.data)
        n, length = rows.n * step.recipe.epochs, self.lengths.generator_tokens(step.base, step.task, rows)
        learned = n * (length - self._prompt(step.base, step.task))
        head_trains = adapter.kind == "full" or "lm_head" in adapter.also_train
        flops = n * length * self._training(step.base, adapter)
        flops += learned * sizes.embeddings * (6 if head_trains else 4)
        if adapter.kind == "full":
            trained = sizes.total
        else:
            trained = self._updates(step.base, adapter) + sizes.also_trained(adapter)
        return Cost(step, n * length, flops, 4.0 * trained, _CHECKPOINTS * trained)

    def _sample(self, step: Sample) -> Cost:
        generator, rows = step.generator, self.lengths.rows(step.generator.data)
        n = step.sampling.candidates_per_label * len(step.task.labels)
        length = self.lengths.generator_tokens(generator.base, step.task, rows)
        tokens = n * (length - self._prompt(generator.base, step.task))
        sizes = self.lengths.sizes(generator.base)
        weights = sizes.blocks + sizes.embeddings + self._updates(generator.base, generator.adapter)
        return Cost(step, tokens, 2.0 * weights * tokens, self._raw(step.task, n, rows))

    def _sample_prompted(self, step: SamplePrompted) -> Cost:
        rows, shots = self.lengths.rows(step.corpus), step.prompting.shots
        n = step.sampling.candidates_per_label * len(step.task.labels)
        length, prompt = (
            self.lengths.generator_tokens(step.base, step.task, rows),
            self._prompt(step.base, step.task),
        )
        # Without examples, rows of a label have one prompt, and it is computed once a wave.
        read = n * (shots * length + prompt) if shots else 0.0
        written, sizes = n * (length - prompt), self.lengths.sizes(step.base)
        flops = 2.0 * sizes.blocks * (read + written) + 2.0 * sizes.embeddings * written
        return Cost(step, read + written, flops, self._raw(step.task, n, rows))

    def _ask(self, step: AskEndpoint) -> Cost:
        n, most = step.sampling.candidates_per_label * len(step.task.labels), step.sampling.max_new_tokens
        self.lengths.assumed[
            f"What {step.endpoint.model} costs at {step.endpoint.url} is not counted: {n:,} rows of up to "
            f"{most} new tokens a replicate."
        ] = None
        rows = self.lengths.rows(step.corpus)
        return Cost(step, size=(2 + step.endpoint.shots) * self._raw(step.task, n, rows))

    def _raw(self, task: Task, n: int, rows: Rows) -> float:
        """Bytes of sampled rows."""
        self.lengths.assumed["Sampled rows are as long as original ones."] = None
        return BYTES_PER_CHARACTER * n * (self.lengths.characters(rows) + len(task.generator_text))

    def _predict(self, step: Predict) -> Cost:
        base, tokens, n_rows = step.classifier.base, 0.0, 0
        for _, test in step.tests:
            rows = self.lengths.rows(test)
            whole = rows.n * self.lengths.classifier_tokens(base, step.task, rows)
            n_batches = math.ceil(whole / step.batch_tokens)
            tokens += whole - max(0, rows.n - n_batches) * self._instruction(base, step.task)
            n_rows += rows.n
        weights = self.lengths.sizes(base).blocks + self._updates(base, step.classifier.adapter)
        return Cost(step, tokens, 2.0 * weights * tokens, BYTES_PER_PREDICTION * n_rows)

    def _embed(self, step: Embed) -> Cost:
        rows, sizes = self.lengths.rows(step.examples), self.lengths.sizes(step.base)
        tokens = rows.n * self.lengths.text_tokens(step.base, step.task, rows)
        return Cost(step, tokens, 2.0 * sizes.blocks * tokens, 4.0 * sizes.width * rows.n)

    def _training(self, base: PrepareBase, adapter: Adapter) -> float:
        """Operations for each token of a training, the language-model head aside."""
        blocks = self.lengths.sizes(base).blocks
        return 6.0 * blocks if adapter.kind == "full" else 4.0 * blocks + 6.0 * self._updates(base, adapter)

    def _updates(self, base: PrepareBase, adapter: Adapter) -> int:
        found = self.lengths.sizes(base).updates(adapter)
        if found is None:
            self.lengths.assumed["Low-rank updates are not counted, for the base's layers are not known."] = (
                None
            )
        return found or 0

    def _instruction(self, base: PrepareBase, task: Task) -> float:
        """Tokens that all of a classifier's prompts begin with; an encoder has no prompt."""
        if self.lengths.sizes(base).is_encoder:
            return 0.0
        return self.lengths.tokens(base, task.classifier_prompt.partition("{")[0])

    def _prompt(self, base: PrepareBase, task: Task) -> float:
        """Tokens of what a generator is given."""
        return self.lengths.tokens(base, task.generator_prompt(task.labels[0]))
