"""A causal language model that answers by likelihood."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from tokenizers.processors import TemplateProcessing
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, LlamaForSequenceClassification

from scotoma.basics.errors import ScotomaError
from scotoma.models import headless
from scotoma.models.likelihood import log_likelihoods
from scotoma.models.questions import LabelPrompts, questions
from scotoma.models.quiet import silence_libraries

PROMPT = "Premise: {} Relation:"
TEXTS = ["The doctor saw the lawyer .", "The judge did not .", "The doctor met the judge .", "saw"]
ONE_WORD = {"entailment": "entailment", "neutral": "neutral", "contradiction": "contradiction"}
SEVERAL = {"entailment": "did", "neutral": "not saw met", "contradiction": "saw The doctor"}


def asked(words: Mapping[str, str], prompt: str = PROMPT, texts: Sequence[str] = TEXTS) -> LabelPrompts:
    return LabelPrompts(
        ids=[f"row{n}" for n in range(len(texts))],
        prompts=[prompt.format(text) for text in texts],
        texts=[(text,) for text in texts],
        template=prompt,
        words=words,
    )


def found(folder: Path | str, question: LabelPrompts) -> np.ndarray:
    return log_likelihoods(
        str(folder), question, device="cpu", precision="fp32", progress=lambda done, total: None
    )


def by_hand(folder: Path, question: LabelPrompts, model: Any = None) -> np.ndarray:
    """One answer at a time, from the logits of its whole text."""
    with silence_libraries(), torch.no_grad():
        model = model or AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        rows = []
        for prompt in question.prompts:
            n = len(tokenizer(prompt)["input_ids"])
            each = []
            for word in question.words.values():
                ids = torch.tensor([tokenizer(f"{prompt} {word}")["input_ids"]])
                log_p = torch.log_softmax(model(ids).logits[0].double(), dim=-1)
                each.append(sum(float(log_p[at - 1, ids[0, at]]) for at in range(n, ids.shape[1])))
            rows.append(each)
    return np.array(rows)


@pytest.mark.parametrize("words", [ONE_WORD, SEVERAL])
def test_a_labels_likelihood_is_that_of_all_its_words_after_the_prompt(
    tiny: Path, words: dict[str, str]
) -> None:
    question = asked(words)
    assert found(tiny, question) == pytest.approx(by_hand(tiny, question), abs=1e-5)


def test_words_of_one_token_each_cost_one_reading_of_the_prompt(tiny: Path) -> None:
    tokenizer, config = AutoTokenizer.from_pretrained(tiny), AutoConfig.from_pretrained(tiny)
    read = [
        sum(len(set(row.readings())) for row in questions(tokenizer, asked(words), config))
        for words in (ONE_WORD, SEVERAL)
    ]
    # Of several words, the prompt for `did` and two longer rows.
    assert read == [4, 12]


def test_progress_is_told_in_rows(tiny: Path) -> None:
    told: list[tuple[int, int]] = []
    log_likelihoods(
        str(tiny), asked(SEVERAL), device="cpu", precision="fp32", progress=lambda *n: told.append(n)
    )
    assert told[-1] == (4, 4)


def test_a_model_whose_forward_gives_all_logits_is_asked_as_well(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headless.inspect, "signature", lambda function: type("S", (), {"parameters": ()}))
    question = asked(SEVERAL)
    assert found(tiny, question) == pytest.approx(by_hand(tiny, question), abs=1e-5)


def test_no_blank_stands_between_words_and_a_prompt_that_ends_in_white_space(tiny: Path) -> None:
    question = asked(ONE_WORD)
    assert (found(tiny, asked(ONE_WORD, PROMPT + "\n")) == found(tiny, question)).all()


def test_the_order_and_the_number_of_rows_change_nothing(tiny: Path) -> None:
    whole = found(tiny, asked(SEVERAL))
    turned = found(tiny, asked(SEVERAL, texts=TEXTS[::-1]))
    assert turned[::-1] == pytest.approx(whole, abs=1e-5)
    assert found(tiny, asked(SEVERAL, texts=TEXTS[1:2])) == pytest.approx(whole[1:2], abs=1e-5)


def test_an_adapter_of_a_causal_language_model_is_read_on_its_base(tiny: Path, tmp_path: Path) -> None:
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(1)
        base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
        config = peft.LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj"], init_lora_weights=False)
        adapted = peft.get_peft_model(base, config).eval()
        adapted.save_pretrained(tmp_path / "adapter")
    question = asked(SEVERAL)
    ours = found(tmp_path / "adapter", question)
    assert ours == pytest.approx(by_hand(tiny, question, adapted), abs=1e-5)
    assert not np.allclose(ours, found(tiny, question), atol=1e-3)


def test_special_tokens_of_a_prompt_are_read_as_such_and_those_of_texts_are_not(tiny: Path) -> None:
    plain = found(tiny, asked(ONE_WORD))
    chat = found(tiny, asked(ONE_WORD, f"</s> {PROMPT}"))
    assert not np.allclose(plain, chat)
    # A prompt that begins with the first token has it once.
    assert (found(tiny, asked(ONE_WORD, f"<s> {PROMPT}")) == plain).all()
    spelt = ["The doctor </s> saw ."]
    unknown = ["The doctor <unk> saw ."]
    in_text = found(tiny, asked(ONE_WORD, texts=spelt))
    assert (in_text == found(tiny, asked(ONE_WORD, texts=unknown))).all()
    with pytest.raises(ScotomaError, match=r"row row0 spells out the special token '</s>', as the prompt"):
        found(tiny, asked(ONE_WORD, f"</s> {PROMPT}", texts=spelt))


@pytest.mark.parametrize(
    "words", [{"a": "not", "b": "not saw"}, {"a": "saw", "b": "saw"}, {"a": "not", "b": " "}]
)
def test_words_that_begin_each_other_or_are_none_are_refused(tiny: Path, words: dict[str, str]) -> None:
    with pytest.raises(ScotomaError, match=r"have no tokens, or are the beginning of those of .*--words"):
        found(tiny, asked(words))


def test_words_that_the_tokenizer_does_not_know_are_refused(tiny: Path) -> None:
    with pytest.raises(ScotomaError, match=r"words of 'b' \('saw nothing'\) are not all known .*--words"):
        found(tiny, asked({"a": "not", "b": "saw nothing"}))


def test_a_row_without_a_token_before_the_words_is_refused(tiny: Path) -> None:
    tokenizer, config = AutoTokenizer.from_pretrained(tiny), AutoConfig.from_pretrained(tiny)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="$A", pair="$A $B")
    with pytest.raises(ScotomaError, match=r"row row1 has no token before the words.*--prompt"):
        questions(tokenizer, asked(ONE_WORD, "{}", ["saw", ""]), config)


def test_a_row_that_is_too_long_with_all_words_is_named_once(tiny: Path) -> None:
    with pytest.raises(ScotomaError, match=r"1 row is longer than the model's 64 positions: row0 "):
        found(tiny, asked(ONE_WORD, texts=[" ".join(["saw"] * 64)]))


def test_a_row_that_is_too_long_is_named(tiny: Path) -> None:
    with pytest.raises(ScotomaError, match="longer than the model's 64 positions: row1"):
        found(tiny, asked(ONE_WORD, texts=["saw", " ".join(["saw"] * 64)]))


def test_a_classifier_or_its_adapter_is_none_that_is_asked(
    make_tiny: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_tiny()
    with silence_libraries():
        classifier = LlamaForSequenceClassification.from_pretrained(folder)
        classifier.save_pretrained(folder)
        config = peft.LoraConfig(task_type="SEQ_CLS", target_modules=["q_proj"])
        peft.get_peft_model(classifier, config).save_pretrained(tmp_path / "adapter")
    with pytest.raises(
        ScotomaError, match="is not a causal language model but LlamaForSequenceClassification"
    ):
        found(folder, asked(ONE_WORD))
    with pytest.raises(ScotomaError, match="of the task SEQ_CLS, not of a causal language model"):
        found(tmp_path / "adapter", asked(ONE_WORD))


def test_a_model_that_lacks_weights_or_is_not_there_is_refused(
    make_tiny: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_tiny(tie_word_embeddings=False)
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop("lm_head.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ScotomaError, match=r"its files lack lm_head\.weight"):
        found(folder, asked(ONE_WORD))
    with pytest.raises(ScotomaError, match="does not exist"):
        found(f"{tmp_path}/nothing", asked(ONE_WORD))


def test_a_model_on_the_hub_is_fetched_by_its_files_names_and_checked(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    asked_for: list[Any] = []

    def fetch(name: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked_for.append((name, revision, allow_patterns))
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    with pytest.raises(ScotomaError, match="neither a folder nor available from the hub: no network"):
        found("org/model", asked(ONE_WORD))
    ((name, revision, patterns),) = asked_for
    assert (name, revision) == ("org/model", None)
    assert not {"*.py", "*.bin", "*.pt"} & set(patterns)
