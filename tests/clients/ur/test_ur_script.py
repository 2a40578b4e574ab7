"""The whole control program of ur-rtde, as the installed package uploads it, in the interpreter."""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

import pytest
from cellkit_ur.urscript import Program, ScriptReader, compile_script

pytestmark = pytest.mark.clients
READY, DONE = 1, 2
AT_ONCE = (6, 9, 10, 11, 24, 25, 26, 27, 38, 58, 67, 68, 69, 70, 71)  # it says ready at once, done or not
ENDED_BY = {6: 7, 9: 15, 10: 15, 11: 16, 24: 16}
IN_ORDER = (1, 2, 3, 4, 33, 34, 7, 8, 12, 16, 15, *range(17, 22), *range(28, 32), *range(35, 38), *range(39, 48), 51)
AND_SO_ON = (52, 54, 53, 56, 57, 59, 60, 61, 62, 64, 63, 65)
TEXTS: dict[str, str] = {}


def fakes() -> Any:
    """The machine of the interpreter's own tests, which lives beside them."""
    path = Path(__file__).parents[2] / "drivers" / "urscript" / "urscript_fakes.py"
    spec = importlib.util.spec_from_file_location("urscript_fakes_for_clients", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["requirements.txt", "requirements_1_5.txt"], ids=["1.6.5", "1.5.9"])
def script(client, request) -> str:
    if request.param not in TEXTS:
        host = f"127.0.40.{os.getpid() % 250 + 1}"  # another worker may do the same right now
        done = client("ur", "capture_ur_rtde.py", host, requirements=request.param)
        TEXTS[request.param] = done["script"]
    return TEXTS[request.param]


@pytest.fixture
def machine() -> Any:
    machine = fakes().FakeMachine()
    # Arguments that mean something to every command.
    machine.input_floats[:18] = [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.5, 0.5, 0.01, 0.1, 300, 0.1, 0.5, 0.1, 1, 1, 1, 1]
    machine.input_ints[2:8] = [0, 1, 0, 1, 0, 1]
    return machine


def started(script: str, machine: Any) -> Program:
    program = compile_script(script, machine)
    for _ in range(3):
        assert machine.step(program), program.error
    assert machine.output_ints[0] == READY
    return program


def order(program: Program, machine: Any, command: int, argument: int = 0) -> None:
    """As the client does: command, wait for done, take the command back, wait for ready."""
    machine.input_ints[0], machine.input_ints[1] = command, argument
    machine.input_floats[6] = 0.0 if command == 41 else 0.5  # the frame of jogging; a speed
    for step in range(100):
        machine.contact = 5 if command == 51 and step > 10 else 0
        assert machine.step(program), f"command {command}: {program.error}"
        if command in AT_ONCE or machine.output_ints[0] == DONE:
            break
    else:
        raise AssertionError(f"command {command} is never done")
    machine.input_ints[0] = 0
    for _ in range(3):
        assert machine.step(program), f"after command {command}: {program.error}"
    assert machine.output_ints[0] == READY, command


def test_it_is_one_program(script):
    assert ScriptReader().feed(script.encode()) == [script]
    assert len(script.splitlines()) > 1000


def test_every_command_runs(script, machine):
    program = started(script, machine)
    for command in (*IN_ORDER, *AND_SO_ON):
        order(program, machine, command)
    for command in AT_ONCE:
        order(program, machine, command, 2)
        if command in ENDED_BY:
            order(program, machine, ENDED_BY[command])
    asked = {what[0] for what in machine.log}
    assert {"movej", "movel", "stopj", "stopl", "servoj", "servoc", "speedj", "speedl", "force_mode"} <= asked
    assert {"freedrive", "external_ft", "watchdog", "protective_stop", "zero_ftsensor"} <= asked


def test_asynchronous_moves_are_threads_that_a_stop_kills(script, machine):
    program = started(script, machine)
    machine.steps = 50
    order(program, machine, 1, 1)
    assert machine.output_ints[2] & 1 << 15, "an asynchronous operation runs"
    order(program, machine, 34, 0)
    assert [what[0] for what in machine.log[-3:]] == ["movej", "cancel", "stopj"]
    assert not machine.output_ints[2] & 1 << 15
    order(program, machine, 3, 1)
    for _ in range(60):
        machine.step(program)
    assert machine.log[-1][0] == "movel"
    assert not machine.output_ints[2] & 1 << 15


def test_it_ends_when_told_to_and_when_a_pose_is_out_of_reach(script, machine):
    program = started(script, machine)
    machine.input_ints[0] = 255
    machine.step(program)
    machine.step(program)
    assert not program.running
    assert program.error is None

    machine = fakes().FakeMachine()
    program = started(script, machine)
    machine.reachable, machine.input_ints[0] = False, 2
    machine.step(program)
    assert not program.running
    assert program.error is not None
    assert "no inverse kinematics solution" in program.error.text
    assert "get_inverse_kin" in script.splitlines()[(program.error.line or 0) - 1]


def test_waiting_for_orders_costs_little(script, machine):
    program = started(script, machine)
    best = min(idle(program) for _ in range(5))
    assert best < 100e-6, f"{best * 1e6:.0f} us a control step"


def idle(program: Program, steps: int = 500) -> float:
    began = time.perf_counter()
    for _ in range(steps):
        program.step()
    return (time.perf_counter() - began) / steps
