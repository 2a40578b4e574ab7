"""A replay sends the page the messages of a live run; a recording without a cell is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from mcap_protobuf.writer import Writer

from cellkit.errors import ConfigError
from cellkit.recording import Recording, record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions
from cellkit.view.replay import PERIOD, replay_messages
from cellkit.view.run_state import RunState


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record a run in which the part is lost."""
    file = tmp_path_factory.mktemp("replay") / "lost.mcap"
    run = Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1, fault="lost"))
    record_run(run, file)
    assert run.execute().success
    return file


def replayed(file: Path) -> RunState:
    state = RunState()
    with Recording.open(file) as recording:
        for message in replay_messages(recording):
            state.take(*message)
    return state


def test_the_run_state_of_a_recording(lost: Path) -> None:
    state = replayed(lost)
    assert state.scene is not None
    assert "fault lost" in state.scene.subtitle
    assert state.scene.program.lines
    assert {one.role for one in state.scene.devices} == {"robot", "hand", "vision", "station"}
    assert "the part was lost" in (state.outcome or "")
    with Recording.open(lost) as recording:
        assert list(state.history.events) == recording.events
        first, last = recording.snapshot(0), recording.snapshot(-1)
        for moment, snapshot in ((state.history.at(0.0), first), (state.history.newest, last)):
            assert moment is not None
            assert moment.time == snapshot.time
            places = np.stack([place[:3] for place in snapshot.places.values()])
            assert np.allclose(moment.places, places, atol=1e-6)
    end = state.history.newest
    assert end is not None
    assert end.cards["hand"].level == "attention"
    assert "grasp lost" in end.cards["hand"].error
    assert end.cards["robot"].safety == "normal"
    waits = {moment.lines for moment in state.history.since(0.0, end.time)}
    assert len(waits) > 3
    times = [moment.time for moment in state.history.since(0.0, end.time)]
    assert np.diff(times)[:-1].min() >= PERIOD - 1e-9


def test_a_tool_stands_at_its_tcp(lost: Path) -> None:
    moment = replayed(lost).history.at(0.0)
    assert moment is not None
    flange = dict(zip(moment.names, moment.places, strict=True))["robot/tool"]
    away = moment.tools["robot"][:, 3] - flange[:, 3]
    assert 0.05 < float(np.linalg.norm(away)) < 0.4
    assert np.allclose(away / np.linalg.norm(away), flange[:, 2], atol=1e-4)


def test_what_was_cut_off_is_shown_as_far_as_it_goes(lost: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    data = lost.read_bytes()
    cut.write_bytes(data[: data.rindex(b"\x0f" + (4).to_bytes(8, "little"))])  # MCAP's DataEnd and all behind it
    state = replayed(cut)
    assert (state.outcome or "").endswith("the recording was cut off here")
    assert len(state.history) == len(replayed(lost).history)
    assert state.failed


def test_a_foreign_recording_cannot_be_replayed(tmp_path: Path) -> None:
    file = tmp_path / "foreign.mcap"
    with file.open("wb") as out, Writer(out) as writer:
        writer.write_message("/arm/joints", JointStates(), 0, 0)
    with pytest.raises(ConfigError, match="only recordings of cellkit can be replayed"):
        replayed(file)
