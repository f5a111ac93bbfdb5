"""Rows that contradict what is known of them are refused."""

from collections.abc import Mapping, Sequence

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS, MICROWORLD, PAWS, BlindSpot
from scotoma.blindspots.known import check_known
from scotoma.study.settings.sources import Source
from scotoma.worlds.hans import SUBCASES, generate
from scotoma.worlds.microworld import blindspot_set

OTHER = {"entailment": "non-entailment", "non-entailment": "entailment"}


def check(
    blindspot: BlindSpot,
    *,
    ids: Sequence[str],
    labels: Sequence[str | None],
    heuristics: Sequence[str | None] | None = None,
    subcases: Sequence[str | None] | None = None,
    words: Sequence[object] | None = None,
) -> None:
    def remedy_for(meanings: Mapping[str, str]) -> str:
        return f"Say {','.join(f'{word}={label}' for word, label in meanings.items())}."

    nothing = [None] * len(ids)
    check_known(
        blindspot,
        ids=ids,
        labels=labels,
        heuristics=heuristics or nothing,
        subcases=subcases or nothing,
        words=words,
        where="a.csv",
        remedy_for=remedy_for,
    )


def test_what_agrees_or_says_nothing_passes() -> None:
    ids = [f"ex{n}" for n in range(0, 30_000, 500)]
    cases = [SUBCASES[n // 1000] for n in range(0, 30_000, 500)]
    check(
        HANS,
        ids=ids,
        labels=[case.label for case in cases],
        heuristics=[case.heuristic for case in cases],
        subcases=[case.name for case in cases],
    )
    check(HANS, ids=ids, labels=[None] * len(ids), subcases=[""] * len(ids))
    check(HANS, ids=["a", "b"], labels=["entailment"] * 2, subcases=["my own", "le_of_mine"])


def test_gold_labels_turned_round_against_published_ids_are_told_with_what_fixes_them() -> None:
    ids = [f"ex{n}" for n in range(30_000)]
    turned = [OTHER[SUBCASES[n // 1000].label] for n in range(30_000)]
    words = [int(label == "non-entailment") for label in turned]
    with pytest.raises(
        ScotomaError,
        match=r"^the gold label of 30,000 of 30,000 rows is not that of their published id, so labels are "
        r"coded the other way round: ex0 is non-entailment, and the file says 'entailment'; ex1 .* and "
        r"29,997 more \(a\.csv\)\. Say 0=non-entailment,1=entailment\.$",
    ):
        check(HANS, ids=ids, labels=turned, words=words)


def test_labels_are_turned_round_where_nearly_all_contradict_and_not_where_some_do() -> None:
    rows = generate(10, 0)
    ids, subcases = [row.id for row in rows], [row.subcase for row in rows]
    nearly_all = [row.label if n % 20 == 0 else OTHER[row.label] for n, row in enumerate(rows)]
    with pytest.raises(ScotomaError, match=r"285 of 300 rows.*other way round.*Say entailment=non-entail"):
        check(HANS, ids=ids, labels=nearly_all, subcases=subcases)
    some = [OTHER[row.label] if n % 20 == 0 else row.label for n, row in enumerate(rows)]
    with pytest.raises(
        ScotomaError,
        match=r"^the gold label of 15 of 300 rows is not that of their subcase: ln_subject/object_swap is "
        r"non-entailment, and row 'row0' says 'entailment'.* Look at how",
    ):
        check(HANS, ids=[f"row{n}" for n in range(300)], labels=some, subcases=subcases)


def test_rows_that_the_grammars_wrote_are_known_by_their_ids() -> None:
    for blindspot, rows in ((HANS, generate(1, 0)), (MICROWORLD, blindspot_set(1, 0))):
        ids = [row.id for row in rows]
        check(blindspot, ids=ids, labels=[row.label for row in rows], subcases=[row.subcase for row in rows])
        with pytest.raises(ScotomaError, match=r"of 30 of 30 rows is not that of their id, so .*round"):
            check(blindspot, ids=ids, labels=[OTHER[row.label] for row in rows])
    with pytest.raises(ScotomaError, match=r"subcase of 1 of 1 rows is not that of their id"):
        check(HANS, ids=["gen-le_passive-3"], labels=[None], subcases=["le_conjunction"])
    check(HANS, ids=["gen-mine-0", "gen-le_passive"], labels=["non-entailment"] * 2)


def test_a_heuristic_that_is_not_its_subcases_is_refused() -> None:
    for blindspot, rows in ((HANS, generate(1, 0)), (MICROWORLD, blindspot_set(1, 0))):
        heuristics = ["subsequence", *(row.heuristic for row in rows[1:])]
        with pytest.raises(ScotomaError, match=r"heuristic of 1 of 30 rows .* is lexical_overlap, and row"):
            check(
                blindspot,
                ids=[f"row{n}" for n in range(30)],
                labels=[row.label for row in rows],
                heuristics=heuristics,
                subcases=[row.subcase for row in rows],
            )


def test_a_subcase_that_is_not_its_published_ids_is_refused() -> None:
    with pytest.raises(ScotomaError, match=r"subcase of 1 of 2 rows .*ex0 is ln_sub.*need other ids\.$"):
        check(
            HANS,
            ids=["ex0", "ex1000"],
            labels=["non-entailment"] * 2,
            subcases=["ln_passive", "ln_preposition"],
        )


def test_own_blind_spots_are_held_to_what_they_share_with_hans() -> None:
    own = HANS.model_copy(
        update={
            "name": "own",
            "label_map": {"entailment": "entailment", "neutral": "no", "contradiction": "no"},
        }
    )
    with pytest.raises(ScotomaError, match=r"ex0 is no, and the file says 'entailment'"):
        check(own, ids=["ex0"], labels=["entailment"])
    one = own.model_copy(update={"heuristics": {"overlap": "A premise entails its words."}})
    check(one, ids=["ex0"], labels=["entailment"], heuristics=["overlap"])
    with pytest.raises(ScotomaError, match=r"le_conjunction is entailment"):
        check(one, ids=["a"], labels=["no"], heuristics=["overlap"], subcases=["le_conjunction"])


def test_rows_are_held_to_what_is_known_wherever_the_two_labels_tell_entailment_from_the_rest() -> None:
    not_entailed = HANS.model_copy(update={"target": "non-entailment"})
    with pytest.raises(ScotomaError, match="ex0 is non-entailment, and the file says 'entailment'"):
        check(not_entailed, ids=["ex0"], labels=["entailment"])
    # What does not follow may be neutral, and so count as entailment here.
    merged = {"entailment": "entailment", "neutral": "entailment", "contradiction": "contradiction"}
    check(HANS.model_copy(update={"label_map": merged}), ids=["ex0"], labels=["entailment"])


def test_ids_of_other_data_stand_for_nothing() -> None:
    check(PAWS, ids=["ex0"], labels=["duplicate"])
    check(MICROWORLD, ids=["ex0"], labels=["entailment"])
    marked = HANS.model_copy(update={"source": Source(file="a.tsv")})
    with pytest.raises(ScotomaError, match="ex0 is non-entailment"):
        check(marked, ids=["ex0"], labels=["entailment"])
