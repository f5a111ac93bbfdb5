"""Which rows of a blind spot a training is watched on."""

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BLINDSPOTS
from scotoma.integrations.rows import draw_rows

N_SUBCASES = 5
#: Pairs that a grammar writes: what the callback draws without a network.
WRITTEN = ("hans", "microworld")


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("n", [1, 7, 50])
def test_every_cell_has_so_many_rows_spread_evenly_over_its_subcases(name: str, n: int) -> None:
    rows = draw_rows(BLINDSPOTS[name], n, 0)
    cells = rows.group_by("heuristic", "label").len()
    assert cells["len"].to_list() == [n] * 6
    subcases = rows.group_by("heuristic", "label", "subcase").len()
    assert subcases.height == 6 * min(n, N_SUBCASES)
    assert set(subcases["len"]) <= {n // N_SUBCASES, -(-n // N_SUBCASES)}
    assert rows["id"].n_unique() == rows.height


@pytest.mark.parametrize("name", WRITTEN)
def test_the_seed_draws_the_rows(name: str) -> None:
    one, same, other = (draw_rows(BLINDSPOTS[name], 8, seed) for seed in (0, 0, 1))
    assert one.equals(same)
    assert set(one["premise"]) != set(other["premise"])


@pytest.mark.parametrize("name", WRITTEN)
def test_fewer_rows_are_among_more(name: str) -> None:
    few, many = (draw_rows(BLINDSPOTS[name], n, 0) for n in (5, 20))
    assert set(few["id"]) < set(many["id"])
    assert few.equals(many.filter(many["id"].is_in(few["id"].to_list())))


def test_single_texts_are_refused() -> None:
    with pytest.raises(
        ScotomaError, match="'microworld_marker' has single texts, and the callback watches pairs"
    ):
        draw_rows(BLINDSPOTS["microworld_marker"], 5, 0)
