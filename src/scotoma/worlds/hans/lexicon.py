"""The words of the HANS grammar, by the slot they fill.

Verbs are past tense throughout, so a verb agrees with any subject; only the passive auxiliary
needs a noun of one number.
"""

_PEOPLE = (
    "actor artist athlete author banker doctor judge lawyer manager president professor scientist "
    "secretary senator student tourist"
)
SINGULAR = tuple(_PEOPLE.split())
PLURAL = tuple("secretaries" if noun == "secretary" else f"{noun}s" for noun in SINGULAR)

_TRANSITIVE = (
    "admired advised avoided believed called contacted encouraged helped introduced mentioned recognized "
    "recommended saw stopped supported thanked"
)
_INTRANSITIVE = "arrived danced performed ran resigned shouted slept waited"
_SUBORDINATORS = ("after", "although", "because", "before", "since", "while")

#: Slot class -> the words that may fill it.
SLOTS: dict[str, tuple[str, ...]] = {
    # People, of either number, singular, plural.
    "N": SINGULAR + PLURAL,
    "SG": SINGULAR,
    "PL": PLURAL,
    # Verbs by their frame.
    "V": tuple(_TRANSITIVE.split()),
    "I": tuple(_INTRANSITIVE.split()),
    # ... whose passive participle looks like the past tense; HANS leaves "called" out as well.
    "PASSIVE": tuple(verb for verb in _TRANSITIVE.split() if verb not in ("called", "saw")),
    # ... that take a noun phrase or a clause, so that a noun phrase alone misleads (NP/S).
    "CLAUSAL": ("believed", "heard", "knew"),
    # ... whose object can be left out, so that the next clause's subject looks like it (NP/Z).
    "OPTIONAL": ("hid", "moved", "paid", "presented", "stopped", "studied"),
    # ... whose past participle looks like a past tense.
    "PARTICIPLE": ("helped", "investigated", "paid", "presented", "studied"),
    # ... that leave the truth of their clause open, and that imply it.
    "NONFACTIVE": ("assumed", "believed", "claimed", "hoped", "said", "thought"),
    "FACTIVE": ("forgot", "knew", "learned", "remembered"),
    "P": ("behind", "by", "in front of", "near", "next to"),
    "R": ("that", "who"),
    "ADJECTIVE": ("angry", "famous", "happy", "helpful", "important", "popular", "serious", "young"),
    # Openers of a first clause: neither clause need be true (of MAINIF: nor the second).
    "IF": ("if", "in case", "unless", "whether or not"),
    "MAINIF": ("if", "unless"),
    # ... both clauses are true (of MAINSINCE: the second).
    "WHEN": (*_SUBORDINATORS, "when"),
    "SINCE": (*_SUBORDINATORS, "though"),
    "MAINSINCE": (*_SUBORDINATORS, "in case", "though", "whether or not"),
    # Adverbs that leave the truth of their sentence open, and that do not.
    "MAYBE": ("hopefully", "maybe", "probably", "supposedly"),
    "SURELY": (
        *("certainly", "clearly", "definitely", "obviously", "suddenly"),
        *("of course", "without a doubt"),
    ),
    # Places and things.
    "BUILDING": ("laboratory", "library", "museum", "office", "school"),
    "PLACE": (
        "country",
        "desert",
        "forest",
        "garden",
        "island",
        "museum",
        "neighborhood",
        "region",
        "town",
        "valley",
    ),
    "FOOD": ("broccoli", "corn", "fruit", "ice cream", "rice", "salad", "sandwich"),
    "CONTEST": (
        "award",
        "battle",
        "competition",
        "contest",
        "election",
        "prize",
        "race",
        "tournament",
        "war",
    ),
    "TEXT": ("book", "column", "letter", "novel", "play", "poem", "report", "speech", "story"),
}

_LEMMAS = dict(zip(PLURAL, SINGULAR, strict=True))


def lemma(word: str) -> str:
    """The word, a plural noun as its singular: no lemma stands twice in a premise."""
    return _LEMMAS.get(word, word)
