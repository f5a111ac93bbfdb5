"""What the published ids of HANS stand for."""

from scotoma.worlds.hans import SUBCASES
from scotoma.worlds.hans.published import N_PUBLISHED, published
from shared_data import read_tsv, shared_file


def test_every_published_id_has_its_gold_label_heuristic_and_subcase() -> None:
    rows = read_tsv(shared_file("hans/hans_gold_by_pairid.tsv.xz"))
    assert len(rows) == N_PUBLISHED == 30_000
    found = published([row["pairID"] for row in rows])
    told = [(case.label, case.heuristic, case.name) for case in found if case is not None]
    assert told == [(row["gold_label"], row["heuristic"], row["subcase"]) for row in rows]


def test_an_id_stands_for_the_subcase_of_its_thousand() -> None:
    first, last = published(["ex999", "ex29000"])
    assert first == SUBCASES[0]
    assert last == SUBCASES[29]


def test_an_id_is_known_whatever_its_case() -> None:
    assert published(["EX0", "Ex1000", "eX29999"]) == [SUBCASES[0], SUBCASES[1], SUBCASES[29]]


def test_other_ids_stand_for_nothing() -> None:
    strange = ["0", "30000", "ex30000", "ex-1", "ex01", "ex", "reex1", "ex1 ", "ex٣"]
    assert published(strange) == [None] * len(strange)
