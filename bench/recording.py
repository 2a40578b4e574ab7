"""Recording: processor time of a recorded run over the same run without recording, and bytes per second of cell time.

Processor time is that of the whole process, including the writing thread; rounds interleaved. Once without pictures
except the one that the program takes, once with `PICTURES` per second of the camera.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from pathlib import Path

from cellkit.recording import record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

ROUNDS = 3
PARTS = 3
PICTURES = 2.0


def _run(world: str, file: Path | None = None, pictures: float = 0.0) -> tuple[float, float, str]:
    """Run once; return processor seconds, bytes per second of cell time, and the hash of the trace."""
    run = Run(read_scenario("pick_and_place"), RunOptions(world=world, quantity=PARTS))
    recorder = None if file is None else record_run(run, file, image_rate=pictures)
    gc.collect()
    start = time.process_time()
    record = run.execute()
    spent = time.process_time() - start
    assert record.success
    assert recorder is None or recorder.problem is None
    size = 0 if file is None else file.stat().st_size
    return spent, size / record.simulated_time, record.trace_sha256


def measure(world: str, pictures: float = 0.0) -> tuple[float, float, float, float]:
    """Return the median ratio, the median processor seconds with and without, and bytes per second of cell time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.mcap"
        _run(world, file)
        rounds = [(_run(world, file, pictures), _run(world)) for _ in range(ROUNDS)]
    assert len({one[2] for pair in rounds for one in pair}) == 1, "recording has changed the run"
    ratio = statistics.median(told[0] / plain[0] for told, plain in rounds)
    told, plain = (statistics.median(one[0] for one in column) for column in zip(*rounds, strict=True))
    return ratio, told, plain, rounds[-1][0][1]


def rows() -> list[tuple[str, str, str, str]]:
    """Measure both worlds; return rows of name, ratio, target and the figures behind the ratio."""
    found = []
    for world, pictures, target in (
        ("physics", 0.0, "≤ 1.2"),
        ("physics", PICTURES, ""),
        ("kinematic", 0.0, "≤ 5"),
    ):
        ratio, told, plain, size = measure(world, pictures)
        what = f"recorded run ÷ run, {world}" + (f", {pictures:g} pictures a second" if pictures else "")
        detail = f"{told:.2f} s ÷ {plain:.2f} s of processor time; {size / 1000:.0f} kB a second of cell time"
        found.append((what, f"{ratio:.2f}", target, detail))
    return found


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row), flush=True)
