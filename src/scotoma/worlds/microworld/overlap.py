"""The three shortcuts of HANS as predicates over a premise and a hypothesis.

Each says that the hypothesis is *inside* the premise in some way; the shortcut is to take that for
entailment. They nest: a constituent is a subsequence, a subsequence overlaps.
"""

from scotoma.worlds.microworld.syntax import Adverbial, Attitude, Clause, Joined, Sentence


def overlaps(premise: str, hypothesis: str) -> bool:
    """Whether every word of the hypothesis occurs in the premise; case and full stop aside."""
    return set(_words(hypothesis)) <= set(_words(premise))


def is_subsequence(premise: str, hypothesis: str) -> bool:
    """Whether the hypothesis stands in the premise word by word, without a gap."""
    whole, part = _words(premise), _words(hypothesis)
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def is_constituent(premise: Sentence, hypothesis: Sentence) -> bool:
    """Whether the hypothesis is a whole clause inside the premise."""
    return hypothesis in clauses_inside(premise)


def clauses_inside(sentence: Sentence) -> tuple[Clause, ...]:
    """The clauses a sentence is made of; a single clause has none inside it."""
    match sentence:
        case Clause():
            return ()
        case Joined(_, left, right):
            return (left, right)
        case Attitude() | Adverbial():
            return (sentence.content,)


def _words(text: str) -> list[str]:
    return text.lower().split()[:-1]
