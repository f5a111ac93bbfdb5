"""Words, an adapter and a recipe for the tiny Llama of these tests."""

from scotoma.settings import LoRA, Recipe
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
