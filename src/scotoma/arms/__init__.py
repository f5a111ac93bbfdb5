"""The kinds of arm that Scotoma knows, one file each and a line in this table."""

from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field

from scotoma.arms.anti_biased import AntiBiased
from scotoma.arms.arm import Arm
from scotoma.arms.biased import Biased
from scotoma.arms.counter_examples import CounterExamples
from scotoma.arms.coverage import Coverage
from scotoma.arms.file import OwnFile
from scotoma.arms.mixed import Mixed
from scotoma.arms.noise_matched import NoiseMatched
from scotoma.arms.none import Nothing
from scotoma.arms.original import Original
from scotoma.arms.original_biased import OriginalBiased
from scotoma.arms.relabelled import Relabelled
from scotoma.arms.repaired import Repaired
from scotoma.arms.reweighted import Reweighted
from scotoma.arms.seen import Seen
from scotoma.arms.synthetic import Synthetic
from scotoma.arms.verified import Verified
from scotoma.arms.z_filtered import ZFiltered
from scotoma.basics.errors import nearest, shown

_Kinds = (
    Nothing
    | Original
    | Seen
    | Synthetic
    | Biased
    | AntiBiased
    | OriginalBiased
    | Relabelled
    | Mixed
    | NoiseMatched
    | Reweighted
    | Repaired
    | Verified
    | ZFiltered
    | CounterExamples
    | Coverage
    | OwnFile
)

#: The kinds by the name that a study file has for them.
ARMS: dict[str, type[Arm]] = {kind.model_fields["kind"].default: kind for kind in get_args(_Kinds)}


#: Every setting that some kind has. Older files name those that an arm does not use, as null or empty.
_SETTINGS = frozenset(name for kind in ARMS.values() for name in kind.model_fields)


def _spelled_out(value: Any) -> Any:
    """The settings of an arm from `none`, `original: 180`, `mixed: {synthetic: .5, n: 180}`, `file: PATH`."""
    if isinstance(value, Arm):
        return value
    if value == "none":
        return {"kind": "none"}
    if not isinstance(value, dict) or ("kind" not in value and len(value) != 1):
        got = f"keys {', '.join(map(str, value))}" if isinstance(value, dict) else shown(value)
        raise ValueError(f"an arm is one key and its size, like `synthetic: 18000`; got {got}")
    ((kind, detail),) = ((value["kind"], value),) if "kind" in value else value.items()
    if not isinstance(kind, str) or kind not in ARMS:
        raise ValueError(f"arm {shown(kind)} is not known. {nearest(str(kind), ARMS)}")
    settings = detail if isinstance(detail, dict) else {ARMS[kind].short: detail}
    if settings.get("kind", kind) != kind:
        raise ValueError(f"an arm is of one kind; got {kind} and {shown(settings['kind'])}")
    given = {name: got for name, got in settings.items() if name not in _SETTINGS or got not in (None, {})}
    return {**given, "kind": kind}


#: An arm as a study file may spell it.
AnyArm = Annotated[_Kinds, Field(discriminator="kind"), BeforeValidator(_spelled_out)]

__all__ = ["ARMS", "AnyArm", "Arm"]
