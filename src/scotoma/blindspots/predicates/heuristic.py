"""A shortcut as a study file writes it: a predicate, and the label that it leads to."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots.predicates.own_code import find_module, load_function, split
from scotoma.blindspots.predicates.own_rules import has_word, lines
from scotoma.blindspots.predicates.patterns import matches
from scotoma.blindspots.predicates.rules import CONSTITUENT, EVERY_ROW, Rule, study_rules, the
from scotoma.store.disk import sha256_of
from scotoma.study.settings.base import Settings

_KINDS = ("built_in", "regex", "words", "wordfile", "code")
#: Most words of a list that a sentence shows.
_N_SHOWN = 5


class RowPredicate(Settings):
    """A question with a yes or no for every row: a built-in one's name, or one of your own.

    In a study file: `overlap_word`, `{regex: PATTERN}`, `{words: [good, fine]}`, `{wordfile: PATH}` or
    `{code: MODULE:FUNCTION}`. A pattern and words are looked for in the last text, or in `field`; a function
    is given every text. Upper and lower case are the same to a pattern and to words.
    """

    built_in: str | None = Field(None, description="Name of a built-in predicate.")
    regex: str | None = Field(
        None, min_length=1, description="Pattern; the predicate holds where it is found."
    )
    words: tuple[str, ...] | None = Field(
        None, description="Words; the predicate holds where one of them occurs."
    )
    wordfile: str | None = Field(None, description="File of such words, one a line.")
    code: str | None = Field(
        None, description="MODULE:FUNCTION of MODULE.py beside the study file; **runs that code**."
    )
    field: str | None = Field(None, description="Text field to search, if not the last.")
    file: str | None = Field(None, description="Path of the code; filled in when the study is read.")
    sha256: str | None = Field(None, description="SHA-256 of the file; filled in when the study is read.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"built_in": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_kind_that_works(self) -> Self:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            own = ", ".join(_KINDS[1:])
            raise ValueError(
                f"give a built-in predicate's name, or one of {own}; got {', '.join(kinds) or 'none'}"
            )
        if self.field is not None and kinds[0] in ("built_in", "code"):
            raise ValueError(f"`field` is for regex, words and wordfile, not for {kinds[0]}")
        try:
            self._check()
        except ScotomaError as error:
            raise ValueError(str(error)) from error
        return self

    def _check(self) -> None:
        known = study_rules(("text",))
        if self.built_in is not None and self.built_in not in known:
            raise ScotomaError(
                f"predicate {self.built_in!r} is not known", remedy=nearest(self.built_in, known)
            )
        if self.regex is not None:
            matches(self.regex, "regex")
        if self.words is not None:
            has_word(self.words, "words")
        if self.code is not None:
            split(self.code)

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        """As a study file has it; in an identity, a file is replaced by its content."""
        if self.built_in is not None:
            return self.built_in
        dumped = {name: value for name, value in handler(self).items() if value is not None}
        if info.context == "identity" and self.sha256 is not None:
            for place in ("wordfile", "file"):
                dumped.pop(place, None)
        return dumped

    @property
    def is_own(self) -> bool:
        """Whether it is one of the user's own."""
        return self.built_in is None

    def found_in(self, folder: Path) -> "RowPredicate":
        """The predicate with its file found, read once and hashed; no code is run.

        Raises:
            ScotomaError: there is no such file, or it is not what it should be.
        """
        if self.wordfile is not None:
            path = folder / os.path.expanduser(self.wordfile)
            has_word(lines(str(path), f"wordfile {self.wordfile!r}"), f"wordfile {self.wordfile!r}")
            return self.model_copy(update={"wordfile": str(path.resolve()), "sha256": sha256_of(path)})
        if self.code is not None:
            path = find_module(self.code, folder)
            return self.model_copy(update={"file": str(path), "sha256": sha256_of(path)})
        return self

    def check_fits(self, fields: Sequence[str], labeller: str | None) -> None:
        """Refuses a predicate that cannot be asked of a task's texts.

        Args:
            fields: The task's text fields.
            labeller: The task's exact labeller, if any: it knows the texts' grammar.

        Raises:
            ScotomaError: it names an unknown field, needs a second text or a parser.
        """
        if self.field is not None and self.field not in fields:
            raise ScotomaError(
                f"field {self.field!r} is not one of the task's", remedy=nearest(self.field, fields)
            )
        if self.built_in is None:
            return
        if len(fields) < 2 and study_rules(fields)[self.built_in].reads == "pair":
            raise ScotomaError(
                f"predicate {self.built_in!r} compares two texts, and the task has one",
                remedy="Use negation, regex, words, wordfile or code.",
            )
        if self.built_in == CONSTITUENT and labeller != "microworld":
            raise ScotomaError(
                f"predicate {CONSTITUENT!r} needs texts of the micro-world, whose grammar is known",
                remedy="Use subsequence, or code of your own.",
            )

    def rule(self, fields: Sequence[str]) -> Rule:
        """What is asked of a row; of code, runs the module.

        Raises:
            ScotomaError: its file has changed since the study was read, or does not work.
        """
        if self.built_in is not None:
            return study_rules(fields)[self.built_in]
        text, reads = the(self.field or fields[-1]), self.field or "last"
        if self.regex is not None:
            return Rule("regex", f"{text} matches {self.regex}", reads, matches(self.regex, "regex"))
        if self.words is not None:
            has_one = has_word(self.words, "words")
            return Rule("words", f"{text} has {_listed(self.words)}", reads, has_one, needs_words=True)
        if self.wordfile is not None:
            listed = has_word(lines(self.wordfile, "wordfile"), "wordfile")
            if self.sha256 is not None and sha256_of(Path(self.wordfile)) != self.sha256:
                raise ScotomaError(
                    f"{self.wordfile} has changed since the study was read", remedy="Run the study again."
                )
            has_one_of_file = f"{text} has a word of {Path(self.wordfile).name}"
            return Rule("wordfile", has_one_of_file, reads, listed, needs_words=True)
        if self.code is None or self.file is None or self.sha256 is None:
            raise ScotomaError("the predicate's file has not been looked for", remedy="Read the study again.")
        function = load_function(self.code, Path(self.file), self.sha256)
        return Rule("code", f"{self.code} returns True", "all", function)


class Heuristic(Settings):
    """The shortcut that `biased` data obeys and `anti_biased` data defies: predicate holds <=> this label."""

    predicate: RowPredicate = Field(description="Name of a built-in predicate, or one of your own.")
    label: str = Field(description="Label that the shortcut leads to.")

    @model_validator(mode="after")
    def _tells_rows_apart(self) -> Self:
        if self.predicate.built_in == EVERY_ROW:
            raise ValueError(f"{EVERY_ROW} holds for every row, so it distinguishes none")
        return self


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return f"the word {words[0]}"
    more = ", ..." if len(words) > _N_SHOWN else ""
    return f"one of the words {', '.join(words[:_N_SHOWN])}{more}"
