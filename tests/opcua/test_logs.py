"""Standard error of the gateway: a flood from one place is cut short, and the cut is reported."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cellkit.opcua import logs


def record(line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("asyncua", logging.ERROR, str(Path("some.py")), line, "trouble", None, None)


def test_a_flood_is_cut_short_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("cellkit.opcua.logs.time.monotonic", lambda: moment)
    sparing = logs.RateLimitedFilter()
    assert sum(sparing.filter(record()) for _ in range(1000)) == logs.SAME
    assert sparing.filter(record(2)), "another place is another matter"
    moment += logs.WITHIN + 1
    again = record()
    assert sparing.filter(again)
    assert again.getMessage() == "trouble (995 like it were left out)"
    quiet = record()
    assert sparing.filter(quiet)
    assert quiet.getMessage() == "trouble"
