"""Labels from a published classifier."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models.labelling import label_with
from scotoma.models.quiet import silence_libraries
from scotoma.tasks import MICROWORLD

INPUTS = ["input_ids", "token_type_ids", "attention_mask"]
WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "b", "c", "d", "e")
TEXTS = [(" ".join(WORDS[4 + (i * k) % 5] for k in range(1, 3 + i % 7)), WORDS[4 + i % 5]) for i in range(40)]


@pytest.fixture
def make_bert(tmp_path: Path) -> Callable[..., Path]:
    def make(**names: object) -> Path:
        tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = WhitespaceSplit()
        tokenizer.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
        )
        config = BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=32,
            initializer_range=1.0,
            pad_token_id=0,
            **names,
        )
        with silence_libraries(), torch.random.fork_rng():
            torch.manual_seed(0)
            BertForSequenceClassification(config).save_pretrained(tmp_path / "bert")
            PreTrainedTokenizerFast(
                tokenizer_object=tokenizer,
                pad_token="[PAD]",
                unk_token="[UNK]",
                model_max_length=32,
                model_input_names=INPUTS,
            ).save_pretrained(tmp_path / "bert")
        return tmp_path / "bert"

    return make


def named(*labels: str) -> dict[str, object]:
    return {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}


def labelled(folder: Path, texts: list[tuple[str, ...]] = TEXTS, **more: object) -> list[str]:
    options = {"device": "cpu", "progress": lambda done, total: None, **more}
    return label_with(str(folder), texts, MICROWORLD.labels, **options)[0]


def test_each_row_gets_what_the_model_says_of_it_alone(make_bert: Callable[..., Path]) -> None:
    folder = make_bert(**named("contradiction", "Entailment", "NEUTRAL"))
    with silence_libraries(), torch.inference_mode():
        model = BertForSequenceClassification.from_pretrained(folder).eval()
        rows = [[1, *ids(one), 2, *ids(other), 2] for one, other in TEXTS]
        kinds = [[0] * (len(ids(one)) + 2) + [1] * (len(ids(other)) + 1) for one, other in TEXTS]
        best = [
            int(model(torch.tensor([row]), token_type_ids=torch.tensor([kind])).logits.argmax())
            for row, kind in zip(rows, kinds, strict=True)
        ]
    expected = [("contradiction", "entailment", "neutral")[i] for i in best]
    assert len(set(expected)) > 1
    assert labelled(folder) == expected


def ids(text: str) -> list[int]:
    return [WORDS.index(word) for word in text.split()]


def test_a_text_too_long_for_the_model_is_cut_and_the_question_kept(make_bert: Callable[..., Path]) -> None:
    folder = make_bert(**named(*MICROWORLD.labels))
    long, cut = " ".join(["a", "b"] * 40), " ".join(["a", "b"] * 14)
    assert labelled(folder, [(long, "c")]) == labelled(folder, [(cut, "c")])
    texts = [(long, "c"), (cut, "c"), (f"{cut} a", "c"), ("a", "b")]
    _, n_cut = label_with(
        str(folder), texts, MICROWORLD.labels, device="cpu", progress=lambda done, total: None
    )
    assert n_cut == 2


def test_outputs_without_names_need_an_order_and_take_it(make_bert: Callable[..., Path]) -> None:
    folder = make_bert(num_labels=3)
    with pytest.raises(ScotomaError, match=r"called LABEL_0, LABEL_1, LABEL_2.*--model-labels"):
        labelled(folder)
    told = labelled(folder, order=("neutral", "entailment", "contradiction"))
    turned = labelled(folder, order=("entailment", "neutral", "contradiction"))
    swap = {"neutral": "entailment", "entailment": "neutral", "contradiction": "contradiction"}
    assert turned == [swap[label] for label in told]
    with pytest.raises(ScotomaError, match="--model-labels"):
        labelled(folder, order=("yes", "no", "maybe"))


def test_another_number_of_outputs_is_refused(make_bert: Callable[..., Path]) -> None:
    with pytest.raises(ScotomaError, match=r"has 2 outputs, and the task 3 labels: .*one output for each"):
        labelled(make_bert(**named("entailment", "other")))


def test_a_language_model_is_no_classifier(tiny: Path) -> None:
    with pytest.raises(ScotomaError, match=r"is not a trained classifier: it has no score\.weight"):
        labelled(tiny)


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ScotomaError, match=r"'\./nowhere' does not exist"):
        label_with("./nowhere", TEXTS, MICROWORLD.labels, device="cpu", progress=print)


@pytest.mark.parametrize("pad", ["</s>", None])
def test_a_model_that_pads_with_another_token_than_its_tokenizer_answers_each_row_as_alone(
    make_tiny: Callable[..., Path], tmp_path: Path, pad: str | None
) -> None:
    texts = [(" ".join(["The doctor saw ."] * (1 + i % 5)), "The lawyer .") for i in range(12)]
    tokenizer = AutoTokenizer.from_pretrained(make_tiny())
    tokenizer.pad_token = pad
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        config = LlamaConfig.from_pretrained(make_tiny(), num_labels=3, **named(*MICROWORLD.labels))
        config.initializer_range, config.pad_token_id = 1.0, 0
        model = LlamaForSequenceClassification(config).eval()
        model.save_pretrained(tmp_path)
        tokenizer.save_pretrained(tmp_path)
        with torch.inference_mode():
            alone = [int(model(**tokenizer(*pair, return_tensors="pt")).logits.argmax()) for pair in texts]
    assert len(set(alone)) > 1
    assert labelled(tmp_path, texts) == [MICROWORLD.labels[best] for best in alone]


def test_positions_that_begin_behind_the_padding_s_are_not_overrun(tmp_path: Path) -> None:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")),
        pad_token="[PAD]",
        unk_token="[UNK]",
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.backend_tokenizer.pre_tokenizer = WhitespaceSplit()
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        config = RobertaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=20,
            pad_token_id=1,
            **named(*MICROWORLD.labels),
        )
        RobertaForSequenceClassification(config).save_pretrained(tmp_path)
        tokenizer.save_pretrained(tmp_path)
    assert len(labelled(tmp_path, [("a b c d " * 10, "e")] * 2)) == 2
