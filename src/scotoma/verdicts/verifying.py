"""`verify`: whether a signature belongs to a verdict in a file of results, part by part.

The verdict is not looked up: it is judged again, from the differences by replicate in the file. The digits
that identify the predictions are computed again, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from scotoma.basics.errors import ScotomaError, shown
from scotoma.measures import present_name
from scotoma.statistics.replicates import are_looks
from scotoma.study.claims import Claim
from scotoma.tasks.reading.json_rows import load_json
from scotoma.verdicts.evidence import Evidence
from scotoma.verdicts.judging import judge
from scotoma.verdicts.signature import SUBJECT, digest_of, of_a_study, parts_of, read

#: Differences further apart than this are not the same number.
_SAME = 1e-9


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        agrees: Whether it is as it should be.
        what: Result of the check, in words.
    """

    agrees: bool
    what: str


def verify(signature: str, results: Path) -> list[Check]:
    """Every part of a signature against a file of results.

    Args:
        signature: Signature as it was printed under a verdict.
        results: `results.json` of a report, or what `scotoma compare --json` printed.

    Returns:
        A check for each part, and for each of the file's own numbers that do not fit together. Where the file
        has no verdict on the signature's claim, that alone.

    Raises:
        ScotomaError: the signature is none, or the file cannot be read or is not of results.
    """
    signed, content = read(signature), _content(results)
    try:
        return list(_checks(signed, content))
    except (
        ArithmeticError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        pydantic.ValidationError,
    ) as error:
        # A key that is missing, a value of another type, a number that no report has: each is one of these.
        first = str(error).partition("\n")[0]
        raise ScotomaError(
            f"a verdict in this file is not as a report writes it ({type(error).__name__}: {first})",
            where=str(results),
            remedy="Write it again: `scotoma report`, or `scotoma compare --json`.",
        ) from error


def _content(path: Path) -> Mapping[str, Any]:
    remedy = "Give results.json of a report, or what `scotoma compare --json` printed."
    try:
        content = load_json(path.read_bytes())
    except OSError as error:
        raise ScotomaError(
            f"the file cannot be read: {error.strerror}", where=str(path), remedy=remedy
        ) from error
    except ValueError as error:
        raise ScotomaError(f"this is not JSON: {error}", where=str(path), remedy=remedy) from error
    if not isinstance(content, dict) or not isinstance(_verdicts(content), list):
        raise ScotomaError("there are no verdicts in this file", where=str(path), remedy=remedy)
    return content


def _verdicts(content: Mapping[str, Any]) -> Any:
    """The verdicts of a study, or of a comparison."""
    return content.get("verdicts", None if isinstance(content.get("claims"), dict) else content.get("claims"))


def _checks(signed: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Check]:
    records: list[dict[str, Any]] = _verdicts(content)
    version = content["scotoma"]
    subject = {name: signed[name] for name in SUBJECT if name in signed}
    matching = [
        index
        for index, record in enumerate(records)
        if {name: value for name, value in parts_of(record, version).items() if name in SUBJECT} == subject
    ]
    if not matching:
        claimed = ", ".join(f"{name} {value}" for name, value in subject.items())
        yield Check(False, f"the file has no verdict on this claim: {claimed}")
        return
    # A claim may be declared with several margins.
    index = min(matching, key=lambda one: len(_differing(signed, parts_of(records[one], version))))
    record = records[index]
    parts = parts_of(
        {**record, "verdict": _verdict_again(records, index), "data": _data_again(content, record)}, version
    )
    for name in dict.fromkeys((*signed, *parts)):
        in_results, in_signature = parts.get(name), signed.get(name)
        if in_results == in_signature:
            yield Check(True, f"{name}: {in_results}")
        else:
            yield Check(
                False,
                f"{name}: {in_signature or 'none'} in the signature, {in_results or 'none'} by the results",
            )
    yield from _misfits(content, record, parts)


def _differing(signed: Mapping[str, str], parts: Mapping[str, str]) -> list[str]:
    return [name for name in signed.keys() | parts.keys() if signed.get(name) != parts.get(name)]


def _verdict_again(records: Sequence[Mapping[str, Any]], index: int) -> str | None:
    """The verdict on one claim, judged with all others from the differences in the file."""
    n_declared = max(int(record["n_claims"]) for record in records)
    looks = tuple(int(look) for look in records[index]["looks"])
    if looks and not are_looks(looks):
        raise ValueError(f"looks {shown(looks)}")
    judged = judge([_evidence(record) for record in records], n_declared, looks)[index]
    return judged.word if judged else None


def _evidence(record: Mapping[str, Any]) -> Evidence:
    return Evidence(
        Claim.model_validate(
            {name: record[name] for name in Claim.model_fields} | {"measure": present_name(record["measure"])}
        ),
        {"up": True, "down": False, None: None}[record["better"]],
        differences=tuple(map(float, record["differences"])),
        names=tuple(record["replicate_names"]),
        before=tuple(map(float, record["before"])),
        after=tuple(map(float, record["after"])),
        rates=tuple(tuple(map(float, one)) for one in record["rates"]),
        n_rows=int(record["rows"]),
    )


def _data_again(content: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """The digits that stand for the predictions, from the hashes of these in the file."""
    names = record["replicate_names"]
    if "arm" in record:
        sides = of_a_study(names, record["start"], record["reference"], record["arm"], content["models"])
        return digest_of(sides)
    hashes = {one["replicate"]: ([one["before"]], [one["after"]]) for one in content["data"]}
    return digest_of((name, *hashes.get(name, ([], []))) for name in names)


def _misfits(
    content: Mapping[str, Any], record: Mapping[str, Any], parts: Mapping[str, str]
) -> Iterator[Check]:
    """Contradictions inside the file."""
    if (record["verdict"] or "NONE") != parts["verdict"]:
        yield Check(
            False,
            f"the file says {record['verdict'] or 'NONE'} where its differences give {parts['verdict']}",
        )
    pairs = zip(record["before"], record["after"], strict=True)
    levels = [after - before for before, after in pairs]
    if levels and not _same(levels, record["differences"]):
        yield Check(False, "the differences in the file are not those of its values before and after")
    if "arm" in record and record["beyond"] is None:
        same = ("start", "arm", "reference", "cell", "measure")
        rows = [
            row
            for row in content["contrasts"]
            if row["test"] == record["blindspot"] and all(row[name] == record[name] for name in same)
        ]
        if len(rows) != 1 or not _same(rows[0]["values"], record["differences"]):
            yield Check(False, "the differences under the verdict are not those in the file's contrasts")


def _same(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return len(ours) == len(theirs) and all(abs(x - y) <= _SAME for x, y in zip(ours, theirs, strict=True))
