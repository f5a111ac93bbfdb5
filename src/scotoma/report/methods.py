"""The methods of a study in sentences that a paper can quote; every number is from settings or results."""

from collections.abc import Iterator

import polars as pl

from scotoma.basics.words import counted, number, percent
from scotoma.report.answering import probabilities, without_head
from scotoma.results.design import count_judgements
from scotoma.results.results import Results
from scotoma.statistics.looks import nominal_level
from scotoma.statistics.power import detectable_fall
from scotoma.statistics.verdict import fewest_for_equivalent
from scotoma.study.claims import Claim
from scotoma.study.settings.generators import EndpointGenerator, Generator, PromptedGenerator, Prompting
from scotoma.study.settings.judges import EndpointJudge, Judge
from scotoma.study.settings.models import Adapter, Model, Recipe, Sampling, Until
from scotoma.study.study import Study
from scotoma.tasks.read_row import ROW

#: Chance with which the smallest fall that is quoted would be found.
_POWER = 0.8


def methods(results: Results) -> list[tuple[str, str]]:
    """Headings and paragraphs."""
    study = results.study
    sections = [
        ("Design", _design(study)),
        ("Data", " ".join(results.sources)),
        ("Arms", _arms(study)),
        ("Training", _training(study)),
        ("Synthetic data", generation(study)),
        ("Evaluation", _evaluation(study)),
        ("Statistics", _statistics(results)),
        ("Power", " ".join(_power(results))),
        ("Noise floor", _noise(results)),
        ("Software", _software(results)),
        ("Signatures of the verdicts", " ".join(filter(None, (one.signature for one in results.judgements)))),
    ]
    return [(heading, text) for heading, text in sections if text]


def _design(study: Study) -> str:
    starts = _listed([str(start) for start in study.starts])
    arms = _listed([arm.name for arm in study.all_arms if arm.kind != "none"])
    seeds = f"each from its own seed, a hash of study seed {study.seed} and the replicate's number"
    if study.seeding == "summed":
        last = study.seed + study.replicates - 1
        seeds = f"seed {study.seed}" if last == study.seed else f"seeds {study.seed} to {last}"
    return (
        f"The task is {study.task.name}. Start models had seen {starts} original examples; each was trained "
        f"further on the rows of every arm: {arms}. Arms are balanced over labels and nested; the original "
        f"rows of an arm are new to its start.{_samples(study)} The whole chain (start, generator, sample, "
        f"order of the rows) was run {'once' if study.replicates == 1 else f'{study.replicates} times'} "
        f"({seeds})."
    )


def _samples(study: Study) -> str:
    """How often arms were trained inside a replicate, where that is more than once."""
    by_number: dict[int, list[str]] = {}
    for arm in study.all_arms:
        by_number.setdefault(arm.samples, []).append(arm.name)
    sentences = [
        f"Inside each replicate {_listed(names)} {'was' if len(names) == 1 else 'were each'} trained on {n} "
        "disjoint samples, from the same start and each in its own order; the mean over them is the "
        "replicate's value."
        for n, names in by_number.items()
        if n > 1
    ]
    return "".join(f" {sentence}" for sentence in sentences)


def _arms(study: Study) -> str:
    """What the rows of each kind of arm are."""
    kinds = {arm.described: arm.kind for arm in study.arms if arm.described}
    sentences = [f"{kind}: {described}." for described, kind in kinds.items()]
    return " ".join([*sentences, *([_judge(study.judge)] if study.judge else [])])


def _judge(judge: Judge) -> str:
    """Who the judge was."""
    if isinstance(judge, EndpointJudge):
        endpoint = judge.endpoint
        return (
            f"The judge is {endpoint.model}, asked for the label through a server's API ({endpoint.api}; "
            f"temperature {endpoint.sampling.temperature:g}, top-p {endpoint.sampling.top_p:g}), with the "
            f"instruction: {endpoint.instruction.strip()!r}."
        )
    return (
        f"The judge is a classifier of the study's own base and recipe, trained on {judge.original:,} "
        "original examples; each further answer comes from another such classifier, with its own draw and "
        "order."
    )


def _training(study: Study) -> str:
    models = _listed(
        [
            f"{name}: {_model(model)}, {_adapted(model.adapter)}"
            if name
            else f"{_model(model)}, {_adapted(model.adapter)}"
            for name, model in study.bases.items()
        ]
    )
    return f"Task models are {models}, trained with {_recipe(study.recipe)}.{without_head(study)}"


def generation(study: Study) -> str:
    """Who wrote the synthetic data, how, and what the screen dropped; empty where there is none."""
    if not study.writers:
        return ""
    written = " ".join(
        f"{f'Generator {name}' if name else 'The generator'} is {_generator(writer, study.model)}"
        for name, writer in study.writers.items()
    )
    return " ".join(filter(None, (written, _rounds(study), _screened(study))))


def _rounds(study: Study) -> str:
    """How the generator went on learning from what it had written; empty where it did not."""
    if study.rounds is None or study.n_rounds == 1:
        return ""
    training_data = {
        "replace": "the same number of rows as at first, taken from its latest output (replace)",
        "accumulate": "its first rows and the same number from its output of every round (accumulate)",
        "accumulate_subsample": "the same number of rows as at first, drawn from its first rows and equally "
        "many from every round (accumulate-subsample)",
    }[study.rounds.data]
    pool = "that round" if study.rounds.data == "replace" else "all rounds up to then"
    return (
        f"It wrote in {counted(study.n_rounds, 'round')}; from the second on, it had been trained from its "
        f"base on {training_data}. The arms of a round draw from {pool}, at the same size."
    )


def _generator(generator: Generator, base: Model | None) -> str:
    match generator:
        case PromptedGenerator(prompted=prompted):
            return f"{_written_by(prompted.model or base)}, not trained for it, {_prompted(prompted)}"
        case EndpointGenerator(endpoint=endpoint):
            return f"{endpoint.model}, asked through a server's API ({endpoint.api}), {_prompted(endpoint)}"
    examples = "all original examples" if generator.trained_on == "all" else "the examples its start had seen"
    of_all = (
        "; every token of an example counted in the loss, including the prompt's"
        if generator.loss == "all"
        else ""
    )
    return (
        f"{_written_by(generator.model or base)}, {_adapted(generator.adapter)}, trained on {examples} with "
        f"{_recipe(generator.recipe)}{of_all}.{_read(generator.reads, generator.hidden)} "
        f"{_sampled(generator.sampling)}"
    )


def _read(reads: str | None, hidden: float | None = None) -> str:
    """The part of a real row that it was given; empty if none."""
    if reads is None:
        return ""
    if reads != ROW:
        return f" For each row it was given one of these examples up to its {reads}, and wrote the rest."
    part = f" with {percent(hidden)} of its words hidden, drawn again for each row," if hidden else ""
    return f" For each row it was given an original example of the label{part} and wrote it again."


def _prompted(prompting: Prompting) -> str:
    shots = f"with {counted(prompting.shots, 'original example')} of the label before each row"
    shown = shots if prompting.shots else "without examples"
    return f"{shown}.{_read(prompting.reads)} {_sampled(prompting.sampling)}"


def _sampled(sampling: Sampling) -> str:
    return (
        f"It wrote {sampling.candidates_per_label:,} candidates for each label at temperature "
        f"{sampling.temperature:g}, top-p {sampling.top_p:g}, of at most {sampling.max_new_tokens} tokens"
        f"{_went_on(sampling.until) if sampling.until else ''}."
    )


def _went_on(until: Until) -> str:
    return (
        f", and went on until {until.kept:,} of each label had passed the screen, or {until.candidates:,} "
        "had been written"
    )


def _screened(study: Study) -> str:
    dropped = [name for name, what in (study.screening or {}) if what == "drop"]
    also = f", and rows that are {_listed(dropped)}" if dropped else ""
    return f"Rows that were unfinished or stated a label other than the requested one{also} were dropped."


def _evaluation(study: Study) -> str:
    tests = _listed(list(study.data.tests))
    spots = " ".join(
        f"{spot.title} tests "
        f"{_listed(list(spot.heuristics))}{f' ({spot.citation})' if spot.citation else ''}."
        for spot in study.blindspots
    )
    return (
        f"Every model answered the same rows: {tests}, and the blind spots. {spots} {probabilities(study)}; "
        f"the predicted label is the likeliest one, merged into the blind spot's two."
    )


def _statistics(results: Results) -> str:
    study = results.study
    text = (
        "The unit is the replicate: differences are taken within each, and intervals are Student's t over "
        "replicates (95 %)."
    )
    if not study.claims:
        return text
    alphas = _listed(sorted({f"{claim.alpha:g}" for claim in study.claims}))
    n, smallest = count_judgements(study), min(claim.alpha for claim in study.claims)
    fewest = fewest_for_equivalent(nominal_level(smallest, study.looks))
    made = "was made" if n == 1 else "were made together with Holm's correction"
    declaration = results.declaration
    when = "" if declaration.exploratory else " declared before the results"
    since = f" These claims are exploratory: {declaration.exploratory}." if declaration.exploratory else ""
    since += "".join(f" {remark}" for remark in declaration.remarks)
    return (
        f"{text} {_looks(study)}{counted(n, 'judgement')} of {counted(len(study.claims), 'claim')}{when} "
        f"({'; '.join(map(_claim, study.claims))}) {made} at alpha {alphas}.{since} WORSE and BETTER: the (1 "
        "- 2 alpha) interval lies beyond the margin; EQUIVALENT: within it (two one-sided tests), with "
        f"{fewest} replicates or more; each only if it survives the correction; otherwise INCONCLUSIVE. The "
        "bounds of that interval are Student's, moved outwards by Johnson's (1978) correction where the "
        "differences are skewed. Shares of replicates that moved by more than the margin have exact bounds "
        "(Clopper and Pearson 1934)."
    )


def _looks(study: Study) -> str:
    """How often the results were to be looked at, if more than once."""
    if not study.looks:
        return ""
    planned = _listed([str(look) for look in study.looks])
    return (
        f"The claims were judged at each of {len(study.looks)} planned looks ({planned} replicates), all at "
        "one level that holds the rate of false verdicts over all of them (Pocock 1977, by simulation for t "
        "statistics), and the study ended once they were decided. "
    )


def _power(results: Results) -> Iterator[str]:
    """What a study with this spread between replicates would have found, claim by claim."""
    n_judgements = count_judgements(results.study) + results.declaration.n_tried
    for judgement in results.judgements:
        interval = judgement.judged.alone.interval if judgement.judged else None
        if interval is None or not interval.sd or interval.n < 3:
            continue
        claim = judgement.claim
        alpha = nominal_level(claim.alpha / n_judgements, results.study.looks)
        fall = detectable_fall(
            n=interval.n, sd=interval.sd, margin=claim.margin, alpha=alpha, power=_POWER, most=claim.most
        )
        if fall is not None:
            change = f"a {'rise' if judgement.higher_is_worse else 'fall'} of {number(fall)}"
            yield (
                f"With {interval.n} replicates and a standard deviation of {number(interval.sd)} between "
                f"them, {change} in {claim.measure} on {claim.cell} ({judgement.arm} against "
                f"{judgement.reference}, start {judgement.start}) would have been called WORSE with a chance "
                f"of {percent(_POWER)}."
            )


def _noise(results: Results) -> str:
    """How far the claims' measures moved when nothing that should matter was changed."""
    if not results.noise.height:
        return "Not measured: no arm was repeated with only its draw, its order or a batch size changed."
    sentences = []
    for claim in results.study.claims:
        floors = results.noise.filter(
            pl.col("test") == claim.blindspot,
            pl.col("cell") == claim.cell,
            pl.col("measure") == claim.measure,
        )
        sentences += [
            f"{claim.measure} on {claim.cell} moved by {number(row['sd'])} (root mean square, "
            f"{counted(row['pairs'], 'pair')}) when only {row['repetition']} was changed in {row['arm']}, "
            f"start {row['start']}."
            for row in floors.iter_rows(named=True)
        ]
    if sentences and any(arm.kind == "original" and arm.samples > 1 for arm in results.study.arms):
        sentences.append(
            "These figures are for single training runs; the mean over several samples moves less."
        )
    return " ".join(dict.fromkeys(sentences))


def _software(results: Results) -> str:
    """The software of the predictions; several sets of versions if they were mixed."""
    return " ".join(
        f"Predictions were made with Scotoma {versions['scotoma']}, Python {versions['python']}, "
        f"{_listed([f'{name} {version}' for name, version in versions['libraries'].items()])}."
        for versions in results.versions
    )


def _claim(claim: Claim) -> str:
    return f"{claim.contrast}, {claim.place}, margin {claim.margin:g}"


def _written_by(model: Model | None) -> str:
    return _model(model) if model else "each base"


def _model(model: Model) -> str:
    revision = f" at revision {model.revision}" if model.revision else ""
    return f"{model.name}{revision} in {model.precision}"


def _adapted(adapter: Adapter) -> str:
    if adapter.kind == "full":
        return "all weights trained"
    bits = "4-bit base, " if adapter.kind == "qlora" else ""
    return (
        f"{bits}LoRA of rank {adapter.rank}, alpha {adapter.alpha:g}, dropout {adapter.dropout:g} on "
        f"{_listed(list(adapter.targets))}"
    )


def _recipe(recipe: Recipe) -> str:
    return (
        f"{recipe.optimizer}, learning rate {recipe.learning_rate:g} ({recipe.schedule}, warm-up "
        f"{percent(recipe.warmup)}), batches of {recipe.batch_size}, {_length(recipe)}"
    )


def _length(recipe: Recipe) -> str:
    if recipe.until_loss is None:
        return _epochs(recipe.epochs)
    return (
        f"until the mean loss of 20 steps was at most {recipe.until_loss:g}, within {_epochs(recipe.epochs)}"
    )


def _epochs(epochs: float) -> str:
    return f"{epochs:g} epoch{'' if epochs == 1 else 's'}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "none"
