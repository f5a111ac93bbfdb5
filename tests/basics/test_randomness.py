from scotoma.basics.randomness import seed_of, stream


def test_the_same_names_give_the_same_draws() -> None:
    assert stream(0, "sample", 1).random(3).tolist() == stream(0, "sample", 1).random(3).tolist()


def test_another_seed_or_name_gives_other_draws() -> None:
    draws = [
        stream(*key).random()
        for key in ((0, "sample", 1), (1, "sample", 1), (0, "sample", 2), (0, "order", 1), (0, "sample", "1"))
    ]
    assert len(set(draws)) == len(draws)


def test_names_are_not_run_together() -> None:
    assert seed_of(0, "ab", "c") != seed_of(0, "a", "bc")


def test_a_seed_is_a_63_bit_integer() -> None:
    assert all(0 <= seed_of(0, "x", i) < 2**63 for i in range(100))
