"""A recording is complete up to the last moment, however the run ends, and never stops a cell."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from recording_rig import StoringObserver

from cellkit.errors import ConfigError
from cellkit.recording import McapRecorder, Recording, mcap_writer, record_run
from cellkit.recording.mcap_writer import McapWriter
from cellkit.recording.topics import measured_schema
from cellkit.scenario.config import read_scenario
from cellkit.scenario.kinds.gripper import JAWS
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions


class CallAtSnapshot(StoringObserver):
    """Calls ``do`` at snapshot ``number``."""

    def __init__(self, number: int, do: Callable[[], None]) -> None:
        super().__init__()
        self._number, self._do = number, do

    def look(self, snapshot: Snapshot) -> None:
        super().look(snapshot)
        if len(self.snapshots) == self._number:
            self._do()


def prepared(fault: str | None = None) -> Run:
    return Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1, fault=fault))


def test_ctrl_c_leaves_a_whole_file(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    run = prepared()
    record_run(run, tmp_path / "run.mcap")
    at = CallAtSnapshot(30, interrupt)
    run.observers.append(at)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.complete
        assert recording.times[29] == pytest.approx(at.snapshots[29].time)
        assert recording.times[-1] == pytest.approx(at.snapshots[-1].time)
        assert recording.result is None
        assert recording.log[-1].text == "the run was aborted"


def test_a_run_that_fails_is_recorded_with_its_reason(tmp_path: Path) -> None:
    run = prepared("silent")
    record_run(run, tmp_path / "run.mcap")
    record = run.execute()
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.complete
        assert recording.result == record
        assert recording.run["fault"] == "silent"
        levels = [line.level for line in recording.log]
        assert max(levels) == 4, "the log holds an error"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_killed_leaves_all_but_the_last_moment(tmp_path: Path) -> None:
    file = tmp_path / "run.mcap"

    def kill() -> None:
        time.sleep(2.5 * mcap_writer.FLUSH_EVERY)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            run = prepared()
            record_run(run, file)
            run.observers.append(CallAtSnapshot(40, kill))
            run.execute()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with Recording.open(file) as recording:
        assert not recording.complete
        assert len(recording) == 40
        assert recording.snapshot(-1).time == pytest.approx(39 * 0.02)
        assert any(event["what"] == "command" for event in recording.events)
        assert recording.texts["program.py"]
        assert recording.limits("robot") is not None


@pytest.mark.parametrize("name", ["no/such/folder/run.mcap", "."])
def test_a_file_that_cannot_be_written_is_an_error_before_the_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="the recording cannot be written"):
        McapRecorder(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_before_the_run() -> None:
    with pytest.raises(ConfigError, match="/dev/full: the recording cannot be written: No space left on device"):
        McapRecorder(Path("/dev/full"))


@pytest.mark.parametrize(("rate", "images", "error"), [(0.0, 0.0, "record-rate 0"), (50.0, 60.0, "record-images 60")])
def test_rates_out_of_range_are_refused(tmp_path: Path, rate: float, images: float, error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        McapRecorder(tmp_path / "run.mcap", rate, images)


def test_a_disk_that_fills_up_ends_the_recording_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 60_000
    plain_write = mcap_writer._Sink.write

    def write(sink: Any, data: bytes) -> int:
        if sink.tell() + len(data) > room:
            plain_write(sink, data[: room - sink.tell()])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain_write(sink, data)

    monkeypatch.setattr(mcap_writer._Sink, "write", write)
    monkeypatch.setattr(mcap_writer, "FLUSH_BYTES", 10_000)
    unrecorded = prepared().execute()
    run, problems = prepared(), []
    recorder = record_run(run, tmp_path / "run.mcap", on_problem=problems.append)
    record = run.execute()
    assert record.success
    assert record.trace_sha256 == unrecorded.trace_sha256
    assert recorder.problem == "No space left on device"
    assert len(problems) == 1
    assert str(tmp_path / "run.mcap") in problems[0]
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert not recording.complete
        assert 0 < len(recording) < record.simulated_time * 50


def test_an_error_of_the_recorder_itself_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(McapRecorder, "_places", broken)
    run, problems = prepared(), []
    record_run(run, tmp_path / "run.mcap", on_problem=problems.append)
    assert run.execute().success
    assert [line.partition(": ")[2] for line in problems] == [
        "the recording ends at 0.00 s: ZeroDivisionError: a mistake"
    ]


class BlockedDisk:
    """A disk that takes no data until ``go`` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        plain_write = mcap_writer._Sink.write

        def write(sink: Any, data: bytes) -> int:
            if threading.current_thread() is not threading.main_thread():
                self.go.wait()
            return plain_write(sink, data)

        monkeypatch.setattr(mcap_writer._Sink, "write", write)
        monkeypatch.setattr(mcap_writer, "MAX_WAITING_BYTES", 100_000)


def test_neighbours_are_encoded_together_and_stay_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = BlockedDisk(monkeypatch)
    monkeypatch.setattr(mcap_writer, "MAX_WAITING_BYTES", 10_000_000)
    out = McapWriter(tmp_path / "run.mcap")
    batches: list[list[int]] = []

    def encode(items: Sequence[int]) -> list[mcap_writer.Message]:
        batches.append(list(items))
        return [("/hand/width", item, b"%d" % item) for item in items]

    put = out.encoded(encode)
    out.channel("/hand/width", measured_schema(JAWS, "hand", {"width": 0.0}))
    big = mcap_writer.FLUSH_BYTES
    for number, size in enumerate((1, 1, 1, 1, big, 1)):
        if number == 2:
            out.metadata("between", {})
        put(number, size)
    out.message("/hand/width", 6, b"6")
    disk.go.set()
    out.finish()
    joined = [number for batch in batches for number in batch]
    assert joined == [0, 1, 2, 3, 4, 5]
    assert not any({1, 2} <= set(batch) or {4, 5} <= set(batch) for batch in batches)
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.complete
        assert recording.count("/hand/width") == 7


def test_real_devices_never_wait_for_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = BlockedDisk(monkeypatch)
    out = McapWriter(tmp_path / "run.mcap")
    out.wait_for_disk = False
    out.channel("/hand/width", measured_schema(JAWS, "hand", {"width": 0.0}))
    for number in range(1000):
        out.message("/hand/width", number, b"x" * 1000)  # must return at once, else this test never ends
    assert out.problem == "the disk is too slow"
    disk.go.set()
    out.finish()
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.ended == "the disk is too slow"
        assert 50 < recording.count("/hand/width") < 200


def test_a_simulation_waits_for_the_disk_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = BlockedDisk(monkeypatch)
    out = McapWriter(tmp_path / "run.mcap")
    out.channel("/hand/width", measured_schema(JAWS, "hand", {"width": 0.0}))
    threading.Timer(0.2, disk.go.set).start()
    for number in range(1000):
        out.message("/hand/width", number, b"x" * 1000)
    assert disk.go.is_set()
    out.finish()
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.complete
        assert recording.count("/hand/width") == 1000


def test_a_recording_without_a_run(tmp_path: Path) -> None:
    recorder = McapRecorder(tmp_path / "run.mcap")
    record: RunRecord | None = None
    recorder.end(record)
    with Recording.open(tmp_path / "run.mcap") as recording:
        assert recording.complete
        assert not recording.own
        assert len(recording) == 0
