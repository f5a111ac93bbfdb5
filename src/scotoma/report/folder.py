"""The folder of a report: its default, and the study whose report it holds already."""

from pathlib import Path
from typing import Any

from scotoma.basics.differences import changed, differences
from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import first_of
from scotoma.measures import present_name
from scotoma.study.study import Study
from scotoma.tasks.reading.json_rows import load_json

RESULTS = "results.json"

#: Most settings that a sentence names.
_N_SHOWN = 3


def default_folder(study: Study) -> Path:
    """Where a study's report is written if no folder is named."""
    return Path("reports") / study.name


def previous_results(out: Path) -> dict[str, Any] | None:
    """The results of a report in the folder; None if there is none, or it was not completed."""
    if not (out / RESULTS).is_file():
        return None
    try:
        content = load_json((out / RESULTS).read_bytes())
    except ValueError:
        return None
    return content if isinstance(content, dict) else {}


def check_folder(study: Study, out: Path) -> None:
    """Refuses a folder with the report of another study, or with a results.json that is no report.

    Raises:
        ScotomaError: it holds one, or cannot be read.
    """
    try:
        older = previous_results(out)
    except OSError as error:
        raise ScotomaError(f"the folder cannot be read: {error.strerror}", where=str(out)) from error
    if older is None:
        return
    name = _study_of(older).get("name")
    if name == study.name:
        return
    holder = f"the report of another study, {name!r}" if name else f"a {RESULTS} that is no study's report"
    raise ScotomaError(
        f"{out} holds {holder}; the report of {study.name!r} would overwrite it",
        where="--out",
        remedy="Name another folder with --out, or remove this one.",
    )


def replaced_note(study: Study, out: Path) -> str:
    """Says that the folder holds a report of the study with other settings, and which; empty if not."""
    older = previous_results(out)
    now = study.model_dump(mode="json", context="identity")
    changes = [changed(*one) for one in differences(_study_of(older), now)] if older else []
    if not changes:
        return ""
    settings = first_of(changes, _N_SHOWN, separator="; ")
    return f"The report that was in {out} had other settings and was replaced: {settings}."


def _study_of(record: dict[str, Any]) -> dict[str, Any]:
    study = record.get("study")
    if not isinstance(study, dict):
        return {}
    claims = study.get("claims")
    if not isinstance(claims, list):
        return study
    return study | {"claims": [_by_present_name(claim) for claim in claims]}


def _by_present_name(claim: Any) -> Any:
    """A claim of a report, whose measure may have had another name when it was written."""
    is_named = isinstance(claim, dict) and isinstance(claim.get("measure"), str)
    return claim | {"measure": present_name(claim["measure"])} if is_named else claim
