"""Reads an offline W&B file: a LevelDB log of protobuf records."""

import json
import struct
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
    """What a file holds: the run, its exit code, and the logged values by step."""

    run: Any = None
    exit_code: int | None = None
    steps: dict[int, dict[str, Any]] = field(default_factory=dict)


def read_records(path: Path) -> Records:
    """Return the records of one file."""
    records = Records()
    for content in _split(path.read_bytes()):
        record = Record()
        record.ParseFromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            records.run = record.run
        elif kind == "exit":
            records.exit_code = record.exit.exit_code
        elif kind == "history":
            items = {
                item.key or item.nested_key[0]: json.loads(item.value_json)
                for item in record.history.item
            }
            kept = {name: value for name, value in items.items() if not name.startswith("_")}
            if kept:
                records.steps[record.history.step.num] = kept
    return records


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
