"""Rerun's own importer reads a recording; prints as JSON what it has found."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

os.environ["RERUN_ANALYTICS_DISABLED"] = "1"

import rerun as rr
from rerun.chunk import McapReader, RrdReader


def rows(chunks: Any) -> tuple[Counter[str], Counter[str], dict[str, list[float]], list[str]]:
    """Rows by entity and by component, the last place of every frame, the lines of the log."""
    entities: Counter[str] = Counter()
    components: Counter[str] = Counter()
    latest: dict[str, tuple[int, list[float]]] = {}
    lines: list[str] = []
    for chunk in chunks:
        batch = chunk.to_record_batch()
        if chunk.is_static:
            continue
        entities[chunk.entity_path] += chunk.num_rows
        columns = {name: batch.column(name) for name in batch.schema.names}
        for name in columns:
            components[name] += chunk.num_rows
        if "Transform3D:translation" in columns:
            times = columns["message_log_time"].cast("int64").to_pylist()
            frames = columns["Transform3D:child_frame"].to_pylist()
            places = columns["Transform3D:translation"].to_pylist()
            for time, frame, place in zip(times, frames, places, strict=True):
                for one, at in zip(frame, place, strict=True):
                    if one not in latest or time >= latest[one][0]:
                        latest[one] = (time, at)
        if "TextLog:text" in columns:
            lines += [line for row in columns["TextLog:text"].to_pylist() for line in row]
    return entities, components, {frame: at for frame, (_, at) in latest.items()}, lines


def imported(file: Path, folder: Path) -> Counter[str]:
    """By ``log_file_from_path``, as the viewer does when a file is dropped on it; rows by entity."""
    saved = folder / "saved.rrd"
    with rr.RecordingStream("cellkit", recording_id="one") as recording:
        recording.save(saved)
        recording.log_file_from_path(file)
        recording.flush()
    return rows(RrdReader(saved).stream())[0]


def main() -> None:
    """``drive_rerun.py FILE``: a whole recording, or one that was cut off."""
    file = Path(sys.argv[1])
    info = McapReader(file, recover=True).info()
    stream = McapReader(file, timeline_type="duration_ns", recover=True).stream()
    entities, components, places, lines = rows(stream)
    with tempfile.TemporaryDirectory() as folder:
        by_path = imported(file, Path(folder)) if "whole" in sys.argv[2:] else {}
    print(
        json.dumps(
            {
                "messages": info.message_count,
                "entities": entities,
                "components": components,
                "places": places,
                "log": lines,
                "imported": by_path,
            }
        )
    )


if __name__ == "__main__":
    main()
