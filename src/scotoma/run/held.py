"""The finished steps that a store holds, of any study, and which of them are one study's."""

import contextlib
from collections.abc import Iterator, Mapping, Set
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.store.store import Store


class Held:
    """The finished steps of a store, each read at most once.

    Attributes:
        finished: Their keys.
    """

    def __init__(self, store: Store) -> None:
        self.finished = set(store.finished())
        self._store = store
        self._manifests: dict[str, dict[str, Any] | None] = {}

    def manifest(self, key: str) -> dict[str, Any] | None:
        """What is recorded of a finished step; None of a damaged one, which explains nothing."""
        if key not in self._manifests:
            self._manifests[key] = None
            with contextlib.suppress(ScotomaError):
                self._manifests[key] = self._store.manifest_of(key)
        return self._manifests[key]

    def of_study(self, recorded: Set[str]) -> set[str]:
        """These models and predictions, all that they were made from, and what else rests on that alone.

        Removed weights are among them: of a start, only its answers may be left, on which nothing rests.
        """
        found: set[str] = set()
        new = set(recorded) if recorded & self.finished else set[str]()
        while new:
            found |= new
            new = {key for one in new for key in self._made_from(one)} - found
        if not found:
            return found
        rest = {key: self._made_from(key) for key in self.finished - found}
        made_from = found.union(*rest.values())
        return found | {key for key, of in rest.items() if of and of <= found and key not in made_from}

    def _made_from(self, key: str) -> set[str]:
        manifest = self.manifest(key) if key in self.finished else None
        return set(keys_in(manifest["inputs"])) if manifest else set()


def keys_in(inputs: Any) -> Iterator[str]:
    """Keys of steps anywhere in the inputs."""
    if isinstance(inputs, str):
        yield inputs
    elif isinstance(inputs, Mapping):
        yield from keys_in(list(inputs.values()))
    elif isinstance(inputs, list):
        for one in inputs:
            yield from keys_in(one)
