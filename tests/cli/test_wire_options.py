"""``--path``, ``--protocol`` and ``--fault``: errors are one line, before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_rig import Call, Spoilt

KINEMATIC = ("--world", "kinematic", "--quantity", "1")
JOB = ("run", "pick_and_place", *KINEMATIC)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--path", "wir"], "--path wir: expected direct, wire or live"),
        (["--protocol", "hand=urcap"], "--protocol hand=urcap: the direct path uses no protocols; use --path wire"),
        (["--path", "wire", "--protocol", "hnd=urcap"], "hnd=urcap: no device in role 'hnd'; did you mean hand?"),
        (["--path", "wire", "--protocol", "hand"], "--protocol hand: expected ROLE=NAME, for example hand=modbus-rtu"),
        (["--path", "wire", "--protocol", "hand="], "--protocol hand=: expected ROLE=NAME"),
        (["--path", "wire", "--protocol", "=urcap"], "--protocol =urcap: expected ROLE=NAME"),
        (
            ["--path", "wire", "--protocol", "hand=urcap", "--protocol", "hand=modbus-rtu"],
            "--protocol hand=modbus-rtu: the role 'hand' is given twice",
        ),
        (
            ["--path", "wire", "--protocol", "hand=urcapp"],
            "--protocol hand=urcapp: driver 'robotiq' has no protocol 'urcapp' for this; did you mean urcap?",
        ),
        (["--path", "wire", "--protocol", "robot=urcap"], "driver 'ur' has no protocol 'urcap' for this; valid: rtde"),
        (
            ["--path", "wire", "--arm", "gp7", "--protocol", "hand=urcap"],
            "no wire path for 2f-85 on gp7: it is reached through an arm of Universal Robots",
        ),
        (["--path", "wire", "--protocol", "vision=gige"], "a camera is simulated without a wire"),
        (["--path", "wire", "--arm", "tx2-60"], "no wire path for tx2-60: "),
        (["--fault", "silant"], "--fault silant: pick_and_place has no such fault; did you mean silent?"),
        (["--fault", ""], "--fault : pick_and_place has no such fault; valid: "),
    ],
)
def test_mistakes(cellkit: Call, options: list[str], said: str) -> None:
    assert said in cellkit(*JOB, *options).complaint()


def test_a_fault_needs_the_scenarios_world(cellkit: Call) -> None:
    said = cellkit("run", "press_to_force", "--fault", "drift", *KINEMATIC).complaint()
    assert "--world kinematic: press_to_force needs the physics world" in said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{device: hnd, kind: silent, expect: {error: ConnectionLost}}", "no device in role 'hnd'; did you mean hand?"),
        (
            "{device: robot, kind: silent, expect: {error: ConnectionLost}}",
            "'robot' cannot have the fault 'silent'; valid:",
        ),
        ("{device: hand, kind: slow, expect: {error: ConnectionLost}}", "faults.mine.kind: input should be 'silent'"),
        ("{device: hand, kind: silent, expect: {error: Disaster}}", "faults.mine.expect.error: input should be 'Comm"),
        ("{device: hand, kind: silent, at: -1, expect: {error: ConnectionLost}}", "faults.mine.at: input should be"),
        ("{device: hand, kind: silent}", "'faults.mine.expect' is missing"),
        (
            "{device: hand, kind: silent, expct: {error: ConnectionLost}}",
            "unknown key 'faults.mine.expct'; did you mean",
        ),
    ],
)
def test_faults_of_a_file_that_are_none(cellkit: Call, copy: Spoilt, fault: str, said: str) -> None:
    text = copy.scenario.read_text(encoding="utf-8")
    head = text[: text.index("faults:")]
    copy.scenario.write_text(f"{head}faults:\n  mine: {fault}\n", encoding="utf-8")
    complaint = cellkit("run", copy.scenario, "--fault", "mine", *KINEMATIC).complaint()
    assert complaint.startswith(f"{copy.scenario}:{head.count(chr(10)) + 2}: "), complaint
    assert said in complaint


def test_settings_of_the_cell_file_are_told_with_file_and_line(cellkit: Call, copy: Spoilt) -> None:
    line = copy.edit(copy.cell, "model: ur5e", "model: ur5e, wire: {settings: {rtde_prt: 3}}")
    said = cellkit("run", copy.scenario, "--path", "wire", *KINEMATIC).complaint()
    assert said.startswith(f"{copy.cell}:{line}: rtde_prt: no such setting; did you mean rtde_port")
    assert cellkit("run", copy.scenario, *KINEMATIC).code == 0, "the direct path reads no settings"


def test_flanges_that_differ(cellkit: Call, copy: Spoilt) -> None:
    """With the plate the cell runs on an arm with another flange; without it the error shows both codes."""
    assert cellkit("run", copy.scenario, "--arm", "gp7", *KINEMATIC).code == 0
    line = copy.edit(copy.cell, ", adapter: {thickness: 0.010, mass: 0.12}", "")
    assert cellkit("run", copy.scenario, *KINEMATIC).code == 0
    said = cellkit("run", copy.scenario, "--arm", "gp7", *KINEMATIC).complaint()
    assert said.startswith(f"{copy.cell}:{line}: 2F-85 fits a flange 50-4-M6 (ISO 9409-1), GP7 has 31.5-4-M5; ")
    assert "adapter" in said


def test_a_fault_that_comes_as_planned_is_a_success(cellkit: Call, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    outcome = cellkit("run", "pick_and_place", "--world", "kinematic", "--fault", "silent", "--json", result)
    assert outcome.code == 0, outcome
    record = json.loads(result.read_text(encoding="utf-8"))
    assert record["fault"] == "silent"
    assert record["success"] is True
    assert "ConnectionLost" not in record["caused"]["what"], "the text is for people"
    assert record["caused"]["where"].startswith("hand, program.py:")


def test_a_program_that_does_not_fail_as_planned_is_none(cellkit: Call, copy: Spoilt) -> None:
    copy.program.write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    outcome = cellkit("run", copy.scenario, "--fault", "silent", *KINEMATIC)
    assert outcome.code == 1
    assert "ConnectionLost was expected, but the program ended without an error" in " ".join(outcome.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ur5e", "--protocol", "rtd"], "driver 'ur' has no protocol 'rtd' for this; did you mean rtde?"),
        (["gamma", "--protocol", "rd"], "driver 'ati' has no protocol 'rd' for this; did you mean rdt?"),
        (["2f-85", "--protocol", "x"], "2f-85 has no protocol 'x'; valid: modbus-rtu, urcap"),
        (["modbus", "--protocol", "x"], "modbus has no protocol 'x'; valid: modbus-tcp"),
        (["reader:laser"], "driver 'reader' has no 'laser' without a model; valid: code_reader"),
        (["modbus:analog"], "driver 'modbus' has no 'analog' without a model; did you mean analog_io?"),
        (["ur"], "driver 'ur' has no device without a model; `cellkit drivers` lists its models"),
        (["tim517"], "unknown model 'tim517'; did you mean tim571?"),
        (
            ["2f-85", "--protocol", "modbus-rtu", "--port", "rtuu=1"],
            "--port rtuu=1: no endpoint 'rtuu'; did you mean rtu?",
        ),
    ],
)
def test_nothing_to_serve(cellkit: Call, arguments: list[str], said: str) -> None:
    assert said in cellkit("virtual", *arguments).complaint()
