"""What draws Vega-Lite in a browser. To bundle it takes seconds, so it is kept for the next report."""

import hashlib
import importlib.metadata
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import altair as alt
import vl_convert

from scotoma.store.disk import write_whole


@lru_cache(maxsize=1)
def script() -> str:
    """The script in one piece, as `vegaEmbed`: from the user's cache, or bundled and put there."""
    cache = _cache()
    path = cache and cache / f"vega-{importlib.metadata.version('vl-convert-python')}-{version()}.js"
    cached = path and _read(path)
    if cached:
        return cached
    made = str(vl_convert.javascript_bundle(vl_version=version()))  # type: ignore[call-arg]  # may be left out
    if path:
        with suppress(OSError):  # a home that cannot be written to: then it is bundled each time
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, f"{_digest(made)}\n{made}")
    return made


def version() -> str:
    """The version of Vega-Lite that altair writes, as vl-convert names it."""
    major, minor, _ = alt.SCHEMA_VERSION.lstrip("v").split(".")
    return f"{major}.{minor}"


def _cache() -> Path | None:
    """The user's cache; None for a user without a home, as a container's may be."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scotoma"
    except RuntimeError:
        return None


def _read(path: Path) -> str | None:
    """What was kept; None if nothing was, or not all of it."""
    try:
        digest, _, content = path.read_text(encoding="utf8").partition("\n")
    except (OSError, ValueError):
        return None
    return content if digest == _digest(content) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf8")).hexdigest()
