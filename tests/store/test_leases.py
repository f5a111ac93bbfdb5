"""Leases between hosts whose locks do not see each other, in one process: it moves from host to host."""

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from scotoma.store import leases
from scotoma.store.leases import Leases
from toy import on_host


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_host", "_lock", "_BEAT", "_SILENCE"):
        monkeypatch.setattr(leases, name, getattr(leases, name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock of whoever waits on by so many seconds; it stands still otherwise."""
    now = [1000.0]
    monkeypatch.setattr(leases.time, "monotonic", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def takes(waiting: Leases, name: str = "work") -> bool:
    with waiting.take(name) as lease:
        return lease is not None


def held_by_a_silent_host(folder: Path, ends: ExitStack) -> leases.Lease:
    """A lease whose holder is on host a and gives no sign of life; then we are on host b."""
    on_host("a")
    leases._BEAT, leases._SILENCE = 1e6, 60.0
    lease = ends.enter_context(Leases(folder).take("work"))
    assert lease is not None
    on_host("b")
    leases._SILENCE = 60.0
    return lease


def test_a_lease_that_has_ended_passes_on_at_once(folder: Path) -> None:
    on_host("a")
    assert takes(Leases(folder))
    on_host("b")
    assert takes(Leases(folder))
    assert sorted(path.name for path in (folder / "work").iterdir()) == ["2", "lock"]


def test_another_host_s_lease_is_left_alone_while_it_gives_signs_of_life(folder: Path) -> None:
    on_host("a")
    with Leases(folder).take("work") as lease:
        assert lease is not None
        on_host("b")
        waiting, until = Leases(folder), time.monotonic() + 3 * leases._SILENCE
        while time.monotonic() < until:
            assert not takes(waiting)
            time.sleep(0.02)
        assert not lease.lost()


def test_a_host_that_is_silent_for_a_minute_is_taken_over(
    folder: Path, clock: Callable[[float], None]
) -> None:
    with ExitStack() as ends:
        lost, waiting = held_by_a_silent_host(folder, ends), Leases(folder)
        for _ in range(3):
            assert not takes(waiting)
            clock(20)
        assert not lost.lost()
        with waiting.take("work") as ours:
            assert ours is not None
            assert ours.number == lost.number + 1
            assert lost.lost()


def test_one_that_comes_back_does_not_end_the_lease_of_who_took_over(
    folder: Path, clock: Callable[[float], None]
) -> None:
    with ExitStack() as before, ExitStack() as after:
        held_by_a_silent_host(folder, before)
        waiting = Leases(folder)
        for _ in range(3):
            assert not takes(waiting)
            clock(20)
        ours = after.enter_context(waiting.take("work"))
        before.close()
        assert ours is not None
        assert not ours.lost()
        on_host("c")
        assert not takes(Leases(folder))


def test_of_two_who_waited_one_takes_over(folder: Path, clock: Callable[[float], None]) -> None:
    with ExitStack() as ends:
        held_by_a_silent_host(folder, ends)
        one, other = Leases(folder), Leases(folder)
        for _ in range(3):
            assert not takes(one)
            assert not takes(other)
            clock(20)
        with one.take("work") as lease:
            assert lease is not None
            on_host("c")
            assert not takes(other)


def test_two_who_see_a_free_lease_in_the_same_instant_cannot_both_have_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_host("a")
    seen = leases._newest(folder / "work")
    with Leases(folder).take("work") as lease:
        assert lease is not None
        on_host("b")
        monkeypatch.setattr(leases, "_newest", lambda folder: seen)
        assert not takes(Leases(folder))


def test_who_did_not_listen_heard_no_silence(folder: Path, clock: Callable[[float], None]) -> None:
    with ExitStack() as ends:
        held_by_a_silent_host(folder, ends)
        waiting = Leases(folder)
        assert not takes(waiting)
        clock(3600)
        assert not takes(waiting)


def test_clocks_that_are_wrong_or_jump_take_nothing_over_and_keep_nothing(
    folder: Path, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as ends:
        lost, waiting = held_by_a_silent_host(folder, ends), Leases(folder)
        wall = iter((0.0, 4e9, 1e9, 0.0, 4e9))
        monkeypatch.setattr(leases.time, "time", lambda: next(wall))
        # Touched in 1970, then in the future: signs of life both.
        for touched in (0, 2_000_000_000):
            os.utime(lost.file, (touched, touched))
            for _ in range(3):
                assert not takes(waiting)
                clock(20 if touched else 19)
        assert takes(waiting)


def test_without_any_locks_a_lease_of_one_s_own_host_is_judged_by_signs_of_life(
    folder: Path, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    leases._BEAT = 1e6
    with Leases(folder).take("work") as lease:
        assert lease is not None
        waiting = Leases(folder)
        for _ in range(3):
            assert not takes(waiting)
            clock(20)
        assert takes(waiting)


def test_on_one_host_a_process_that_is_suspended_is_taken_over_too(
    folder: Path, clock: Callable[[float], None]
) -> None:
    leases._BEAT = 1e6
    with Leases(folder).take("work") as lost:
        assert lost is not None
        waiting = Leases(folder)
        for _ in range(3):
            assert not takes(waiting)
            clock(20)
        with waiting.take("work") as ours:
            assert ours is not None
            assert lost.lost()
            held = Leases(folder).holder("work")
            assert held is not None
            assert not held.sure


def test_who_took_over_without_the_lock_is_not_taken_for_dead_once_the_lock_is_free(
    folder: Path, clock: Callable[[float], None]
) -> None:
    leases._BEAT = 1e6
    with ExitStack() as suspended, ExitStack() as ends:
        suspended.enter_context(Leases(folder).take("work"))
        waiting = Leases(folder)
        for _ in range(3):
            assert not takes(waiting)
            clock(20)
        ours = ends.enter_context(waiting.take("work"))
        suspended.close()  # it has come back, and ended
        assert ours is not None
        for _ in range(3):
            assert not takes(other := Leases(folder))
            assert other.holder("work") is not None
        assert not ours.lost()
    assert takes(Leases(folder))


def test_a_lease_of_before_it_said_whether_it_had_the_lock_ends_with_it(folder: Path) -> None:
    (folder / "work").mkdir()
    record = {"host": leases._host(), "name": "here", "since": "2026-01-01T00:00:00Z"}
    (folder / "work" / "1").write_text(json.dumps(record))
    assert takes(Leases(folder))


@pytest.mark.parametrize("text", ["[]", "5", "{", ""])
def test_a_lease_of_another_shape_is_somebody_s_until_it_has_gone_untouched(
    text: str, folder: Path, clock: Callable[[float], None]
) -> None:
    (folder / "work").mkdir()
    (folder / "work" / "1").write_text(text)
    waiting = Leases(folder)
    for _ in range(3):
        assert not takes(waiting)
        clock(20)
    assert takes(waiting)


def test_one_look_tells_who_has_it_and_how_sure_that_is(folder: Path) -> None:
    looking = Leases(folder)
    assert looking.holder("work") is None
    with looking.take("work"):
        here = looking.holder("work")
        assert here is not None
        assert here.sure
    assert looking.holder("work") is None
    on_host("a")
    with looking.take("work"):
        on_host("b")
        there = looking.holder("work")
        assert there is not None
        assert not there.sure
        assert there.since <= there.heard
    assert looking.holder("work") is None
