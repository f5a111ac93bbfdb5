"""What a model without a head is asked: the tokens of a prompt a row, and of each label's words after it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from scotoma.basics.errors import ScotomaError, shown
from scotoma.models import checks
from scotoma.models.batches import encode_open
from scotoma.tasks.prompts import between


@dataclass(frozen=True)
class LabelPrompts:
    """What a model is asked: a prompt a row, and the words that stand for each label.

    Attributes:
        ids: Name of each row, for messages.
        prompts: Prompt of each row.
        texts: Texts of each row, which stand in its prompt.
        template: What all prompts have in common; special tokens in it are read as such, in texts not.
        words: Words of each label, in the order of the labels.
        place: What comes before `prompt` and `words` where they were given, for messages.
    """

    ids: Sequence[str]
    prompts: Sequence[str]
    texts: Sequence[Sequence[str]]
    template: str
    words: Mapping[str, str]
    place: str = "--"


class Question(list[int]):
    """Token ids of a row's prompt; and of each label's words after it, in the order of the labels."""

    answers: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, prompt: Sequence[int], answers: Sequence[Sequence[int]]) -> "Question":
        """Both together."""
        question = cls(prompt)
        question.answers = tuple(map(tuple, answers))
        return question

    def answered(self, label: int) -> list[int]:
        """The prompt and the words of one label."""
        return [*self, *self.answers[label]]

    def readings(self) -> list[tuple[int, ...]]:
        """What is read of each answer, all but its last token: of words of one token each, the prompt."""
        return [(*self, *answer[:-1]) for answer in self.answers]


def questions(tokenizer: Any, label_prompts: LabelPrompts, config: Any) -> list[Question]:
    """Each row's prompt and answers as tokens.

    A blank stands between them, unless the prompt ends in white space.

    Args:
        tokenizer: The model's tokenizer.
        label_prompts: Prompts and words.
        config: The model's configuration.

    Raises:
        ScotomaError: a row is too long, or has tokens that the model does not have, or none before the words;
            or the words of a label are unknown, or those of two cannot be told apart.
    """
    gap = between(label_prompts.template)
    words = list(label_prompts.words.values())
    with _encoder(tokenizer, label_prompts) as encode:
        prompts = encode(list(label_prompts.prompts))
        encoded = encode([f"{prompt}{gap}{word}" for prompt in label_prompts.prompts for word in words])
    result, longest = [], []
    for at, prompt in enumerate(prompts):
        tokens = encoded[at * len(words) : (at + 1) * len(words)]
        # One beginning for all labels, where the last of a prompt's tokens joins with the first of a word's.
        n_prompt = min(_n_shared(prompt, one) for one in tokens)
        answers = [one[n_prompt:] for one in tokens]
        _check_told_apart(answers, label_prompts)
        _check_known(tokenizer, answers, label_prompts)
        if not n_prompt:
            raise ScotomaError(
                f"row {label_prompts.ids[at]} has no token before the words, so their likelihood is not "
                "defined",
                where=f"{label_prompts.place}prompt",
                remedy="Remove the row, or give a prompt with words besides the row's text.",
            )
        result.append(Question.of(prompt[:n_prompt], answers))
        longest.append(max(tokens, key=len))
    _check_length_of_words(result, label_prompts, config)
    checks.check_lengths(longest, label_prompts.ids, config)
    # Every answer's tokens, or a row whose longest answer is known could hide one that is not.
    checks.check_tokens(
        [[*row, *chain.from_iterable(row.answers)] for row in result], label_prompts.ids, config
    )
    return result


@contextmanager
def _encoder(tokenizer: Any, label_prompts: LabelPrompts) -> Iterator[Callable[[list[str]], list[list[int]]]]:
    """Texts to tokens. Special tokens in the template are read as such, and no text may have one then.

    Raises:
        ScotomaError: a text spells out a special token, beside special tokens of the template.
    """
    special = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    if not any(token in label_prompts.template for token in special):
        yield lambda texts: encode_open(tokenizer, texts)
        return
    for id, texts in zip(label_prompts.ids, label_prompts.texts, strict=True):
        if spelt := [token for token in special if any(token in text for text in texts)]:
            raise ScotomaError(
                f"row {id} spells out the special token {spelt[0]!r}, as the prompt does",
                where=f"{label_prompts.place}prompt",
                remedy="Remove it from the row, or write the prompt without special tokens.",
            )
    begins = tokenizer.bos_token is not None and label_prompts.template.startswith(tokenizer.bos_token)

    def encode(texts: list[str]) -> list[list[int]]:
        rows = tokenizer(texts, truncation=False, padding=False, add_special_tokens=not begins)["input_ids"]
        end = tokenizer.eos_token_id
        # An end that the tokenizer has put there, and not the prompt.
        return [row[:-1] if row[-1:] == [end] and not begins else row for row in rows]

    split, tokenizer.split_special_tokens = tokenizer.split_special_tokens, False
    try:
        yield encode
    finally:  # a tokenizer is read once and is others' too
        tokenizer.split_special_tokens = split


def _check_told_apart(answers: Sequence[Sequence[int]], label_prompts: LabelPrompts) -> None:
    labels = list(label_prompts.words)
    for one, tokens in enumerate(answers):
        for other, other_tokens in enumerate(answers):
            if not tokens or (one != other and list(other_tokens[: len(tokens)]) == list(tokens)):
                raise ScotomaError(
                    f"the words of {labels[one]!r} ({label_prompts.words[labels[one]]!r}) have no tokens, "
                    f"or are the beginning of those of {labels[other]!r} "
                    f"({label_prompts.words[labels[other]]!r})",
                    where=f"{label_prompts.place}words",
                    remedy="Give words of which none is the beginning of another: the shorter is never less "
                    "likely.",
                )


def _check_known(tokenizer: Any, answers: Sequence[Sequence[int]], label_prompts: LabelPrompts) -> None:
    """Refuses words that a tokenizer writes as its unknown token: all unknown words are the same to it."""
    unknown = tokenizer.unk_token_id
    if unknown is None or unknown in (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id):
        return  # a tokenizer that knows every byte gives its end for it
    for label, answer in zip(label_prompts.words, answers, strict=True):
        if unknown in answer:
            raise ScotomaError(
                f"the words of {label!r} ({label_prompts.words[label]!r}) are not all known to the tokenizer",
                where=f"{label_prompts.place}words",
                remedy="Give words that the model knows.",
            )


def _check_length_of_words(questions: Sequence[Question], label_prompts: LabelPrompts, config: Any) -> None:
    """Refuses words that no row leaves room for."""
    limit = checks.limit_of(getattr(config, "max_position_embeddings", None))
    for place, (label, word) in enumerate(label_prompts.words.items()):
        n = min((len(row.answers[place]) for row in questions), default=0)
        if limit is not None and n >= limit:
            raise ScotomaError(
                f"the words of {label!r} have {n:,} tokens, and the model has {limit:,} positions in all: "
                f"{shown(word)}",
                where=f"{label_prompts.place}words",
                remedy="Give shorter words.",
            )


def _n_shared(prompt: Sequence[int], full: Sequence[int]) -> int:
    pairs = enumerate(zip(prompt, full, strict=False))
    return next((at for at, (own, of_full) in pairs if own != of_full), min(len(prompt), len(full)))
