"""JSON texts as both protocols have them: UTF-8, finite numbers, of a size that a master can mean."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from cellkit.errors import ProtocolError

LARGEST = 1_000_000
"""Bytes of one text; the whole tree of an eight-port master is less than a tenth of it."""
SHOWN = 200
"""Bytes of a text that is wrong, as the error shows them."""


def read_text(data: bytes) -> Any:
    """Decode a JSON text. Raises ``ProtocolError`` for other data."""
    if len(data) > LARGEST:
        raise ProtocolError("iolink", f"a text of {len(data)} bytes; {LARGEST} is the most", data=data[:SHOWN])
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("iolink", f"no JSON: {str(error)[:SHOWN]}", data=data[:SHOWN]) from None


def write_text(value: Any) -> bytes:
    """Encode a value as JSON text without blanks."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def is_number(value: object) -> bool:
    """Whether a value is a JSON number; ``true`` and ``false`` are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Whether a value is a whole JSON number."""
    return isinstance(value, int) and not isinstance(value, bool)
