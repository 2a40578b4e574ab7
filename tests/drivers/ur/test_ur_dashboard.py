"""The Dashboard obeys and refuses by state: power, protective and emergency stop, faults, programs, modes."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_ur.protocol.states import RobotMode, SafetyMode
from ur_bench import Bench, Board, played

from cellkit.devices.safety import Fault, OperationalMode

WAIT = "def waiting():\n  while True:\n    sync()\n  end\nend\n"
MOVE = 'def moving():\n  movej([0.5, -1.6, 2.0, -1.9, -1.5, -1.8], a=1.4, v=0.2)\n  textmsg("there")\nend\n'


async def _until(board: Board, question: str, answer: str) -> None:
    for _ in range(200):
        if await board.ask(question) == answer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{question!r} never became {answer!r}")


def test_questions_and_their_answers() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        for question, answer in (
            ("robotmode", "Robotmode: RUNNING"),
            ("safetymode", "Safetymode: NORMAL"),
            ("safetystatus", "Safetystatus: NORMAL"),
            ("running", "Program running: false"),
            ("programState", "STOPPED"),
            ("get loaded program", "No program loaded"),
            ("isProgramSaved", "true"),
            ("PolyscopeVersion", "URSoftware 5.15.0.0 (Jan 01 2024)"),
            ("version", "5.15.0.0"),
            ("get robot model", "UR5"),
            ("is in remote control", "true"),
            ("get operational mode", "AUTOMATIC"),
            ("popup hello", "showing popup"),
            ("close popup", "closing popup"),
            ("close safety popup", "closing safety popup"),
            ("addToLog hello", "Added log message"),
            ("make tea", "could not understand: 'make tea'"),
            ("quit", "Disconnected"),
        ):
            assert await board.ask(question) == answer
        assert (await (await bench.board()).ask("get serial number")).startswith("20")

    played(test)


def test_lines_in_pieces_and_several_at_once() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        board.stream.write(b"robot")
        await asyncio.sleep(0.1)
        board.stream.write(b"mode\nrunning\r\nsafetymode\n")
        assert [await board.line() for _ in range(3)] == [
            "Robotmode: RUNNING", "Program running: false", "Safetymode: NORMAL",
        ]  # fmt: skip

    played(test)


def test_power_off_and_on_again() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        assert await board.ask("power off") == "Powering off"
        assert await board.ask("robotmode") == "Robotmode: POWER_OFF"
        assert await board.ask("play") == "Failed to execute: play"
        assert await board.ask("power on") == "Powering on"
        assert await board.ask("robotmode") == "Robotmode: POWER_ON"
        assert await board.ask("brake release") == "Failed to execute: brake release", "the joints still boot"
        await _until(board, "robotmode", "Robotmode: IDLE")
        assert await board.ask("brake release") == "Brake releasing"
        await _until(board, "robotmode", "Robotmode: RUNNING")
        await board.ask("power off")
        assert await board.ask("brake release") == "Brake releasing", "powers on on the way"
        await _until(board, "robotmode", "Robotmode: RUNNING")

    played(test)


def test_a_protective_stop_is_unlocked_after_five_seconds() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        assert await board.ask("unlock protective stop") != "Protective stop releasing", "there is none"
        bench.virtual.protective_stop()
        assert await board.ask("safetymode") == "Safetymode: PROTECTIVE_STOP"
        await asyncio.sleep(4.9)
        assert "until 5s" in await board.ask("unlock protective stop")
        await asyncio.sleep(0.1)
        assert await board.ask("unlock protective stop") == "Protective stop releasing"
        await _until(board, "safetymode", "Safetymode: NORMAL")
        assert bench.virtual.box.robot_mode is RobotMode.RUNNING

    played(test)


def test_a_program_is_paused_by_a_protective_stop_and_goes_on() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        await bench.script(MOVE)
        await asyncio.sleep(0.5)
        assert await board.ask("running") == "Program running: true"
        bench.virtual.protective_stop()
        assert (await board.ask("programState")).startswith("PAUSED")
        assert await board.ask("play") == "Failed to execute: play", "not while the stop lasts"
        await asyncio.sleep(5.0)
        await board.ask("unlock protective stop")
        await asyncio.sleep(0.1)
        assert await board.ask("play") == "Starting program"
        await _until(board, "running", "Program running: false")
        assert bench.plant.state().position[0] == pytest.approx(0.5, abs=1e-3)

    played(test)


def test_pause_play_and_stop() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        for command in ("play", "pause"):
            assert await board.ask(command) == f"Failed to execute: {command}", "nothing is loaded"
        assert await board.ask("stop") == "Stopped"
        await bench.script(MOVE)
        await asyncio.sleep(0.5)
        assert await board.ask("pause") == "Pausing program"
        await asyncio.sleep(1.0)
        here = bench.plant.state().position[0]
        await asyncio.sleep(1.0)
        assert bench.plant.state().position[0] == here
        assert await board.ask("play") == "Starting program"
        await asyncio.sleep(0.5)
        assert bench.plant.state().position[0] > here
        assert await board.ask("stop") == "Stopped"
        await asyncio.sleep(1.0)
        assert not bench.kernel.moving
        assert bench.plant.state().position[0] < 0.4

    played(test)


def test_an_emergency_stop_leaves_the_power_off() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        await bench.script(WAIT)
        await asyncio.sleep(0.1)
        bench.virtual.press_emergency_stop()
        await asyncio.sleep(1.0)
        assert await board.ask("safetymode") == "Safetymode: ROBOT_EMERGENCY_STOP"
        assert await board.ask("robotmode") == "Robotmode: POWER_OFF"
        assert await board.ask("running") == "Program running: false"
        for command in ("power on", "brake release", "unlock protective stop", "restart safety"):
            assert await board.ask(command) not in ("Powering on", "Brake releasing", "Restarting safety")
        bench.virtual.release_emergency_stop()
        assert await board.ask("safetymode") == "Safetymode: NORMAL"
        assert await board.ask("robotmode") == "Robotmode: POWER_OFF"
        assert await board.ask("brake release") == "Brake releasing"
        await _until(board, "robotmode", "Robotmode: RUNNING")

    played(test)


def test_a_fault_needs_the_safety_system_restarted() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        assert await board.ask("restart safety") == "Failed to execute: restart safety"
        bench.virtual.example_fault()
        await asyncio.sleep(0.5)
        assert await board.ask("safetymode") == "Safetymode: FAULT"
        assert await board.ask("brake release") == "Failed to execute: brake release"
        assert await board.ask("restart safety") == "Restarting safety"
        await _until(board, "safetymode", "Safetymode: NORMAL")
        assert await board.ask("robotmode") == "Robotmode: POWER_OFF"

    played(test)


def test_a_fault_that_cannot_be_cleared_stays() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        bench.kernel.raise_fault(Fault("C50A1", "a joint is broken", recoverable=False))
        await asyncio.sleep(0.5)
        assert await board.ask("restart safety") == "Failed to execute: restart safety"
        assert bench.virtual.box.safety_mode is SafetyMode.FAULT

    played(test)


def test_manual_mode_takes_remote_control_away() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        await bench.script(WAIT)
        await asyncio.sleep(0.1)
        await bench.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        assert await board.ask("get operational mode") == "MANUAL"
        assert await board.ask("is in remote control") == "false"
        assert await board.ask("running") == "Program running: false"
        for command in ("play", "power off", "unlock protective stop", "load x.urp"):
            assert (await board.ask(command)).startswith("Failed to execute: ")
        await bench.script(WAIT)
        await asyncio.sleep(0.1)
        assert await board.ask("running") == "Program running: false", "a script in local control"
        await bench.virtual.set_mode(OperationalMode.AUTOMATIC)
        assert await board.ask("is in remote control") == "true"
        assert await board.ask("set operational mode manual") == "Operational mode MANUAL is set"
        assert await board.ask("set operational mode crazy") == "Failed to execute: set operational mode crazy"

    played(test)


def test_programs_that_are_there_can_be_loaded() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        bench.virtual.dashboard.programs["wait.urp"] = WAIT
        assert await board.ask("load other.urp") == "File not found: other.urp"
        assert await board.ask("load wait.urp") == "Loading program: wait.urp"
        assert await board.ask("get loaded program") == "Loaded program: wait.urp"
        assert await board.ask("play") == "Starting program"
        assert await board.ask("programState") == "PLAYING wait.urp"
        assert await board.ask("play") == "Failed to execute: play"
        assert await board.ask("load wait.urp") == "Error while loading program: wait.urp"
        assert await board.ask("stop") == "Stopped"

    played(test)
