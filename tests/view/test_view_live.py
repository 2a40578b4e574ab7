"""A run with a page and its controls: the page receives everything, and changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from view_rig import Viewer, prepared, program_file, trace_without_page

from cellkit.recording.program_line import waiting_lines
from cellkit.scenario.runner import CommandPath


@pytest.mark.parametrize(
    ("name", "world", "path"),
    [
        ("pick_and_place", "kinematic", "direct"),
        pytest.param("pick_and_place", "physics", "wire", marks=pytest.mark.long),
        pytest.param("machine_tending", "physics", "direct", marks=pytest.mark.long),
        pytest.param("conveyor_pick", "kinematic", "wire", marks=pytest.mark.long),
    ],
)
def test_the_page_receives_everything_and_changes_nothing(name: str, world: str, path: CommandPath) -> None:
    viewer = Viewer()
    record = viewer.runs.execute(prepared(name, world, path))
    viewer.close()
    assert record is not None
    assert record.success
    assert record.trace_sha256 == trace_without_page(name, world, path)
    state = viewer.state
    assert state.scene is not None
    assert state.scene.steered
    assert {info.role for info in state.scene.devices} >= {"robot"}
    newest = state.history.newest
    assert newest is not None
    assert newest.time == pytest.approx(record.simulated_time)
    assert set(newest.names) <= set(state.figures)
    first: dict[str, Any] = {}  # the first place of each body; a belt brings parts during the run
    for one in state.history.since(0.0, newest.time):
        first = dict(zip(one.names, one.places, strict=True)) | first
    moved = dict(zip(newest.names, newest.places, strict=True))
    assert any(not np.allclose(moved[name], first[name], atol=0.02) for name in moved if "/" not in name)
    states = {one.cards["robot"].state for one in state.history.since(0.0, newest.time)}
    assert states >= {"moving", "standing"}
    lines = {line for one in state.history.since(0.0, newest.time) for line in one.lines}
    assert len(lines) > 3
    assert max(lines) <= len(state.scene.program.lines)
    path_points = next(iter(state.history.paths.values()))
    assert path_points.shape[1] == 3
    assert state.outcome is not None
    assert state.outcome.startswith("success")
    assert state.history.events[0]["what"] == "header"


def test_the_tcp_ends_where_its_planned_path_does() -> None:
    viewer = Viewer()
    viewer.runs.execute(prepared())
    viewer.close()
    history = viewer.state.history
    last = history.newest
    assert last is not None
    end = history.paths["robot", last.planned["robot"]][-1]
    assert last.tools["robot"][:, 3] == pytest.approx(end, abs=1e-3)


def test_an_error_is_shown_in_words() -> None:
    viewer = Viewer()
    viewer.runs.execute(prepared(fault="silent"))
    viewer.close()
    newest = viewer.state.history.newest
    assert newest is not None
    assert newest.level == "error"
    assert "connection lost" in newest.cards["hand"].state
    assert "silent" in newest.cards["hand"].error


def test_pause_step_and_play() -> None:
    times: list[float] = []
    pauses: list[float] = []

    def on_message(viewer: Viewer, kind: str, message: dict[str, Any]) -> None:
        if kind == "moment":
            times.append(message["time"])
            if len(times) == 30:
                viewer.send("pause")
        elif kind == "clock" and message["paused"]:
            pauses.append(viewer.state.history.end)
            if len(pauses) <= 3:
                viewer.send("step")
            else:
                viewer.send("speed", speed="max")
                viewer.send("play")

    viewer = Viewer(on_message)
    run = prepared()
    run.options = type(run.options)(world="kinematic", quantity=1, speed=20.0)
    record = viewer.runs.execute(run)
    viewer.close()
    assert record is not None
    assert len(pauses) >= 4
    assert record.trace_sha256 == trace_without_page()


def test_on_to_the_next_event() -> None:
    stops: list[int] = []
    clocks: list[bool] = [False]

    def on_message(viewer: Viewer, kind: str, message: dict[str, Any]) -> None:
        if kind == "clock":
            clocks.append(message["paused"])
            if clocks[-2:] != [False, True]:  # the state may be sent again
                return
            if len(stops) < 4:
                stops.append(len(viewer.state.history.events))
                viewer.send("next")
            else:
                viewer.send("play")
        elif kind == "scene":
            viewer.send("pause")

    viewer = Viewer(on_message)
    record = viewer.runs.execute(prepared())
    viewer.close()
    assert record is not None
    assert record.success
    assert stops == sorted(set(stops))  # at least one more event each time
    assert len(stops) == 4


def test_reset_begins_again_with_the_seed() -> None:
    sent: list[int] = []

    def on_message(viewer: Viewer, kind: str, message: dict[str, Any]) -> None:
        if kind == "moment" and message["time"] > 1.0 and not sent:  # once only
            sent.append(5)
            viewer.send("reset", seed=5)

    viewer = Viewer(on_message)
    run = prepared()
    run.options = type(run.options)(world="kinematic", quantity=1, speed=5.0)
    assert viewer.runs.execute(run) is None
    seed = viewer.runs.again()
    assert seed == 5
    again = prepared().again(seed, 1)
    record = viewer.runs.execute(again)
    viewer.send("reset", seed=9)  # after the end
    assert viewer.runs.again() == 9
    viewer.close()
    assert record is not None
    assert record.seed == 5
    assert record.success
    assert viewer.state.run_number == 2
    assert viewer.state.scene is not None
    assert viewer.state.scene.seed == 5


def test_a_closed_page_does_not_affect_the_run() -> None:
    def on_message(viewer: Viewer, kind: str, message: dict[str, Any]) -> None:
        if kind == "moment" and message["time"] > 0.5:
            raise ConnectionError("gone")

    viewer = Viewer(on_message)
    record = viewer.runs.execute(prepared())
    assert record is not None
    assert record.success
    assert viewer.runs.again() is None
    with pytest.raises(ConnectionError):
        viewer.close()


def test_where_the_tasks_of_a_program_wait(tmp_path: Path) -> None:
    text = (
        "import asyncio\n\nasync def inner():\n    await asyncio.sleep(1)\n\n"
        "async def main():\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(inner())\n        await asyncio.sleep(2)\n"
    )
    file = program_file(tmp_path, text)
    space: dict[str, Any] = {}
    exec(compile(text, str(file), "exec"), space)

    async def look() -> tuple[int, ...]:
        task = asyncio.ensure_future(space["main"]())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        found = waiting_lines(file)
        task.cancel()
        return found

    assert asyncio.run(look()) == (4, 9)
