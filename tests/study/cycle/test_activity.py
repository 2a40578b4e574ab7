"""Activities from a trace: each command and wait with its begin, end and kind."""

from __future__ import annotations

from typing import Any

from cellkit.study.cycle.activity import Activity, activities


def event(t: float, source: str, what: str, **data: Any) -> dict[str, Any]:
    return {"t": t, "source": source, "what": what, **data}


def command(source: str, name: str, start: float, end: float, how: str = "done") -> list[dict[str, Any]]:
    return [event(start, source, "command", command=name), event(end, source, how, command=name)]


def seen(*events: dict[str, Any]) -> list[tuple[str, str, float, float]]:
    return [(one.device, one.kind, one.start, one.end) for one in activities(events)]


def test_commands_of_every_kind() -> None:
    assert seen(
        *command("robot", "move_joint", 0.0, 1.0),
        *command("hand", "grip", 1.0, 1.2),
        event(1.2, "robot", "payload", mass=0.5),
        *command("robot", "move_linear", 1.2, 2.0),
        event(2.0, "robot", "payload", mass=0.0),
        *command("robot", "move_path", 2.0, 2.5, "aborted"),
        *command("hand", "move", 2.5, 2.6, "failed"),
        *command("vision", "locate", 2.6, 2.9),
        *command("reader", "read_code", 2.9, 3.0),
        *command("hand", "recover", 3.0, 4.0),
    ) == [
        ("robot", "free", 0.0, 1.0),
        ("hand", "gripper", 1.0, 1.2),
        ("robot", "carrying", 1.2, 2.0),
        ("robot", "free", 2.0, 2.5),
        ("hand", "gripper", 2.5, 2.6),
        ("vision", "vision", 2.6, 2.9),
        ("reader", "vision", 2.9, 3.0),
        ("hand", "other", 3.0, 4.0),
    ]


def test_commands_and_waits_that_overlap_are_separated() -> None:
    assert seen(
        event(0.0, "left", "command", command="move_joint"),
        event(0.5, "right", "command", command="move_joint"),
        event(0.6, "station", "waiting", awaited="ready"),
        event(0.7, "station", "waiting", awaited="full"),
        event(1.0, "left", "done", command="move_joint"),
        event(1.1, "station", "waited", awaited="ready"),
        event(1.2, "station", "waited", awaited="full"),
        event(1.5, "right", "done", command="move_joint"),
        event(1.6, "station", "waiting", awaited="never"),
    ) == [
        ("left", "free", 0.0, 1.0),
        ("station", "handshake", 0.6, 1.1),
        ("station", "handshake", 0.7, 1.2),
        ("right", "free", 0.5, 1.5),
    ], "an activity that never ends is left out"


def test_one_command_that_replaces_another_of_the_same_name() -> None:
    assert seen(
        event(0.0, "robot", "command", command="move_joint"),
        event(0.4, "robot", "command", command="move_joint"),
        event(0.4, "robot", "aborted", command="move_joint", why="replaced"),
        event(1.0, "robot", "done", command="move_joint"),
    ) == [("robot", "free", 0.0, 0.4), ("robot", "free", 0.4, 1.0)]


def test_a_machine_runs_and_is_waited_for() -> None:
    assert seen(
        event(0.0, "mill", "execution", state="READY"),
        event(1.0, "mill", "execution", state="ACTIVE"),
        event(1.0, "mill", "waiting", awaited="execution ACTIVE"),
        event(1.1, "mill", "waited", awaited="execution ACTIVE"),
        event(3.0, "mill", "waiting", awaited="execution PROGRAM_COMPLETED"),
        event(5.0, "mill", "execution", state="PROGRAM_COMPLETED"),
        event(5.0, "mill", "waited", awaited="execution PROGRAM_COMPLETED"),
        event(5.0, "mill", "waiting", awaited="door OPEN"),
        event(6.0, "mill", "waited", awaited="door OPEN"),
    ) == [
        ("mill", "handshake", 1.0, 1.1),
        ("mill", "machine", 1.0, 5.0),
        ("mill", "machine_wait", 3.0, 5.0),
        ("mill", "handshake", 5.0, 6.0),
    ], "waiting for the start is a handshake, waiting for the end is the machine's work"


def test_a_motion_is_divided_where_the_override_changes_and_where_it_settles() -> None:
    found = activities(
        [
            event(0.0, "robot", "speed_override", share=0.5),
            event(1.0, "robot", "command", command="move_linear"),
            event(2.0, "robot", "speed_override", share=0.0),
            event(3.0, "robot", "speed_override", share=1.0),
            event(4.25, "robot", "settled", after=0.25),
            event(4.25, "robot", "done", command="move_linear"),
            *command("robot", "move_linear", 4.25, 5.0),
        ]
    )
    assert [(one.kind, one.start, one.end, one.speed) for one in found] == [
        ("free", 1.0, 2.0, 0.5),
        ("free", 2.0, 3.0, 0.0),
        ("free", 3.0, 4.0, 1.0),
        ("settling", 4.0, 4.25, 1.0),
        ("free", 4.25, 5.0, 1.0),
    ]


def test_cycles_begin_when_all_devices_are_connected() -> None:
    found = activities(
        [
            event(0.0, "robot", "connected"),
            event(0.3, "hand", "connected"),
            *command("robot", "move_joint", 0.3, 1.0),
            event(1.5, "station", "connected"),
            event(2.0, "cell", "part_finished", part="one"),
            event(3.5, "cell", "part_finished", part="two"),
        ]
    )
    cycles = [one for one in found if one.kind == "cycle"]
    assert cycles == [
        Activity(start=0.3, end=2.0, device="cell", kind="cycle", name="one"),
        Activity(start=2.0, end=3.5, device="cell", kind="cycle", name="two"),
    ]
