"""A verdict's signature: one line to paste beside it, from which a reader knows what was judged and how.

    scotoma|claim:synthetic-1000-original-1000|start:1500|on:microworld:all|measure:d_prime|replicates:5|
    margin:0.25|alpha:0.05|claims:2|verdict:WORSE|data:1a2b3c4d|version:0.3.0

The order of the parts is fixed. `beyond` and `looks` stand there only where the claim has them, `start` only
of a study. A character that a part cannot hold is written as in a URL. The idea is that of sacreBLEU (Post
2018).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from scotoma.basics.errors import ScotomaError
from scotoma.measures import present_name

_BEGINS = "scotoma"

#: Parts by which a verdict is found among others; the rest is what is then compared.
SUBJECT = ("claim", "start", "on", "measure", "beyond")
#: What every signature must have.
_REQUIRED = (
    "claim",
    "on",
    "measure",
    "replicates",
    "margin",
    "alpha",
    "claims",
    "verdict",
    "data",
    "version",
)
_ALL = (*SUBJECT, "replicates", "looks", "margin", "alpha", "claims", "verdict", "data", "version")

#: Others than letters, digits and `_.-~`; an apostrophe would end the quotes around a signature in a shell.
_SAFE = "/:+@#,<>=()*"


def parts_of(record: Mapping[str, Any], version: str) -> dict[str, str]:
    """The parts of a verdict's signature, by name.

    Args:
        record: The verdict, as `scotoma.verdicts.record` has it.
        version: Version of Scotoma that judged it.
    """
    of_study = "arm" in record
    claim = f"{record['arm']}-{record['reference']}" if of_study else record["contrast"].replace(" - ", "-")
    parts = {
        "claim": claim,
        "start": record["start"] if of_study else "",
        "on": f"{record['blindspot']}:{record['cell']}",
        "measure": present_name(record["measure"]),
        "beyond": record["beyond"] or "",
        "replicates": str(len(record["differences"])),
        "looks": ",".join(map(str, record["looks"])),
        "margin": f"{record['margin']:.12g}",
        "alpha": f"{record['alpha']:.12g}",
        "claims": str(record["n_claims"]),
        "verdict": record["verdict"] or "NONE",
        "data": record["data"],
        "version": version,
    }
    return {name: value for name, value in parts.items() if value}


def written(parts: Mapping[str, str]) -> str:
    """The signature of these parts."""
    return "|".join([_BEGINS, *(f"{name}:{quote(value, safe=_SAFE)}" for name, value in parts.items())])


def read(signature: str) -> dict[str, str]:
    """The parts of a signature, by name.

    Raises:
        ScotomaError: it is none, or a part is missing, not known, or there twice.
    """
    begins, *rest = signature.strip().split("|")
    parts: dict[str, str] = {}
    problem = "" if begins == _BEGINS else f"it begins with {begins[:30]!r}"
    for one in rest:
        name, colon, value = one.partition(":")
        if not colon or name not in _ALL or name in parts:
            problem = problem or f"{one[:60]!r} is {'there twice' if name in parts else 'not part of one'}"
        parts[name] = present_name(unquote(value)) if name == "measure" else unquote(value)
    missing = [name for name in _REQUIRED if name not in parts]
    if missing:
        problem = problem or f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if problem:
        raise ScotomaError(
            f"this is not a signature of a verdict: {problem}",
            where="SIGNATURE",
            remedy="Paste the whole line, in quotes: 'scotoma|claim:...|version:...'.",
        )
    return parts


def digest_of(sides: Iterable[tuple[str, Iterable[str], Iterable[str]]]) -> str:
    """Eight digits that stand for the predictions of all replicates, on both sides.

    Args:
        sides: For each replicate, its name and the SHA-256 of each model's predictions before and after.
    """
    lines = [f"{name}|{','.join(before)}|{','.join(after)}\n" for name, before, after in sides]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:8] if lines else ""


def of_a_study(
    names: Sequence[str], start: str, reference: str, arm: str, models: Iterable[Mapping[str, Any]]
) -> list[tuple[str, list[str], list[str]]]:
    """What `digest_of` takes, of an arm and its reference in a study.

    Args:
        names: Names of the replicates.
        start: Original examples the start had seen.
        reference: `start`, or an arm's name.
        arm: The arm's name.
        models: As `models` in `results.json` has them: replicate, start, arm, sample and sha256.
    """
    hashes: dict[tuple[str, str], list[str]] = {}
    for model in sorted(models, key=lambda one: one["sample"]):
        if model["start"] == start:
            hashes.setdefault((str(model["replicate"]), model["arm"]), []).append(model["sha256"] or "")
    before = "none" if reference == "start" else reference
    return [(name, hashes.get((name, before), []), hashes.get((name, arm), [])) for name in names]
