"""The lines of the log: which events of a run are logged, and with which text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from foxglove_schemas_protobuf.Log_pb2 import Log

Line = tuple[int, str, str]
"""Level as in ``Log``, source, text."""


def log_line(record: Mapping[str, Any]) -> Line | None:
    """Return the line for one record of the trace; None for a record that is not logged."""
    source, what = str(record["source"]), str(record["what"])
    if source == "world":
        other, detail = record.get("other"), record.get("detail")
        text = f"{what}: {record.get('subject')}" + (f", {other}" if other else "") + (f" ({detail})" if detail else "")
        return (Log.ERROR if what == "collision" else Log.WARNING), source, text
    why = str(record.get("why", ""))
    if what == "note":
        return Log.INFO, source, str(record.get("text", ""))
    if what == "failed":
        return Log.ERROR, source, f"{record.get('command')} failed: {why}"
    if what == "aborted":
        return Log.WARNING, source, f"{record.get('command')} aborted: {why}"
    if what == "connection_lost":
        return Log.ERROR, source, f"connection lost: {why}"
    if what == "grasp_lost":
        return Log.ERROR, source, "the gripped part was lost"
    if what == "recovered":
        return Log.INFO, source, "recovered"
    if record.get("fault") and what != "header":
        return Log.WARNING, source, f"{record.get('part', what)}: {record['fault']}"
    return None
