"""The task model without a head: what it learns, what it answers, what it leaves."""

from pathlib import Path

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE
from transformers import AutoModelForCausalLM, AutoTokenizer

from scotoma.basics.errors import ScotomaError
from scotoma.models import classifier_training as training
from scotoma.models.base import load_tokenizer, prepare
from scotoma.models.generator import load_learned
from scotoma.models.headless import Headless, load_headless, new_headless, save_headless
from scotoma.models.prediction import predict_logits
from scotoma.models.quiet import silence_libraries
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD
from tiny_encoders import make_encoder

#: Of one token, of two and of three.
WORDS = {"entailment": "did", "neutral": "not saw", "contradiction": "saw The doctor"}
ANSWERS = Answers(by="likelihood", words=WORDS)
FULL = Full(kind="full")


def learned(
    base: Path, table: pl.DataFrame, answers: Answers = ANSWERS, adapter: Adapter = FULL, seed: int = 0
) -> tuple[Headless, list[list[int]], list[float]]:
    """A trained one, its questions, and the losses of its steps."""
    model = new_headless(base, "fp32", adapter, answers, seed, "cpu")
    rows = training.prompts(base, MICROWORLD, table, answers)
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    trained = training.train_classifier(model, rows, labels, RECIPE, seed, lambda done, total: None)
    return model, rows, trained.losses


def texts(table: pl.DataFrame) -> list[str]:
    return [MICROWORLD.verbalise(row) for row in table.iter_rows(named=True)]


@pytest.mark.parametrize("loss", ["answer", "all"])
def test_the_first_loss_is_that_of_transformers_on_the_answer_or_on_all(
    tiny: Path, base: Path, table: pl.DataFrame, loss: str
) -> None:
    """As TRL computes it: labels of the prompt are -100 with `completion_only_loss`, and none are without."""
    answers = Answers.model_validate({"by": "likelihood", "words": WORDS, "loss": loss})
    model, few = new_headless(base, "fp32", FULL, answers, 0, "cpu"), table.head(4)
    rows = training.prompts(base, MICROWORLD, few, answers)
    labels = [MICROWORLD.labels.index(label) for label in few["label"]]
    ours, collate = model.to_learn(rows, labels)
    with silence_libraries(), torch.no_grad():
        plain, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
        total = n_counted = 0.0
        for prompt, label in zip(texts(few), few["label"], strict=True):
            ids = torch.tensor([tokenizer(f"{prompt} {WORDS[label]}")["input_ids"]])
            n_prompt = len(tokenizer(prompt)["input_ids"]) if loss == "answer" else 1
            targets = ids.masked_fill(torch.arange(ids.shape[1]) < n_prompt, -100)
            total += float(plain(ids, labels=targets).loss) * (ids.shape[1] - n_prompt)
            n_counted += ids.shape[1] - n_prompt
        found = float(ours(**collate([0, 1, 2, 3])))
    assert found == pytest.approx(total / n_counted, abs=1e-5)
    assert ours.n_terms(collate([0, 1, 2, 3])) == n_counted


def test_the_loss_of_the_answer_has_no_gradient_from_the_prompts_own_tokens(
    base: Path, table: pl.DataFrame
) -> None:
    model = new_headless(base, "fp32", FULL, ANSWERS, 0, "cpu")
    rows = training.prompts(base, MICROWORLD, table, ANSWERS)
    _, collate = model.to_learn(rows, [0] * len(rows))
    batch = collate([0, 5])
    counted = [ids[counts].tolist() for ids, counts in zip(*batch.values(), strict=True)]
    assert counted == [list(rows[0].answers[0]), list(rows[5].answers[0])]  # type: ignore[attr-defined]


@pytest.mark.parametrize("adapter", [FULL, LORA], ids=["full", "lora"])
def test_training_teaches_the_answers_and_a_seed_gives_the_same_weights(
    base: Path, table: pl.DataFrame, adapter: Adapter
) -> None:
    (one, rows, losses), (again, _, same), (other, _, others) = (
        learned(base, table, adapter=adapter, seed=seed) for seed in (0, 0, 1)
    )
    assert sum(losses[-3:]) < sum(losses[:3])
    assert losses == same != others
    assert torch.equal(one.logits(rows), again.logits(rows))
    assert not torch.allclose(one.logits(rows), other.logits(rows), atol=1e-3)


@pytest.mark.parametrize("adapter", [FULL, LORA], ids=["full", "lora"])
def test_what_is_saved_is_read_back_and_is_a_language_model_to_others(
    base: Path, table: pl.DataFrame, tmp_path: Path, adapter: Adapter
) -> None:
    model, rows, _ = learned(base, table, adapter=adapter)
    before = model.logits(rows)
    save_headless(model.model, base, "tiny", ANSWERS, tmp_path)
    back = load_headless(base, tmp_path, "fp32", adapter, ANSWERS, "cpu", trainable=False)
    assert torch.equal(back.logits(rows), before)
    assert not any(weight.requires_grad for weight in back.parameters())
    if adapter.kind == "full":
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
        assert tokenizer(texts(table)[0])["input_ids"] == list(rows[0])
    else:
        assert load_learned(base, tmp_path, "fp32", adapter, "cpu", trainable=True).peft_type == "LORA"
    other = Answers(by="likelihood", words=dict(reversed(WORDS.items())))
    with pytest.raises(ScotomaError, match=r"outputs are entailment, neutral.*words\.json"):
        load_headless(base, tmp_path, "fp32", adapter, other, "cpu", trainable=False)


def test_the_size_of_batches_changes_nothing_and_counts_what_is_read(base: Path, table: pl.DataFrame) -> None:
    model, rows, _ = learned(base, table)
    at_once = predict_logits(model, rows, 10**6, lambda done, total: None)
    apart = predict_logits(model, rows, 1, lambda done, total: None)
    assert at_once.logits == pytest.approx(apart.logits, abs=1e-4)
    # `did` and the first of `not saw` and of `saw the doctor` follow sequences of their own.
    assert model.n_tokens(rows[0]) == 3 * (len(rows[0]) + 2)


def test_full_training_in_bf16_computes_in_bf16_and_keeps_fp32_weights(
    base: Path, table: pl.DataFrame
) -> None:
    fine = new_headless(base, "fp32", FULL, ANSWERS, 0, "cpu")
    coarse = new_headless(base, "bf16", FULL, ANSWERS, 0, "cpu")
    rows = training.prompts(base, MICROWORLD, table, ANSWERS)
    assert {weight.dtype for weight in coarse.parameters()} == {torch.float32}
    assert not torch.equal(fine.logits(rows), coarse.logits(rows))
    assert torch.allclose(fine.logits(rows), coarse.logits(rows), rtol=0.1)


def test_a_tokenizer_reads_texts_as_texts_again_after_a_prompt_with_special_tokens(
    base: Path, table: pl.DataFrame
) -> None:
    chat = MICROWORLD.model_copy(
        update={"classifier_prompt": "</s> Premise: {premise} Hypothesis: {hypothesis}"}
    )
    end = load_tokenizer(base).eos_token_id
    assert training.prompts(base, chat, table, ANSWERS)[0][1] == end
    assert end not in training.prompts(base, chat, table)[0]


def test_an_encoder_has_no_likelihood_of_words(tmp_path: Path) -> None:
    make_encoder("bert", tmp_path / "bert", ["<pad>", "<s>", "</s>", "<unk>", "doctor"])
    (tmp_path / "base").mkdir()
    prepare(str(tmp_path / "bert"), None, None, tmp_path / "base")
    with pytest.raises(ScotomaError, match=r"type 'bert' has no likelihood of words \(answers: by\)"):
        new_headless(tmp_path / "base", "fp32", FULL, ANSWERS, 0, "cpu")
