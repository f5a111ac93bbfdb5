"""Low-rank updates on a base model: new, saved and read back in peft's own format.

peft takes a second to import, so it is imported where it is used: a model that trains whole does not need it.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from scotoma.basics.errors import ScotomaError
from scotoma.models.fast.low_rank import fuse_updates
from scotoma.models.quiet import deterministic, silence_libraries
from scotoma.study.settings.models import LoRA


def new_adapter(model: Any, adapter: LoRA, task_type: str, seed: int) -> Any:
    """The model with fresh updates, whose product is zero; updates and heads are fp32.

    Args:
        model: A base model.
        adapter: Rank, scale, dropout and places of the updates.
        task_type: peft's, `SEQ_CLS` or `CAUSAL_LM`.
        seed: Seed of torch's generator while the updates are drawn.

    Raises:
        ScotomaError: the model has no layers of the given names.
    """
    import peft

    _check_targets(model, adapter)
    dtype = _hold_in_fp32(model, adapter)
    config = peft.LoraConfig(
        task_type=task_type,
        r=adapter.rank,
        lora_alpha=adapter.alpha,  # type: ignore[arg-type, unused-ignore]  # a float works as well
        lora_dropout=adapter.dropout,
        target_modules=list(adapter.targets),
        modules_to_save=list(adapter.also_train) or None,
        ensure_weight_tying=bool(adapter.also_train) and bool(model.config.tie_word_embeddings),
        bias="none",
    )
    with silence_libraries(), deterministic(seed):
        adapted = peft.get_peft_model(model, config)
    _hand_on(adapted, dtype)
    fuse_updates(adapted)
    return adapted


def load_adapter(model: Any, adapter: LoRA, folder: Path, *, trainable: bool) -> Any:
    """The model with the updates saved in a folder."""
    import peft

    if not (folder / "adapter_model.safetensors").is_file():
        raise ScotomaError(
            "the adapter has no adapter_model.safetensors", where=str(folder), remedy="Train it again."
        )
    dtype = _hold_in_fp32(model, adapter)
    with silence_libraries():
        adapted = peft.PeftModel.from_pretrained(model, folder, is_trainable=trainable)
    _hand_on(adapted, dtype)
    fuse_updates(adapted)
    return adapted


def save_adapter(adapted: Any, base_name: str, folder: Path) -> None:
    """Writes `adapter_model.safetensors` and `adapter_config.json`; the same updates give the same bytes."""
    with silence_libraries():
        adapted.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf8"))
    config["base_model_name_or_path"] = base_name
    # peft keeps these as sets, whose order differs between processes.
    for key in ("target_modules", "modules_to_save"):
        config[key] = sorted(config[key]) if config[key] else None
    path.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf8")


def _hold_in_fp32(model: Any, adapter: LoRA) -> torch.dtype:
    """Turns the modules that train whole to fp32, and returns the frozen base's dtype."""
    dtype: torch.dtype = model.dtype
    full_modules = [m for path, m in model.named_modules() if path.rsplit(".", 1)[-1] in adapter.also_train]
    # New tensors: the base's are shared with other models. Tied weights stay tied.
    fresh = {
        id(weight): nn.Parameter(weight.detach().float(), weight.requires_grad)
        for module in full_modules
        for weight in module.parameters()
    }
    for module in model.modules():
        for name, weight in module.named_parameters(recurse=False):
            setattr(module, name, fresh.get(id(weight), weight))
    for module in full_modules:
        module.float()
    return dtype


def _hand_on(adapted: Any, dtype: torch.dtype) -> None:
    """Casts around the parts held in fp32: frozen layers between them expect the base's dtype."""
    embeddings, head = adapted.get_input_embeddings(), adapted.get_output_embeddings()
    if embeddings.weight.dtype != dtype:
        embeddings.register_forward_hook(lambda _module, _args, output: output.to(dtype))
    if head is not None and head.weight.dtype != dtype:
        head.register_forward_pre_hook(lambda module, args: (args[0].to(module.weight.dtype),))


def _check_targets(model: Any, adapter: LoRA) -> None:
    layers = {name.rsplit(".", 1)[-1] for name, _ in model.named_modules()}
    unknown = [name for name in (*adapter.targets, *adapter.also_train) if name not in layers]
    if unknown:
        linear = {name.rsplit(".", 1)[-1] for name, m in model.named_modules() if isinstance(m, nn.Linear)}
        raise ScotomaError(
            f"adapter names layers that the model does not have: {', '.join(unknown)}",
            where="adapter: targets, also_train",
            remedy=f"Its linear layers are: {', '.join(sorted(linear))}.",
        )
