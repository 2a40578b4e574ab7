"""node-opcua commands the cell: jobs that are watched, cancelled and refused, and what is kept of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strangers import run_node, settings_of

from tests.opcua.gateway_rig import ServedCell

pytestmark = pytest.mark.clients

EXECUTING, CANCELLING, SUCCEEDED, CANCELLED = 2, 4, 5, 7


def test_jobs_are_submitted_watched_and_cancelled(cell: ServedCell, tmp_path: Path) -> None:
    begin = datetime.now(UTC)
    found = run_node("jobs.cjs", settings_of(cell, tmp_path, program="pick_and_place"))
    assert found["unowned"] == "BadResourceUnavailable"
    assert found["control"] == [60.0, 0, ""]
    assert found["home"]["lastState"] == SUCCEEDED

    cancelled = found["cancelled"]
    assert found["cancel"] == [0, ""]
    assert cancelled["State"] == sorted(cancelled["State"])
    assert set(cancelled["State"]) >= {EXECUTING, CANCELLED}
    assert (cancelled["lastState"], cancelled["lastFailure"]) == (CANCELLED, "Cancelled")
    assert cancelled["lastReason"] == "cancelled by plc"
    assert 0.0 < cancelled["lastProgress"] < 50.0

    succeeded = found["succeeded"]
    assert (succeeded["lastState"], succeeded["lastFailure"], succeeded["lastProgress"]) == (SUCCEEDED, "", 100.0)
    assert succeeded["Progress"] == sorted(succeeded["Progress"])
    assert max(map(abs, found["there"])) < 1e-3

    assert found["program"]["lastState"] == SUCCEEDED
    assert found["made"] == 2
    result = json.dumps({"parts_finished": 2.0})
    assert found["program"]["lastResult"] == result
    assert found["later"]["outputs"] == [SUCCEEDED, 100.0, "", "", result, [2.0], 0]
    assert (found["later"]["result"], found["later"]["client"], found["later"]["owner"]) == (result, "plc", "")

    _look_back(cell, tmp_path, begin)


def _look_back(cell: ServedCell, folder: Path, begin: datetime) -> None:
    """What moved is in the history, whichever way it is read."""
    path = "MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition"
    history = run_node("history.cjs", settings_of(cell, folder, path=path, begin=begin.isoformat()))
    whole = history["whole"]
    assert history["historyRead"]
    assert len(whole) > 12
    assert {status for *_, status in whole} == {"Good"}
    stamps = [stamp for stamp, *_ in whole]
    assert stamps == sorted(set(stamps))
    assert stamps[0] >= begin.timestamp() * 1e6 - 1.0
    assert history["parts"] == whole
    assert history["answers"] >= len(whole) // 10
    assert history["backwards"] == whole[::-1]
    before, *within, after = history["bounded"]
    assert (within, after[2]) == (whole, "BadBoundNotFound")
    assert before[0] < stamps[0]
    assert history["none"] == "BadHistoryOperationUnsupported"


def test_wrong_arguments_are_refused_by_their_place(cell: ServedCell, tmp_path: Path) -> None:
    found = run_node("arguments.cjs", settings_of(cell, tmp_path))
    calls = {name: (status, *results) for name, (status, results, _) in found["calls"].items()}
    wrong, good, mistyped, out = "BadInvalidArgument", "Good", "BadTypeMismatch", "BadOutOfRange"
    assert calls == {
        "none at all": ("BadArgumentsMissing",),
        "one too few": ("BadArgumentsMissing",),
        "one too many": ("BadTooManyArguments",),
        "a text for an array": (wrong, mistyped, good),
        "a number for an array": (wrong, mistyped, good),
        "an array for a number": (wrong, good, mistyped),
        "whole numbers for numbers": (wrong, mistyped, good),
        "single precision": (wrong, good, mistyped),
        "nothing": (wrong, good, mistyped),
        "five joints": (wrong, out, good),
        "not a number": (wrong, out, good),
        "infinite": (wrong, good, out),
        "beyond the limits": (wrong, out, good),
        "too quick": (wrong, good, out),
        "a pose without direction": (wrong, out, good, good),
        "an unknown frame": (wrong, good, out, good),
        "a lease of no time": (wrong, out),
        "a lease of a text": (wrong, mistyped),
        "an unknown program": (wrong, "BadNotFound"),
        "an unknown operation": ("BadNotFound",),
    }
    assert all(outputs == [] for *_, outputs in found["calls"].values())
    assert (found["wrongObject"], found["noMethod"]) == ("BadMethodInvalid", "BadNodeIdUnknown")
    assert found["operations"] == 0  # none of it became a job
    assert found["writes"] == {
        "too much": out,
        "not a number": out,
        "a text": mistyped,
        "an array": mistyped,
        "good": good,
    }
    assert found["readOnly"] == "BadNotWritable"
