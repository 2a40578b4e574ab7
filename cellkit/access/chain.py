"""The hash chain of the audit log: each line states its number, and a hash over the line before and itself.

``hash`` is the SHA-256 of the hash of the line before (hexadecimal; empty for the first line) and of the line without
``hash``. The first line of a file also states the hash of the line before as ``previous``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 1_000_000
"""Bytes of the longest line; a file without line ends, such as ``/dev/zero``, is read no further."""
_END = re.compile(rb', "hash": "([0-9a-f]{64})"\}$')


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain: its number and its hash. A chain without lines has number 0."""

    number: int = 0
    hash: str = ""


def chained(entry: dict[str, Any], head: Head, begins_file: bool) -> tuple[bytes, Head]:
    """Return the entry as the next line of the chain, and the chain's new head."""
    entry = entry | {"seq": head.number + 1} | ({"previous": head.hash} if begins_file else {})
    text = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace")
    digest = _digest(head.hash, text)
    return text[:-1] + f', "hash": "{digest}"}}\n'.encode(), Head(head.number + 1, digest)


def head_of(line: bytes) -> Head | None:
    """Return the head of a chain that ends with this line; None if the line is not one of a chain."""
    parts = _split(line)
    return None if parts is None else Head(int(parts[0]["seq"]), parts[2])


def check(files: list[Path]) -> tuple[Head, str | None]:
    """Check the chain over files, the oldest first; return its head, and where and how it is broken.

    Lines before the chain's first one, which an older version of cellkit wrote, are passed over. Raises ``OSError``.
    """
    head: Head | None = None
    for file in files:
        with file.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(LONGEST), b""), 1):
                parts = _split(line.rstrip(b"\n")) if line.endswith(b"\n") else None
                where = f"{file}, line {number}"
                if parts is None:
                    if head is None and line.endswith(b"\n") and _entry(line) is not None:
                        continue
                    return head or Head(), f"{where}: is not a whole line of the log"
                entry, text, digest = parts
                if head is None:
                    head = Head(entry["seq"] - 1, str(entry.get("previous", "")))
                if entry["seq"] != head.number + 1:
                    return head, f"{where}: has the number {entry['seq']}, expected {head.number + 1}"
                if entry.get("previous", head.hash) != head.hash or _digest(head.hash, text) != digest:
                    return head, f"{where}: was changed, or the line before it"
                head = Head(head.number + 1, digest)
    return head or Head(), None


def _split(line: bytes) -> tuple[dict[str, Any], bytes, str] | None:
    """Return the entry of a line, the hashed text, and the hash."""
    match = _END.search(line)
    if match is None:
        return None
    text = line[: match.start()] + b"}"
    entry = _entry(text)
    if entry is None or type(entry.get("seq")) is not int:
        return None
    return entry, text, match.group(1).decode()


def _entry(text: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a text; None if it is not one."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _digest(previous: str, text: bytes) -> str:
    return hashlib.sha256(previous.encode() + text).hexdigest()
