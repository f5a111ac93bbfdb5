"""Numbers as they are printed: three digits, no leading zero, a sign where it is a difference.

And other people's text, safe to print.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

_PER_CENT = re.compile(r"(?<=\d) (?=%)")


def number(value: float | None, *, digits: int = 3) -> str:
    """`.850`, `-3.42`, `12.100`; `none` for a number that is not defined."""
    if value is None:
        return "none"
    # + 0.0 turns a rounded -0.0 into 0.0
    return _without_leading_zero(f"{round(value, digits) + 0.0:.{digits}f}")


def signed(value: float | None, *, digits: int = 3) -> str:
    """`+.031`, `-.062`; `none` for a number that is not defined."""
    if value is None:
        return "none"
    return _without_leading_zero(f"{round(value, digits) + 0.0:+.{digits}f}")


def mean_and_sd(mean: float | None, sd: float | None, *, digits: int = 3) -> str:
    """`.850 ± .012`; without the spread where there is none."""
    return number(mean, digits=digits) + (f" ± {number(sd, digits=digits)}" if sd is not None else "")


def with_interval(mean: float | None, low: float | None, high: float | None, *, digits: int = 3) -> str:
    """`-.062 [-.090, -.034]`; without the interval where there is none."""
    interval = "" if low is None else f" [{signed(low, digits=digits)}, {signed(high, digits=digits)}]"
    return signed(mean, digits=digits) + interval


def p_value(value: float | None) -> str:
    """`.031`, `below .001`; `none` for one that is not defined."""
    return "below .001" if value is not None and value < 0.001 else number(value)


def percent(value: float) -> str:
    """`95 %`, `97.5 %`."""
    return f"{round(100 * value, 6):g} %"


def significant(value: float, digits: int) -> str:
    """`12,345`, `30.1`, `0.0186`: so many digits, or all before the point, and never an exponent."""
    rounded = Decimal(f"{value:.{digits}g}")
    return f"{rounded:,f}" if abs(rounded) < 10**digits else f"{value:,.0f}"


def first_of(texts: Sequence[str], n: int = 5, *, separator: str = ", ") -> str:
    """The first n texts, and how many more there are: `a, b and 3 more`; `a; b; and 3 more`."""
    stop = ";" if separator.startswith(";") else ""
    more = f"{stop} and {len(texts) - n:,} more" if len(texts) > n else ""
    return separator.join(texts[:n]) + more


def unbroken(text: str, *, space: str = "\N{NO-BREAK SPACE}") -> str:
    """The text in which no line ends between a number and its per-cent sign."""
    return _PER_CENT.sub(space, text)


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `12 days`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    if hours >= 100:
        return f"{round(hours / 24):,} days"
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"


def in_bytes(n: float) -> str:
    """`12.3 MB`, `3.4 GB`, in powers of a thousand; empty for none."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return f"{significant(n / size, 3)} {unit}"
    return f"{n:.0f} B" if n else ""


def counted(n: int, noun: str) -> str:
    """`1 replicate`, `5 replicates`, `2 processes`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}{'es' if noun.endswith('s') else 's'}"


def visible(text: str, *, keep: str = "\n") -> str:
    """The text with what cannot be printed written out, as `repr` does: `\\x1b`, `\\u202e`, `\\udcff`.

    So no escape sequence, reversed writing direction or unpaired surrogate reaches a terminal or a page.

    Args:
        text: Text from any source.
        keep: Characters that stay as they are; none where a text must stay on one line.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in keep else repr(one)[1:-1] for one in text)


def _without_leading_zero(text: str) -> str:
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    return sign + (digits[1:] if digits.startswith("0.") else digits)


def is_unicode(text: str) -> bool:
    """Whether a text can be written; JSON can hold an unpaired surrogate, which cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
