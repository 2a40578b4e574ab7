"""Encoding of many JSON messages, of which many differ only in their time, or only in their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellkit.geometry import Array
from cellkit.scenario.trace import encode

NUMBER = "\0"
"""The place of a number in the form of a ``NumberRows``."""
_TIME = encode({"time": 0})[:-1]


def message(time: float, values: Mapping[str, Any]) -> bytes:
    """Encode values at a cell time (s)."""
    return encode({"time": time, **values}).encode()


class ValueRows:
    """An encoder of values (JSON objects); those that are the ones before are not encoded again."""

    def __init__(self) -> None:
        self._last = self._text = ""

    def rows(self, times: Sequence[float], values: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """Encode k messages, as ``message`` does."""
        rows = []
        for time, one in zip(times, values, strict=True):
            written = repr(one)  # equal values may be written differently: 0.0 and -0.0, 1 and true
            if written != self._last:
                self._last, self._text = written, encode({"time": 0, **one}).removeprefix(_TIME)
            rows.append(_row(time, self._text))
        return rows


class NumberRows:
    """An encoder of objects of one form: a ``NUMBER`` in it stands for a number that changes, in order."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        text = encode({"time": 0, **form}).removeprefix(_TIME)
        self._form = text.replace("%", "%%").replace(encode(NUMBER), "%r")

    def rows(self, times: Sequence[float], numbers: Array) -> list[bytes]:
        """Encode k messages from their numbers (k, n), as ``message`` does. Raises ``ValueError`` for infinite ones."""
        if not np.isfinite(numbers).all():
            raise ValueError("JSON has no text for a number that is infinite or not a number")
        return [_row(time, self._form % tuple(row)) for time, row in zip(times, numbers.tolist(), strict=True)]


def _row(time: float, text: str) -> bytes:
    return f'{{"time":{time!r}{text}'.encode()
