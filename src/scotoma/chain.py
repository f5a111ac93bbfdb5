"""One replicate: how each model of the experiment is made, from the base to its predictions."""

from functools import partial

from scotoma.arms.arm import GENERATOR_MARK, ROUND_MARK, Arm, Sourced
from scotoma.arms.original import Original
from scotoma.basics.randomness import seed_of
from scotoma.pools import Pool, Pools, prepared
from scotoma.stages.ask_judge import AskJudge
from scotoma.stages.assemble import Assemble, AssembleCovering, Redraw
from scotoma.stages.check_splits import CheckSplits
from scotoma.stages.embed import Embed
from scotoma.stages.predict import Predict
from scotoma.stages.read_apart import ReadApart
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_selected import read_blindspot
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.store.steps import Step
from scotoma.study.settings.judges import EndpointJudge
from scotoma.study.settings.models import Recipe
from scotoma.study.settings.pieces import OriginalLabeller, Repetition
from scotoma.study.settings.sources import Source
from scotoma.study.study import Study

#: What models are tested on, by name.
Tests = tuple[tuple[str, ReadExamples], ...]


class Chain:
    """The steps of one replicate on one base, all drawn from its seed.

    Args:
        study: Study these steps belong to.
        base: Name of the base among several, or empty.
        seed: Seed of this replicate; every random stream derives from it.
        tests: Test sets that every model is evaluated on.
    """

    def __init__(self, study: Study, base: str, seed: int, tests: Tests) -> None:
        self.study, self.seed, self.tests = study, seed, tests
        self.name, self.model = base, study.bases[base]
        self.base = prepared(self.model)
        # The micro-world's sides are apart from any seed; HANS has none, and the tests take the study's seed.
        train = study.data.train
        self.corpus = self._read_trained_on(train, seed_of(seed, "train") if train.hans else seed)
        self.kept_for_starts = max((n0 for n0 in study.starts if n0 != "all"), default=0)

    def checks(self) -> list[CheckSplits]:
        """Steps that check that no row from outside is both trained on and in a test set."""
        sources = [self.corpus, *(self._read_for(arm) for arm in self.study.arms if isinstance(arm, Sourced))]
        task = self.study.task
        return [
            CheckSplits(train=rows, tests=self.tests, fields=task.fields, symmetric=task.symmetric)
            for rows in sources
        ]

    def start(self, n0: int | str) -> TrainClassifier:
        """T0: the base, fine-tuned on n0 originals."""
        if n0 == 0:
            return self._train(start=None, data=None)
        return self._train(start=None, data=self._originals(n0, f"start {n0}"))

    def pools(self, start: TrainClassifier) -> Pools:
        """What generators write; the same for all starts, unless they learn from the start."""

        def originals(trained_on: str) -> Assemble:
            return start.data if trained_on == "start" and start.data else self._originals("all")

        test_steps = tuple(test for _, test in self.tests)
        return Pools(self.study, (self.name, self.model), self.corpus, test_steps, originals, self.seed)

    def augmented(
        self, start: TrainClassifier, arm: Arm, pool: Pool | None, round: int = 1, sample: int = 1
    ) -> TrainClassifier:
        """T1: the start, trained on with the arm's rows; each sample in an order of its own."""
        seed = self.seed if sample == 1 else seed_of(self.seed, "samples", sample)
        return self._train(start=start, data=self._rows(arm, pool, round, sample), seed=seed)

    def repeated(self, start: TrainClassifier, arm: Arm, repetition: Repetition) -> Predict:
        """An original arm again, with one thing changed that should not matter."""
        data, recipe = self._rows(arm), self.study.recipe
        match repetition.kind:
            case "order":
                model = self._train(start=start, data=data, seed=seed_of(self.seed, "noise", "order"))
            case "draw":
                model = self._train(start=start, data=self._rows(arm, stage=Redraw))
            case "batch_size":
                changed = recipe.model_copy(update={"batch_size": repetition.value})
                model = self._train(start=start, data=data, recipe=changed)
            case "batch_tokens":
                return self.predict(self.augmented(start, arm, None), batch_tokens=repetition.value)
        return self.predict(model)

    def predict(
        self,
        model: TrainClassifier,
        tests: tuple[tuple[str, Step], ...] | None = None,
        batch_tokens: int | None = None,
    ) -> Predict:
        """One pass over every test set, or over others."""
        return Predict(
            task=model.task,
            classifier=model,
            tests=tests or self.tests,
            batch_tokens=batch_tokens or self.study.evaluation.batch_tokens,
        )

    def _rows(
        self,
        arm: Arm,
        pool: Pool | None = None,
        round: int = 1,
        sample: int = 1,
        stage: type[Assemble] = Assemble,
    ) -> Assemble:
        relabels = "labels" in arm.needed and self.study.labeller != "exact"
        embedded = self._embedded(pool) if pool and "embeddings" in arm.needed else None
        # The pool's key tells generator and round: naming a generator anew changes no step. Nor does
        # another number of samples.
        one_sample = arm.model_copy(update={"generator": None, "samples": 1})
        return (AssembleCovering if embedded else stage)(
            task=self.study.task,
            arm=one_sample,
            corpus=self._read_for(arm),
            kept_for_starts=self.kept_for_starts,
            pool=pool if arm.is_written else None,
            labels=self._labels(pool) if relabels and pool else None,
            embeddings=embedded,
            judged=tuple(self._judged(pool, n) for n in range(1, arm.n_answers + 1)) if pool else (),
            heuristic=self.study.heuristic if "heuristic" in arm.needed else None,
            seed=self.seed,
            marks=(f"{GENERATOR_MARK}{arm.generator}" if arm.generator else "")
            + (f"{ROUND_MARK}{round}" if round > 1 else ""),
            sample=sample,
            of_samples=arm.samples,
        )

    def _embedded(self, pool: Pool) -> Embed:
        """The pool as the task model's own base sees it."""
        return Embed(
            task=self.study.task,
            base=self.base,
            precision=self.model.precision,
            adapter=self.model.adapter,
            examples=pool,
            batch_tokens=self.study.evaluation.batch_tokens,
        )

    def _labels(self, pool: Pool) -> Predict:
        """The pool as a classifier trained on more originals would label it."""
        labeller = self.study.labeller
        assert labeller is not None
        assert labeller != "exact"
        model = self._train(start=None, data=self._originals(labeller.original, "the labeller"))
        return self.predict(model, (("pool", pool),))

    def _judged(self, pool: Pool, answer: int) -> Predict | AskJudge:
        """One answer of the judge to every row of the pool.

        Of a judge that is trained, another answer is that of another classifier, which has drawn its
        originals, and their order, anew.
        """
        match self.study.judge:
            case EndpointJudge(endpoint=endpoint):
                return AskJudge(
                    task=self.study.task, endpoint=endpoint, pool=pool, seed=self.seed, answer=answer
                )
            case OriginalLabeller(original=n):
                seed = self.seed if answer == 1 else seed_of(self.seed, "judge", answer)
                model = self._train(start=None, data=self._originals(n, "the judge", seed), seed=seed)
                return self.predict(model, (("pool", pool),))
        raise AssertionError("a study whose arms need a judge has one")

    def _train(
        self,
        *,
        start: TrainClassifier | None,
        data: Assemble | None,
        recipe: Recipe | None = None,
        seed: int | None = None,
    ) -> TrainClassifier:
        study = self.study
        return TrainClassifier(
            task=study.prompted_task,
            base=self.base,
            precision=self.model.precision,
            adapter=self.model.adapter,
            start=start,
            data=data,
            recipe=(recipe or study.recipe) if data else None,
            seed=self.seed if seed is None else seed,
            answers=study.words,
            called=f"{self.name} " if self.name else "",
        )

    def _originals(self, n: int | str, role: str = "", seed: int | None = None) -> Assemble:
        """Originals drawn for a start, a generator, a labeller or a judge; "all" takes the data as it is."""
        return Assemble(
            task=self.study.task,
            arm="all" if n == "all" else Original(n=int(n)),
            corpus=self.corpus,
            kept_for_starts=0,
            pool=None,
            labels=None,
            heuristic=None,
            seed=self.seed if seed is None else seed,
            role=role,
        )

    def _read_for(self, arm: Arm) -> ReadExamples:
        """The original examples, or the arm's own source."""
        if not isinstance(arm, Sourced):
            return self.corpus
        seed = seed_of(self.seed, arm.stream)
        if not arm.never_tested:
            return self._read_trained_on(arm.source, seed)
        labels = tuple(dict.fromkeys((*self.study.task.labels, *arm.labels_besides)))
        return self._read(arm.source, seed, labels, is_apart=True)

    def _read_trained_on(self, source: Source, seed: int) -> ReadExamples:
        """A source's rows; without those of the test sets, where the study wants these left out."""
        is_apart = self.study.data.test_rows_in_train == "drop"
        return self._read(source, seed, self.study.task.labels, is_apart=is_apart)

    def _read(self, source: Source, seed: int, labels: tuple[str, ...], *, is_apart: bool) -> ReadExamples:
        """A source's rows; a grammar writes new ones for every replicate, a file is what it is."""
        draw_seed = seed if source.is_grammar else self.study.seed
        apart_from = tuple(test for _, test in self.tests) if is_apart else ()
        return _read(self.study, source, labels, draw_seed, self.study.data.repeated_pairs, apart_from)


def read_tests(study: Study) -> Tests:
    """The general test sets, then the blind spots, the same for every model."""
    general = [
        (name, _read(study, source, study.task.labels, study.seed))
        for name, source in study.data.tests.items()
    ]
    blind = [
        (spot.name, read_blindspot(spot, spot.source, study.task.fields, study.task.labels, study.seed))
        for spot in study.blindspots
    ]
    return (*general, *blind)


def _read(
    study: Study,
    source: Source,
    labels: tuple[str, ...],
    seed: int,
    repeated_pairs: str = "keep",
    apart_from: tuple[ReadExamples, ...] = (),
) -> ReadExamples:
    stage = partial(ReadApart, tests=apart_from) if apart_from else ReadExamples
    return stage(
        source=source,
        fields=study.task.fields,
        labels=labels,
        repeated_pairs=repeated_pairs,
        seed=seed,
        symmetric=study.task.symmetric and (repeated_pairs == "drop" or bool(apart_from)),
    )
