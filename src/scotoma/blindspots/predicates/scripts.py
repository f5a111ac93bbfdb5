"""Scripts that are written without spaces between words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import polars as pl

#: In these, each character counts as a word: most words of Chinese and Japanese have one or two.
_BY_CHARACTER = {
    "Chinese or Japanese": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]"),
}
#: In these, words can only be found by a dictionary, and a character is not a word.
_BY_DICTIONARY = {
    "Thai": regex.compile(r"\p{Thai}"),
    "Lao": regex.compile(r"\p{Lao}"),
    "Khmer": regex.compile(r"\p{Khmer}"),
    "Burmese": regex.compile(r"\p{Myanmar}"),
}
_LETTER = regex.compile(r"\p{L}")

#: Texts that are looked at, evenly over all: those of one language may stand together.
_N_LOOKED_AT = 1000
#: Share of the texts from which on a script is named though most are in others.
_SOME = 0.01


#: Letters between spaces, on average, below which a text has been divided into words already; and the runs of
#: letters that a text must have before it says anything about that.
_WORD_OF_CHARACTERS, _WORD_OF_LETTERS, _RUNS = 3, 8, 3


def characters_as_words(texts: Sequence[str]) -> str:
    """The script whose characters count as words, if most letters of the texts are of it; else empty."""
    return _commonest(texts, _BY_CHARACTER)


def without_words(texts: Sequence[str]) -> str:
    """The script without spaces between words, if most letters of the texts are of it; or empty.

    Texts that a program has divided into words, by spaces, have words like any others.
    """
    name = _commonest(texts, _BY_DICTIONARY)
    return "" if name and _are_divided(texts, _BY_DICTIONARY[name], _WORD_OF_LETTERS) else name


def are_divided(texts: Sequence[str]) -> bool:
    """Whether spaces stand between the words of Chinese or Japanese texts, as a program puts them there."""
    return any(_are_divided(texts, letters, _WORD_OF_CHARACTERS) for letters in _BY_CHARACTER.values())


def some_without_words(texts: Sequence[str]) -> dict[str, float]:
    """Scripts without spaces between words, with the share of texts that are mostly in each."""
    sample = sample_of_texts(texts)
    counts = Counter(name for text in sample if (name := _commonest([text], _BY_DICTIONARY)))
    return {
        name: n / len(sample)
        for name, n in counts.most_common()
        if n >= _SOME * len(sample) and not _are_divided(sample, _BY_DICTIONARY[name], _WORD_OF_LETTERS)
    }


def _are_divided(texts: Sequence[str], letter: "regex.Pattern[str]", longest: int) -> bool:
    """Whether most texts are several short runs of these letters."""
    run = regex.compile(f"(?:{letter.pattern})+")
    runs = [run_lengths for text in sample_of_texts(texts) if (run_lengths := run.findall(text))]
    several = [run_lengths for run_lengths in runs if len(run_lengths) >= _RUNS]
    lengths = [len(one) for run_lengths in several for one in run_lengths]
    return 2 * len(several) > len(runs) and sum(lengths) < longest * len(lengths)


def sample_of_texts(texts: "Sequence[str] | pl.Series") -> Sequence[str]:
    """Some texts that stand for all; of these again all."""
    return list(texts[:: max(1, len(texts) // _N_LOOKED_AT)])


def _commonest(texts: Sequence[str], scripts: Mapping[str, "regex.Pattern[str]"]) -> str:
    n_letters, counts = 0, Counter[str]()
    for text in sample_of_texts(texts):
        if text.isascii():
            n_letters += len(text)
            continue
        n_letters += len(_LETTER.findall(text))
        for name, letters in scripts.items():
            counts[name] += len(letters.findall(text))
    name, n = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return name if n > n_letters / 2 else ""
