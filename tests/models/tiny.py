"""Words, adapters, a recipe and some trainings for the tiny Llama of these tests."""

from dataclasses import dataclass

from scotoma.study.settings.models import Adapter, Full, LoRA, Recipe
from scotoma.tasks import MICROWORLD

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")
WORDS = ("The", "doctor", "lawyer", "judge", "saw", "met", "thanked", "did", "not", ".")
PARTS = ("Premise:", "Hypothesis:", "Relation:", "End")
VOCABULARY = (*SPECIAL, *WORDS, *PARTS, *MICROWORLD.labels)

LORA = LoRA(kind="lora", rank=4, alpha=8, dropout=0.1, targets=("q_proj", "v_proj", "down_proj"))
RECIPE = Recipe(
    epochs=2,
    batch_size=4,
    learning_rate=1e-2,
    schedule="cosine",
    warmup=0.1,
    optimizer="adamw",
    betas=(0.9, 0.999),
    epsilon=1e-8,
    weight_decay=0.01,
    max_grad_norm=1,
    order="random",
)


@dataclass(frozen=True)
class Case:
    """A training done sharded and not: without dropout, of which every process draws its own."""

    what: str
    adapter: Adapter
    precision: str = "fp32"


_CALM = LORA.model_copy(update={"dropout": 0.0})

CASES = {
    "lora": Case("classifier", _CALM),
    "lora in bf16": Case("classifier", _CALM, "bf16"),
    "full": Case("classifier", Full(kind="full")),
    "full in bf16": Case("classifier", Full(kind="full"), "bf16"),
    "generator": Case("generator", _CALM.model_copy(update={"also_train": ("embed_tokens", "lm_head")})),
    "full generator": Case("generator", Full(kind="full")),
}

#: Of these, the one that is also killed and taken up again.
KILLED = "lora"


def recipe_of(case: Case) -> Recipe:
    """Steps of four rows, which differ if gradients do in direction or in size.

    A classifier's gradients are clipped, so their norm counts; a generator's are not, so their size does.
    """
    rate = 1e-3 if case.adapter.kind == "full" else 1e-2
    # With a large epsilon AdamW's step depends on the size of a gradient, not on its sign alone.
    changes = {"learning_rate": rate, "epochs": 1, "epsilon": 0.1}
    return RECIPE.model_copy(update={**changes, "max_grad_norm": 1.0 if case.what == "classifier" else 1e3})
