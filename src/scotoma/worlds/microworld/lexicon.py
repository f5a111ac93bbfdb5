"""The words of the micro-world and how they are related.

About a hundred words. A predicate is named by the form it has in a plain positive sentence: `saw`,
`slept`, `happy`, `near`. `IMPLIES` and `EXCLUDES` have all relations between words that truth depends on.
"""

#: "the doctor" is one and the same person wherever it stands.
PEOPLE = (
    "doctor",
    "lawyer",
    "judge",
    "actor",
    "student",
    "teacher",
    "artist",
    "banker",
    "author",
    "senator",
    "manager",
    "tourist",
)

#: Verbs without an object, past to bare form.
INTRANSITIVE = {
    "slept": "sleep",
    "ran": "run",
    "danced": "dance",
    "moved": "move",
    "shouted": "shout",
    "spoke": "speak",
    "waited": "wait",
    "smiled": "smile",
}

#: Verbs with an object, past to bare form.
TRANSITIVE = {
    "saw": "see",
    "helped": "help",
    "called": "call",
    "thanked": "thank",
    "hugged": "hug",
    "pushed": "push",
    "touched": "touch",
    "admired": "admire",
    "followed": "follow",
    "believed": "believe",
    "feared": "fear",
    "noticed": "notice",
    "remembered": "remember",
}

#: Participles that differ from the past form. All other passives repeat the word of the active.
PARTICIPLES = {"saw": "seen"}

ADJECTIVES = ("happy", "sad", "young", "old", "tall", "famous")

#: Read as they stand: `near` is not taken to be symmetric.
PREPOSITIONS = ("near", "behind", "beside")

#: Verbs with a clause whose content holds, past to bare form; also when negated.
FACTIVE = {"knew": "know", "forgot": "forget", "noticed": "notice", "remembered": "remember"}

#: Verbs with a clause whose content may or may not hold.
NON_FACTIVE = {"believed": "believe", "feared": "fear", "hoped": "hope", "claimed": "claim"}

ATTITUDES = FACTIVE | NON_FACTIVE

#: Adverbs that leave the truth of their sentence as it is, and those that weaken it to "could be".
VERIDICAL = ("certainly", "surely")
WEAKENING = ("perhaps", "possibly")
ADVERBS = VERIDICAL + WEAKENING

#: Whoever ran, moved; whoever hugged somebody, touched them.
IMPLIES = {"ran": "moved", "danced": "moved", "shouted": "spoke", "hugged": "touched", "pushed": "touched"}

#: Nobody is both at once.
EXCLUDES = (("slept", "moved"), ("slept", "spoke"), ("happy", "sad"), ("young", "old"))

_FUNCTION_WORDS = (
    "the",
    "and",
    "or",
    "that",
    "did",
    "not",
    "was",
    "were",
    "by",
    "someone",
    "nobody",
    ",",
    ".",
)
#: What an answer says; it stands in no sentence.
ANSWER_WORDS = ("Yes", "Maybe", "No")

_FIRST_WORDS = ("The", "Someone", "Nobody", "If", "Since", *(adverb.capitalize() for adverb in ADVERBS))


def arity(predicate: str) -> int:
    """How many people the predicate is about: 1 or 2.

    Raises:
        KeyError: no such predicate.
    """
    if predicate in INTRANSITIVE or predicate in ADJECTIVES:
        return 1
    if predicate in TRANSITIVE or predicate in PREPOSITIONS:
        return 2
    raise KeyError(predicate)


def participle(verb: str) -> str:
    """The form after "was": `saw` gives `seen`."""
    return PARTICIPLES.get(verb, verb)


def vocabulary() -> tuple[str, ...]:
    """Every word a sentence may contain, in the case it is written in, each once, in a fixed order."""
    verbs = (*INTRANSITIVE.items(), *TRANSITIVE.items(), *ATTITUDES.items())
    forms = (form for verb in verbs for form in verb)
    words = (
        *_FUNCTION_WORDS,
        *_FIRST_WORDS,
        *PEOPLE,
        *forms,
        *PARTICIPLES.values(),
        *ADJECTIVES,
        *PREPOSITIONS,
    )
    return tuple(dict.fromkeys(words))
