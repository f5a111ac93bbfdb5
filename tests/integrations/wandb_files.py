"""What W&B wrote without a network: the records of a run's file, a log of blocks as LevelDB has it."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BLOCK, _HEADER = 32 * 1024, 7
_FULL, _LAST = 1, 4


def runs(folder: Path) -> dict[str, list[Any]]:
    """By its name, the records of each run in a folder, parsed."""
    import wandb
    from wandb.proto import wandb_internal_pb2

    wandb.teardown()  # its other process writes the files' ends
    found = {}
    for path in folder.glob("wandb/offline-run-*/*.wandb"):
        records = []
        for data in _parts(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            records.append(record)
        found[begun(records).display_name] = records
    return found


def begun(records: list[Any]) -> Any:
    """What a run says of itself when it begins."""
    return next(record.run for record in records if record.WhichOneof("record_type") == "run")


def history(records: list[Any]) -> list[dict[str, Any]]:
    """Every row that was logged, by name."""
    rows = [record.history.item for record in records if record.WhichOneof("record_type") == "history"]
    return [{_name(item): json.loads(item.value_json) for item in row} for row in rows]


def summary(records: list[Any]) -> dict[str, Any]:
    """What the run's summary says in the end."""
    found: dict[str, Any] = {}
    for record in records:
        if record.WhichOneof("record_type") == "summary":
            found |= {_name(item): json.loads(item.value_json) for item in record.summary.update}
    return found


def _name(item: Any) -> str:
    return item.key or "/".join(item.nested_key)


def _parts(data: bytes) -> Iterator[bytes]:
    at, whole = _HEADER, b""
    while at + _HEADER <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < _HEADER:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + _HEADER])
        whole += data[at + _HEADER : at + _HEADER + length]
        at += _HEADER + length
        if kind in (_FULL, _LAST):
            yield whole
            whole = b""
