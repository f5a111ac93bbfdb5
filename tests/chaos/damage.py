"""Damage to files of finished artifacts, as a failing disk or a slip of somebody's hand leaves it."""

import random
from collections.abc import Callable
from pathlib import Path


def bit_flipped(file: Path, draw: random.Random) -> None:
    """One bit of it is another."""
    content = bytearray(file.read_bytes() or b"\0")
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    file.write_bytes(content)


def cut(file: Path, draw: random.Random) -> None:
    """It ends somewhere in its middle."""
    content = file.read_bytes()
    file.write_bytes(content[: draw.randrange(max(1, len(content)))])


def lengthened(file: Path, draw: random.Random) -> None:
    """Something stands after its end."""
    with file.open("ab") as end:
        end.write(draw.randbytes(draw.randint(1, 600)))


def zeroed(file: Path, draw: random.Random) -> None:
    """A block of it is zeros, as a lost sector is."""
    content = bytearray(file.read_bytes())
    start = draw.randrange(max(1, len(content)))
    content[start : start + 512] = bytes(len(content[start : start + 512]))
    file.write_bytes(content)


def removed(file: Path, draw: random.Random) -> None:
    """It is gone."""
    file.unlink()


KINDS: tuple[Callable[[Path, random.Random], None], ...] = (bit_flipped, cut, lengthened, zeroed, removed)


def damage(done: Path, draw: random.Random) -> str | None:
    """Damages a file of a finished artifact; gives the kind of damage, or None where nothing is finished.

    A stage is drawn first, then a file of one of its artifacts, so that rare stages are met as often.
    """
    files = [path for path in sorted(done.glob("*/**/*")) if path.is_file()]
    if not files:
        return None
    stages = sorted({path.relative_to(done).parts[0].partition("-")[0] for path in files})
    stage = draw.choice(stages)
    file = draw.choice([path for path in files if path.relative_to(done).parts[0].startswith(f"{stage}-")])
    kind = draw.choice(KINDS)
    # Artifacts are made read-only; whoever damages one by hand has made it writable.
    file.chmod(0o600)
    file.parent.chmod(0o700)
    kind(file, draw)
    return kind.__name__
