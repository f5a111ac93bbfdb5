"""Lists of shares in a study file: `mixed: {synthetic: [0, 0.5, 1], n: 1000}` is three arms.

Share 0 is the original arm and share 1 the arm without original rows, `synthetic` or `biased`: the ends of a
curve are ordinary arms, and an end that the study has already is not made twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import InitErrorDetails

from scotoma.arms import ARMS, Arm
from scotoma.arms.arm import Curve


@dataclass(frozen=True)
class _SpelledOut:
    """An arm, its place and kind in the file, and whether it is the end of a curve."""

    arm: Any
    place: int
    kind: str
    is_end: bool = False


def spell_out_doses(arms: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """The arms of a study, one for each share of a list; an error keeps the place of the list."""
    if not isinstance(arms, list | tuple):
        return handler(arms)
    spelled_out = [one for place, arm in enumerate(arms) for one in _each(arm, place)]
    try:
        validated: tuple[Arm, ...] = handler([one.arm for one in spelled_out])
    except ValidationError as error:
        raise _relocated(error, spelled_out) from error
    names = {arm.name for arm, one in zip(validated, spelled_out, strict=True) if not one.is_end}
    kept = []
    for arm, one in zip(validated, spelled_out, strict=True):
        if not one.is_end or arm.name not in names:
            kept.append(arm)
        names.add(arm.name)
    return tuple(kept)


def _each(arm: Any, place: int) -> Iterator[_SpelledOut]:
    ((kind, detail),) = arm.items() if isinstance(arm, dict) and len(arm) == 1 else (("", None),)
    detail = detail if isinstance(detail, dict) else {}
    curve = ARMS[kind].curve if kind in ARMS else None
    shares = _shares(detail, curve) if curve else None
    if curve is None or not shares:
        yield _SpelledOut(arm, place, kind)
        return
    rest = {key: value for key, value in detail.items() if key != curve.setting}
    for share in shares:
        if share in (0, 1) and not isinstance(share, bool):
            end = {"kind": curve.whole, **rest} if share else {"kind": "original", **_unwritten(rest)}
            yield _SpelledOut(end, place, kind, is_end=True)
        else:
            yield _SpelledOut({"kind": kind, curve.setting: share, **rest}, place, kind)


def _unwritten(settings: dict[Any, Any]) -> dict[Any, Any]:
    """The settings without the generator, which writes nothing for an arm of originals."""
    return {key: value for key, value in settings.items() if key != "generator"}


def _shares(detail: dict[Any, Any], curve: Curve) -> list[Any] | tuple[Any, ...] | None:
    """The shares that are listed, or the one that is as good as a list."""
    shares = detail.get(curve.setting)
    if curve.spells_one and isinstance(shares, int | float):
        return [shares]
    return shares if isinstance(shares, list | tuple) else None


def _relocated(error: ValidationError, spelled_out: Sequence[_SpelledOut]) -> ValidationError:
    """The errors, moved to the places that the file has, each once."""
    errors: dict[tuple[Any, ...], InitErrorDetails] = {}
    for one in error.errors(include_url=False):
        position, *inner = one["loc"]
        arm = spelled_out[int(position)]
        # An error in an arm's settings names its kind next: an end of a list has another than the file.
        inner = [arm.kind, *inner[1:]] if len(inner) > 1 and arm.kind else inner
        loc = (arm.place, *inner)
        errors[loc, one["msg"]] = InitErrorDetails(
            type=one["type"], loc=loc, input=one["input"], ctx=one.get("ctx", {})
        )
    return ValidationError.from_exception_data(error.title, list(errors.values()))
