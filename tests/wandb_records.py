"""Reads an offline W&B file: a LevelDB log of protobuf records."""

import json
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record

BLOCK = 32768
FILE_HEADER = 7
HEADER = struct.Struct("<IHB")
FULL, LAST = 1, 4


@dataclass
class Records:
    """What a file holds: the run, its exit code, its settings and what was logged."""

    run: Any = None
    exit_code: int | None = None
    config: dict[str, Any] = field(default_factory=dict)
    steps: dict[int, dict[str, Any]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: list[Any] = field(default_factory=list)


def read_runs(folder: Path) -> list[Records]:
    """Return the runs of a folder `wandb`, in the order in which they began."""
    return [read_records(path) for path in sorted(folder.glob("offline-run-*/*.wandb"))]


def read_records(path: Path) -> Records:
    """Return the records of one file; waits for its end, which W&B's own process writes."""
    for _ in range(100):
        records = _read(path)
        if records.exit_code is not None:
            break
        time.sleep(0.05)
    return records


def _read(path: Path) -> Records:
    records = Records()
    for content in _split(path.read_bytes()):
        record = Record()
        record.ParseFromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            records.run = record.run
            records.config = _read_items(record.run.config.update)
        elif kind == "exit":
            records.exit_code = record.exit.exit_code
        elif kind == "history":
            kept = _read_items(record.history.item)
            if kept:
                records.steps[record.history.step.num] = kept
        elif kind == "summary":
            records.summary |= _read_items(record.summary.update)
        elif kind == "artifact":
            records.artifacts.append(record.artifact)
    return records


def _read_items(items) -> dict[str, Any]:
    values = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}
    return {name: value for name, value in values.items() if not name.startswith("_")}


def _split(content: bytes):
    place, parts = FILE_HEADER, []
    while place + HEADER.size <= len(content):
        left = BLOCK - place % BLOCK
        if left < HEADER.size:
            place += left
            continue
        _, length, kind = HEADER.unpack_from(content, place)
        place += HEADER.size
        parts.append(content[place : place + length])
        place += length
        if kind in (FULL, LAST):
            yield b"".join(parts)
            parts = []
