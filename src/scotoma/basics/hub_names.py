"""Whether names are on the Hugging Face hub: asked with a short timeout, and not if offline."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scotoma.basics.errors import ScotomaError

#: Seconds to wait for answers. Without a network, none comes.
_HURRY = 1.5


@dataclass(frozen=True)
class HubName:
    """A repository on the hub that a study uses.

    Attributes:
        kind: Whether the repository holds a model or a data set.
        name: Name of the repository on the hub.
        revision: A commit, a branch or a tag; None takes the newest.
    """

    kind: Literal["model", "dataset"]
    name: str
    revision: str | None

    def __str__(self) -> str:
        return f"{'data set' if self.kind == 'dataset' else 'model'} {self.name!r}"


class HubQuestions:
    """Asks for all names at once, in threads that start when it is made.

    If `HF_HUB_OFFLINE` is set, the hub is not asked; names that cannot be on it are refused all the same.

    Args:
        names: Repositories; one that is named twice is asked for once.
    """

    def __init__(self, names: Iterable[HubName]) -> None:
        self._refusals: list[ScotomaError] = []
        self._until = time.monotonic() + _HURRY
        self._asking: list[threading.Thread] = []
        for name in dict.fromkeys(names):
            if refusal := _refusal_of_form(name):
                self._refusals.append(refusal)
            elif not _is_offline():
                thread = threading.Thread(target=self._ask, args=(name,), daemon=True)
                self._asking.append(thread)
                thread.start()

    def refusals(self) -> list[ScotomaError]:
        """An error for each name that cannot be had, of those that the hub has answered for in time."""
        for thread in self._asking:
            thread.join(max(0.0, self._until - time.monotonic()))
        return sorted(self._refusals, key=str)

    def _ask(self, name: HubName) -> None:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

        try:
            HfApi().repo_info(name.name, repo_type=name.kind, revision=name.revision, timeout=_HURRY)
        except GatedRepoError:
            return  # it exists, for those with access
        except RepositoryNotFoundError:
            problem, remedy = f"{name} is not on the hub, or is private", "sign in with `hf auth login`"
        except RevisionNotFoundError:
            problem, remedy = f"{name} on the hub has no revision {name.revision!r}", "leave the revision out"
        except (OSError, RuntimeError, ValueError, _http_error()):
            return  # no network, or no answer: not the study's fault
        self._refusals.append(ScotomaError(problem, remedy=f"Correct the name, or {remedy}."))


def _http_error() -> type[Exception]:
    """Base class of the errors of the HTTP library that this version of huggingface_hub uses."""
    from huggingface_hub.errors import HfHubHTTPError

    return next(kind for kind in HfHubHTTPError.__mro__ if kind.__name__ == "HTTPError")


def _refusal_of_form(name: HubName) -> ScotomaError | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        try_to_load_from_cache(name.name, "config.json", repo_type=name.kind)  # checks the name, too
    except HFValidationError as error:
        return ScotomaError(
            f"{name} is neither a folder here nor a possible name on the hub",
            remedy=f"Correct the path or the name. {error}",
        )
    return None


def _is_offline() -> bool:
    from huggingface_hub import constants

    return constants.is_offline_mode()
