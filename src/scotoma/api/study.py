"""`scotoma.Study`: the whole experiment from Python."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.api.notebook import page, paragraphs, table
from scotoma.api.plan_record import plan_record
from scotoma.api.result import Result
from scotoma.api.running import Outlook, outlook, run_locally, run_plan
from scotoma.api.verdict import Verdict, in_brief, verdict_of
from scotoma.api.words import arguments, in_python
from scotoma.basics.errors import ScotomaError, shown
from scotoma.basics.words import counted, number
from scotoma.experiment import Plan, plan
from scotoma.results import Results, results
from scotoma.results.design import undetected
from scotoma.run.needed import left_to_make
from scotoma.run.requests import name_of
from scotoma.run.watch import PlainWatch
from scotoma.run.workers import fresh_logs
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.study import Study as Settings

if TYPE_CHECKING:
    from rich.console import RenderableType


class PlanResult(Result):
    """What a study is going to do. Frames are polars frames; `to_pandas()` gives them as pandas frames.

    Attributes:
        found: What is known before a run, see `scotoma.api.running.Outlook`.
        steps: A row for each stage: its steps, how many are done, how many are missing; a frame.
        costs: A row for each stage: tokens through the base, operations (flops) and bytes on disk, by a model
            of the cost, of all its steps; a frame.
        claims: A row for each claim and spread between replicates: sd and where it is from, whether
            EQUIVALENT is promised, the smallest change for the worse that would be found (detectable; null
            where no possible one would, and detectable_reason says why), and how many replicates EQUIVALENT
            requires; a frame.
        notes: How the data were read, what the costs rest on, and what else a reader should know.
    """

    def __init__(self, planned: Plan, store: Store, outlook: Outlook) -> None:
        self.planned, self.store, self.found = planned, store, outlook

    @cached_property
    def steps(self) -> pl.DataFrame:
        missing = {step.key for step in left_to_make(self.planned.steps, self.store)}
        rows = [(step.stage, self.store.done(step), step.key in missing) for step in self.planned.steps]
        schema = {"stage": pl.String, "done": pl.Boolean, "missing": pl.Boolean}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.group_by("stage", maintain_order=True).agg(
            pl.len().alias("steps"), pl.col("done").sum(), pl.col("missing").sum()
        )

    @cached_property
    def costs(self) -> pl.DataFrame:
        rows = [
            (step.stage, float(cost.tokens), float(cost.flops), float(cost.size))
            for step, cost in self.found.costs.steps
        ]
        schema = {"stage": pl.String} | dict.fromkeys(("tokens", "flops", "bytes"), pl.Float64)
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.group_by("stage", maintain_order=True).sum()

    @cached_property
    def claims(self) -> pl.DataFrame:
        schema = {
            "claim": pl.String,
            "margin": pl.Float64,
            "sd": pl.Float64,
            "source": pl.String,
            "promises_equivalent": pl.Boolean,
            "detectable": pl.Float64,
            "detectable_reason": pl.String,
            "replicates_for_equivalent": pl.String,
        }
        rows = [
            (
                f"{one.claim.contrast}: {one.claim.place}",
                one.claim.margin,
                one.sd,
                one.source,
                one.null.promised,
                one.detectable,
                undetected(one, self.planned.study.replicates),
                one.needed,
            )
            for one in self.found.designs
        ]
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The frames by name: steps, costs, claims."""
        return {"steps": self.steps, "costs": self.costs, "claims": self.claims}

    @property
    def notes(self) -> tuple[str, ...]:
        outlook = self.found
        notes = (
            *outlook.inspection.read,
            *outlook.missing.sentences,
            *outlook.costs.assumed,
            *outlook.spent,
            *outlook.notes,
        )
        return tuple(map(arguments, notes))

    @property
    def missing(self) -> int:
        """Steps that have not run."""
        return int(self.steps["missing"].sum())

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as `scotoma plan --json` prints them."""
        outlook = self.found
        missing = outlook.missing
        why = {
            "changes": list(missing.changes),
            "new": missing.new,
            "removed": missing.removed,
            "not_begun": list(missing.not_begun),
        }
        return plan_record(
            self.planned,
            self.store,
            outlook.states,
            outlook.took,
            {step.key: cost for step, cost in outlook.costs.steps},
            {
                "stages": self.steps.to_dicts(),
                "why": why,
                "claims": self.claims.to_dicts(),
                "notes": list(self.notes),
            },
        )

    def __repr__(self) -> str:
        name, n = self.planned.study.name, len(self.planned.steps)
        return f"<PlanResult {name}: {n} steps, {self.missing} missing, {len(self.planned.models)} models>"

    def _shown(self) -> "list[RenderableType]":
        steps = [
            f"  {row['stage']}: {row['steps']} steps, {row['missing']} missing"
            for row in self.steps.iter_rows(named=True)
        ]
        claims = [
            f"{row['claim']}: at an sd of {number(row['sd'])} ({row['source']}) "
            + (
                row["detectable_reason"]
                or f"the smallest change that would be found is {number(row['detectable'])}"
            )
            + f"; EQUIVALENT requires {row['replicates_for_equivalent']} replicates."
            for row in self.claims.iter_rows(named=True)
        ]
        return [repr(self)[1:-1], *steps, *claims, *self.notes]

    def _repr_html_(self) -> str:
        name = self.planned.study.name
        return page(
            table(self.steps, f"{name}: {len(self.planned.steps)} steps, {len(self.planned.models)} models"),
            table(self.claims, "What the replicates can show"),
            paragraphs(self.notes),
        )


class StudyResult(Result):
    """What a study has found so far. Frames are polars frames; `to_pandas()` gives them as pandas frames.

    Attributes:
        found: The results themselves, see `scotoma.results.results.Results`.
        verdicts: One verdict for each claim, start and size.
        measures: A row for each replicate, start, arm, test set, cell and measure: n and value; a frame.
        contrasts: A row for each start, arm, reference, test set, cell and measure: the mean difference over
            replicates with its 95 % interval (low, high), and `values`, by replicate; a frame.
        flips: A row for each pair of models and cell: answers lost and gained; a frame.
        noise: Frame with the changes of measures where nothing that matters was changed.
        gaps: Missing or failed parts, in a sentence each; empty where the study is whole.
    """

    def __init__(self, results: Results) -> None:
        self.found = results

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        verdicts = [(one.record(), one.word, one.sentence) for one in self.found.judgements]
        return tuple(verdict_of(claim, word, sentence, _title(claim)) for claim, word, sentence in verdicts)

    @property
    def measures(self) -> pl.DataFrame:
        return self.found.measures

    @property
    def contrasts(self) -> pl.DataFrame:
        return self.found.contrasts

    @property
    def flips(self) -> pl.DataFrame:
        return self.found.flips

    @property
    def noise(self) -> pl.DataFrame:
        return self.found.noise

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The frames by name: measures, contrasts, flips, noise."""
        return {
            "measures": self.measures,
            "contrasts": self.contrasts,
            "flips": self.flips,
            "noise": self.noise,
        }

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(map(arguments, self.found.gaps))

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as they stand in a report's `results.json`."""
        return self.found.record()

    @in_python
    def write(self, out: str | Path) -> Path:
        """Writes the report folder: a page, figures, tables, `results.json`. Returns the page's path.

        Raises:
            ScotomaError: the folder cannot be written, or holds the report of another study.
        """
        _write(self.found, Path(out))
        return Path(out) / "index.html"

    def __repr__(self) -> str:
        missing = len(self.found.missing)
        more = f"; {counted(missing, 'model')} not evaluated yet" if missing else ""
        return f"<StudyResult {self.found.study.name}: {in_brief(self.verdicts)}{more}>"

    def _shown(self) -> "list[RenderableType]":
        from scotoma.report import terminal

        return terminal(self.found)

    def _repr_html_(self) -> str:
        blocks = [] if self.verdicts else ["No claims were declared, so there is no verdict."]
        if self.verdicts and self.found.declaration.exploratory:
            blocks.append(f"Exploratory. These claims confirm nothing: {self.found.declaration.exploratory}.")
        return page(*(verdict._repr_html_() for verdict in self.verdicts), paragraphs([*blocks, *self.gaps]))


class Study:
    """A study: one file that says everything a result depends on.

    Example:
        >>> import scotoma
        >>> study = scotoma.Study.read("quickstart", replicates=3)
        >>> study
        <Study quickstart: 3 replicates, 2 claims>

    Attributes:
        settings: The file as it was read, see `scotoma.study.study.Study`.

    Raises:
        ScotomaError: the settings are something else, such as the name of a study, which `read` takes.
    """

    def __init__(self, settings: Settings) -> None:
        if not isinstance(settings, Settings):
            raise ScotomaError(
                f"a study is made of its settings; got {shown(settings)}",
                where="settings",
                remedy="Read it by its path or name: scotoma.Study.read(...).",
            )
        self.settings = settings

    @classmethod
    @in_python
    def read(cls, study: str | Path, *, replicates: int | None = None) -> "Study":
        """Reads a study file, or a bundled study by its name.

        Args:
            study: Path of a YAML file, or a bundled study's name, such as `quickstart`.
            replicates: Number of replicates, in place of the file's own.

        Raises:
            ScotomaError: there is no such study; or every error in it, each with its place and line.
        """
        return cls(load_study(str(study), replicates=replicates))

    @property
    def name(self) -> str:
        """The study's name."""
        return self.settings.name

    @property
    def replicates(self) -> int:
        """How often the whole chain runs."""
        return self.settings.replicates

    @in_python
    def plan(
        self,
        store: str | Path = "store",
        *,
        sd: float | None = None,
        power: float = 0.8,
        parameters: int | None = None,
    ) -> PlanResult:
        """Looks at the study's data and says what it takes and what it can show. Runs nothing.

        Args:
            store: Folder of everything computed; what is done there is not done again.
            sd: Spread between replicates of the differences claimed about; None takes that of replicates in
                the store, or shows several.
            power: Required chance of reaching the true verdict.
            parameters: Number of weights of the base, where its size is not known here.

        Raises:
            ScotomaError: every fault of the study's data at once.
        """
        planned, opened = plan(self.settings), Store(Path(store))
        return PlanResult(
            planned, opened, outlook(planned, opened, sd=sd, power=power, parameters=parameters)
        )

    @in_python
    def run(
        self,
        store: str | Path = "store",
        *,
        workers: int = 1,
        together: int | None = None,
        device: str = "auto",
        remake: bool = False,
        track: str | None = None,
        say: Callable[[str], None] | None = None,
    ) -> StudyResult:
        """Runs what is missing, on this machine; stop it at any time, the same call continues.

        An arm for which a generator has written too few rows is left out, and `gaps` of the result says so.

        Args:
            store: Folder of everything computed; several processes may share it.
            workers: Processes that share the work; 1 runs it in this one.
            together: Processes that train one model together, in place of the study's own number.
            device: Torch device; `auto` takes a GPU if there is one.
            remake: Whether to check every file first, and to make again what was altered.
            track: Tracker that follows the run: `wandb`, `mlflow` or `trackio`.
            say: Called with each line of progress, such as `print`; None is silent.

        Raises:
            ScotomaError: the study's data speak against a run, or a step fails; a worker's last lines are
                told; or the tracker is not installed or cannot begin.
        """
        from scotoma.integrations.following import Follower
        from scotoma.models.device import resolve_device

        tell = say or (lambda line: None)
        planned, opened = plan(self.settings), Store(Path(store))
        follower = Follower(planned, opened, track, tell)
        make = run_locally(
            opened,
            device=resolve_device(device),
            workers=workers,
            together=together or self.settings.processes,
            watching=follower.watching(lambda part, store: nullcontext(PlainWatch(tell))),
            overseeing=follower.overseeing(
                lambda part, store: nullcontext((fresh_logs(store, name_of(part.study)), lambda: None))
            ),
            say=tell,
        )
        with follower:
            results = run_plan(planned, opened, follower.making(make), remake=remake, say=tell)
            assert results is not None  # nothing is left to others on this machine
            follower.end(results)
        return StudyResult(results)

    @in_python
    def results(self, store: str | Path = "store") -> StudyResult:
        """What the predictions in the store say so far. Needs no model.

        Raises:
            ScotomaError: predictions that cannot be.
        """
        return StudyResult(results(plan(self.settings), Store(Path(store))))

    @in_python
    def report(self, out: str | Path | None = None, store: str | Path = "store") -> StudyResult:
        """Results as of `results`; also writes the report folder: a page, figures, tables, `results.json`.

        Args:
            out: Folder to write; created if missing. Files of an older report there go, others stay.
                Default: `reports/NAME`.
            store: Folder for everything computed.

        Raises:
            ScotomaError: predictions that cannot be, or the folder cannot be written or holds the report of
                another study.
        """
        from scotoma.report.folder import default_folder

        out = default_folder(self.settings) if out is None else out
        result = StudyResult(results(plan(self.settings), Store(Path(store))))
        _write(result.found, Path(out))
        return result

    def __repr__(self) -> str:
        n, claims = counted(self.replicates, "replicate"), counted(len(self.settings.claims), "claim")
        return f"<Study {self.name}: {n}, {claims}>"


def _write(results: Results, out: Path) -> None:
    from scotoma.report import write_report  # here, because it imports what draws figures

    write_report(results, out)


def _title(claim: Mapping[str, Any]) -> str:
    """What a study's verdict compares."""
    compared = f"{claim['arm']} against {claim['reference']}" if claim["arm"] else claim["contrast"]
    beyond = f" beyond {claim['beyond']}" if claim.get("beyond") else ""
    start = f", start {claim['start']}" if claim["start"] else ""
    return f"{compared}{start}: {claim['measure']} on {claim['blindspot']} {claim['cell']}{beyond}"
