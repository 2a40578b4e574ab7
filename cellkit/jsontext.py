"""JSON that arrives from outside: from a client, or in a file that cellkit did not write."""

from __future__ import annotations

import json
from typing import Any


def read_json(data: bytes | str) -> Any:
    r"""Return the value of a JSON text.

    Raises ``ValueError``, also for an escape such as ``\ud800``, which is no text in any encoding, and
    ``RecursionError`` for a value that is nested too deep.
    """
    raw = data if isinstance(data, bytes) else data.encode()
    value = json.loads(raw)
    if b"\\ud" in raw.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value
