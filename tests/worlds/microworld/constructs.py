"""Names for everything a sentence can be made of, so that a test can say it saw all of it."""

from dataclasses import fields, is_dataclass

from scotoma.worlds.microworld.syntax import Adverbial, Attitude, Clause, Joined, Pair, Quantified, ThatDid

ALL = {
    "clause",
    "denied clause",
    "passive",
    "denied passive",
    "passive without agent",
    "place",
    "Described",
    "Located",
    "ThatDid",
    "denied ThatDid",
    "ThatSomebodyDid",
    "someone",
    "nobody",
    "pair and",
    "pair or",
    "joined and",
    "joined or",
    "joined if",
    "joined since",
    "certainly",
    "surely",
    "perhaps",
    "possibly",
    "attitude",
    "denied attitude",
    "attitude without that",
}


def constructs(node: object) -> set[str]:
    """The constructs used in a sentence tree."""
    found = set()
    if is_dataclass(node):
        for field in fields(node):
            found |= constructs(getattr(node, field.name))
    match node:
        case Clause():
            found.add(f"{'denied ' if node.negated else ''}{'passive' if node.passive else 'clause'}")
            found |= {"passive without agent"} if node.passive and node.object is None else set()
            found |= {"place"} if node.place else set()
        case Quantified(word) | Adverbial(word):
            found.add(word)
        case Pair(word):
            found.add(f"pair {word}")
        case Joined(word):
            found.add(f"joined {word}")
        case Attitude():
            found.add("denied attitude" if node.negated else "attitude")
            found |= set() if node.that else {"attitude without that"}
        case ThatDid():
            found.add("denied ThatDid" if node.negated else "ThatDid")
        case _ if is_dataclass(node):
            found.add(type(node).__name__)
    return found - {"Person"}
