"""Rules that compute the true label of an example, for tasks whose truth is computable."""

from collections.abc import Callable, Mapping

from scotoma.worlds.microworld import NotASentence, relation, sentiment_of


def _microworld(texts: Mapping[str, str]) -> str | None:
    try:
        return relation(texts["premise"], texts["hypothesis"])
    except NotASentence:
        return None


def _microworld_sentiment(texts: Mapping[str, str]) -> str | None:
    try:
        return sentiment_of(texts["text"])
    except NotASentence:
        return None


#: Each gives the true label, or None where the texts are outside the task's language.
LABELLERS: dict[str, Callable[[Mapping[str, str]], str | None]] = {
    "microworld": _microworld,
    "microworld_sentiment": _microworld_sentiment,
}
