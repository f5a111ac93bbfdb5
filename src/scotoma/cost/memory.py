"""The memory that a study takes at the least: weights, gradients, AdamW's moments."""

from scotoma.models.sizes import Sizes, find_sizes
from scotoma.settings import Adapter, Model
from scotoma.study import Study

#: Bytes a weight: of the frozen base, NF4 with its scales; of one that trains its gradient and two moments.
_BYTES = {"bf16": 2.0, "fp32": 4.0}
_NF4 = 4.5 / 8
_TRAINING = 12.0


def least_memory(study: Study) -> float | None:
    """Bytes that the largest model of a study takes while it trains, activations aside.

    None where the sizes of a base are not known on this machine.
    """
    wanted = [(study.model, study.model.adapter)]
    if study.generator is not None:
        wanted.append((study.generator.model or study.model, study.generator.adapter))
    found = [_training(find_sizes(model.name, model.revision), model, adapter) for model, adapter in wanted]
    known = [value for value in found if value is not None]
    return max(known) if len(known) == len(found) else None


def _training(sizes: Sizes | None, model: Model, adapter: Adapter) -> float | None:
    trained = sizes.trained(adapter) if sizes else None
    if sizes is None or trained is None:
        return None
    if adapter.kind == "full":
        return (4.0 + _TRAINING) * sizes.total
    of_blocks = _NF4 if adapter.kind == "qlora" else _BYTES[model.precision]
    frozen = of_blocks * sizes.blocks + _BYTES[model.precision] * (sizes.total - sizes.blocks)
    return frozen + (4.0 + _TRAINING) * trained
