"""What a label in someone's file means: the blind spot's words, the task's, or the user's own."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from scotoma.basics.distinct import map_distinct
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots import BlindSpot
from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.label_words import NO_LABEL, bare, place_inside

#: An integer; more digits than a column of integers holds are a word, which int() may refuse to read.
_CODE = re.compile(r"[+-]?[0-9]{1,19}")
#: Words that a remedy names, and characters of each.
_N_NAMED = 5
_LONGEST = 40


class LabelWords:
    """Reads label words as labels of a blind spot or of the task it is for.

    Case, a full stop at the end, and `_` or a space in place of `-` make no difference, and 1.0 is 1.

    Args:
        blindspot: Blind spot whose two labels are known, with those that its label map merges.
        chosen: The user's mapping, their words to our labels, such as {"Yes": "entailment"}; to `-` where a
            word is no answer.
        gold: The user's mapping for gold labels alone.

    Raises:
        ScotomaError: the user's word leads to a label that is not known.
    """

    def __init__(
        self, blindspot: BlindSpot, chosen: Mapping[str, str], gold: Mapping[str, str] | None = None
    ) -> None:
        self.known = tuple(dict.fromkeys((*blindspot.labels, *blindspot.label_map)))
        self._blindspot = blindspot
        codes = _gold_codes(blindspot)
        self._own_codes = {bare(code): label for code, label in (codes or _in_order(blindspot)).items()}
        #: How integers in gold labels are read.
        self._by = f"{'as in the data' if codes else 'in the order of the labels'} of {blindspot.name}"
        self._own = {bare(label): label for label in self.known}
        self._silent = {bare(word) for word, label in chosen.items() if label == NO_LABEL}
        answers = {word: label for word, label in chosen.items() if label != NO_LABEL}
        self._chosen = self._checked(answers, "--labels")
        self._gold = {
            word: self.merged(label) for word, label in self._checked(gold or {}, "--gold-labels").items()
        }

    def meaning(self, word: object) -> str | None:
        """The label that a word means; None if it means none."""
        return None if self.is_silent(word) else _look_up(word, self._chosen, self._own)

    def is_silent(self, word: object) -> bool:
        """Whether the user says that a word is no answer."""
        return bool(self._silent) and bare(word) in self._silent

    def meanings(self, words: Sequence[object]) -> list[str | None]:
        """The label of each word, and None for each that means none."""
        return map_distinct(words, self.meaning)

    def gold(self, word: object) -> str | None:
        """The label that a gold word means; None if it means none.

        What the user says of gold labels comes first. Codes else mean what they do in the blind spot's
        own data, whatever was said of predictions; without codes of its own, 0 and 1 are its labels in
        order.
        """
        return _look_up(word, self._gold, self._own_codes) or _look_up(word, self._chosen, self._own)

    def gold_by_user(self, word: object) -> str | None:
        """As `gold`, but integer codes have only the meanings that the user gave."""
        return _look_up(word, self._gold, {}) or _look_up(word, self._chosen, self._own)

    def has_codes(self, words: Iterable[object]) -> bool:
        """Whether any word is an integer."""
        return any(map(_code, words))

    def notes(self, gold: Sequence[object], predicted: Sequence[object]) -> list[str]:
        """Sentences on how integers, gold and predicted, were read, with the number of rows of each.

        Args:
            gold: Words of the gold labels that are not missing.
            predicted: Words of the answers.
        """
        codes = _codes(gold)
        by_option = {code: n for code, n in codes.items() if code in self._gold}
        own = {code: n for code, n in codes.items() if code not in self._gold and code in self._own_codes}
        answers = {code: n for code, n in _codes(predicted).items() if code in self._chosen}
        sentences = [
            f"{column}: {', '.join(f'{code} is {name}' for code, name in named)}, as the file's schema says."
            for column, words in (("Gold labels", gold), ("Predictions", predicted))
            if (named := sorted({(word.code, str(word)) for word in words if isinstance(word, ClassName)}))
        ]
        if by_option:
            sentences.append(f"Gold labels: {_listed(by_option, self._gold)}, as --gold-labels says.")
        if own:
            sentences.append(
                f"Gold labels: {_listed(own, self._own_codes)}, {self._by}. If these are other codes, give "
                "--gold-labels."
            )
        if answers:
            sentences.append(f"Predictions: {_listed(answers, self._chosen)}, as --labels says.")
        return sentences

    def check_gold_codes(
        self, words: Sequence[object], gold: Collection[str], *, are_known: bool, faults: Faults
    ) -> None:
        """Refuses gold codes whose reading is not certain, unless something else says what the gold labels
        are.

        By the codes every row may have the same label; or `--labels` may say that the same integers mean the
        other label in the predictions, as a file with one coding for both has it.

        Args:
            words: Gold labels as they appear in the file, without missing ones.
            gold: Labels that the rows have.
            are_known: Whether ids or subcases say what the gold labels are.
            faults: Says where the file is.

        Raises:
            ScotomaError: by the codes, no row has one of the two labels, or `--labels` says otherwise of
                them.
        """
        codes = {code for code in _codes(words) if code not in self._gold}
        if not codes or are_known:
            return
        spelled = ",".join(f"{code}=LABEL" for code in sorted(codes))
        contradicted = [code for code in sorted(codes) if self._is_contradicted(code)]
        if contradicted:
            faults.fail(
                f"--labels says that {contradicted[0]} is {self._chosen[contradicted[0]]} in the "
                f"predictions, and {self._by} it is {self._own_codes[contradicted[0]]}: which of them "
                "applies to the gold labels is unclear",
                f"Give their meaning with --gold-labels {spelled}.",
            )
        missing = set(self._blindspot.labels) - set(gold)
        if len(missing) != 1:
            return
        faults.fail(
            f"every gold label is the integer {' or '.join(sorted(codes))}; read {self._by}, no row would be "
            f"{missing.pop()}: its meaning is unclear",
            f"Give their meaning with --gold-labels {spelled}.",
        )

    def _is_contradicted(self, code: str) -> bool:
        """Whether `--labels` gives a code the other label than the blind spot's own data do."""
        by_option, own = self._chosen.get(code), self._own_codes.get(code)
        return bool(by_option and own and self.merged(by_option) != self.merged(own))

    def check_classes(self, words: Iterable[object], option: str, faults: Faults) -> None:
        """Refuses the user's word on codes that the file's own schema contradicts.

        Args:
            words: Values of a column.
            option: `--labels` or `--gold-labels`.
            faults: Says where the file is.

        Raises:
            ScotomaError: the option gives a code another label than the name in the schema.
        """
        chosen = self._chosen if option == "--labels" else self._gold
        for word in {word.code: word for word in words if isinstance(word, ClassName)}.values():
            by_option, own = chosen.get(word.code), self._own.get(bare(word))
            if by_option and own and bare(word) not in chosen and self.merged(by_option) != self.merged(own):
                faults.fail(
                    f"{option} says that {word.code} is {by_option}, but the file's own schema says that "
                    f"{word.code} is {word}",
                    f"Leave {word.code} out of {option}; or, if the schema is wrong, say what its names "
                    f"mean: {option} {word}={by_option}.",
                )

    def remedy(self, words: Iterable[object], option: str = "--labels") -> str:
        """What to do about words that mean no label."""
        words = list(words)
        if inside := [word for word in words if isinstance(word, list | dict)]:
            column = "gold" if option == "--gold-labels" else "predicted"
            place = f"{column}=COLUMN{place_inside(inside[0])}"
            return f"Say where in it the label is with --columns, such as {place}."
        unknown = list(dict.fromkeys(text for word in words if (text := str(word).strip())))
        known = nearest(bare(unknown[0]) if unknown else "", self.known)
        silent = "" if option == "--gold-labels" else f" If it is no answer, write {NO_LABEL!r} for LABEL."
        can_be_named = [word for word in unknown if not set(word) & set("=,\n")]
        if unknown and not can_be_named:
            return f"{known} Or say what it means with {option}, in double quotes if it has a comma.{silent}"
        named = [word for word in can_be_named if len(word) <= _LONGEST][:_N_NAMED] or ["WORD"]
        spelled = ",".join(f"{word}=LABEL" for word in named)
        return f"{known} Or say what it means: {option} '{spelled}'.{silent}"

    def _checked(self, chosen: Mapping[str, str], option: str) -> dict[str, str]:
        for theirs, ours in chosen.items():
            if ours not in self.known:
                raise ScotomaError(
                    f"{theirs}={ours}: {ours!r} is not a label of blind spot {self._blindspot.name!r} or its "
                    "task",
                    where=option,
                    remedy=nearest(ours, self.known),
                )
        return {bare(theirs): ours for theirs, ours in chosen.items()}

    def merged(self, label: str) -> str:
        """The label of the blind spot that a label of the task counts as."""
        return self._blindspot.label_map.get(label, label)


def _gold_codes(blindspot: BlindSpot) -> dict[str, str]:
    """The codes of gold labels in the blind spot's own data, and the labels they stand for; none of words."""
    merged = blindspot.label_map
    labels = blindspot.read_by_name(blindspot.source).labels
    labels_by_code = {theirs: merged.get(ours, ours) for theirs, ours in labels.items()}
    # A label of `-` leaves a row out of the data.
    return {theirs: label for theirs, label in labels_by_code.items() if label in blindspot.labels}


def _in_order(blindspot: BlindSpot) -> dict[str, str]:
    return {str(index): label for index, label in enumerate(blindspot.in_order(blindspot.label_map))}


def _look_up(word: object, chosen: Mapping[str, str], own: Mapping[str, str]) -> str | None:
    """By the word itself; else by the code behind a class name."""
    if word is None:  # not the word "None"
        return None
    form = bare(word)
    label = chosen.get(form) or own.get(form)
    return label or (chosen.get(word.code) if isinstance(word, ClassName) else None)


def _codes(words: Sequence[object]) -> Mapping[str, int]:
    """How often each integer code occurs among words that are not class names."""
    counts = Counter(map_distinct(words, _code))
    del counts[""]
    return counts


def _code(word: object) -> str:
    form = "" if isinstance(word, ClassName) else bare(word)
    return form if _CODE.fullmatch(form) else ""


def _listed(codes: Mapping[str, int], meanings: Mapping[str, str]) -> str:
    parts = [f"{code} is read as {meanings[code]} ({codes[code]:,})" for code in sorted(codes, key=int)]
    return ", ".join(parts)
