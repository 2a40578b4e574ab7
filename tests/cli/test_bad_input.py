"""Bad input gives one line with the place, the error and the valid values; exit code 2; no device moves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli_rig import Call, Spoilt, in_a_process

KINEMATIC = ("--world", "kinematic")
MAIN = "async def main(cell):\n"

# --- required errors ------------------------------------------------------------------------------------------------


def test_unknown_arm_lists_near_names(cellkit: Call) -> None:
    assert "unknown model 'ur5'; did you mean ur5e" in cellkit("run", "pick_and_place", "--arm", "ur5").complaint()
    assert "valid: 2f-140, 2f-85, axia80-m20, crx-10ia" in cellkit("run", "pick_and_place", "--arm", "zzzz").complaint()
    assert "unknown model 'ur5'" in cellkit("matrix", "pick_and_place", "--arms", "gp7,ur5").complaint()
    assert "unknown model 'gp77'; did you mean gp7?" in cellkit("models", "gp77").complaint()


def test_unknown_key_with_file_and_line(cellkit: Call, copy: Spoilt) -> None:
    line = copy.edit(copy.cell, "model: ur5e", "modl: ur5e")
    said = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert said == f"{copy.cell}:{line}: unknown key 'devices.robot.modl'; did you mean model?"


def test_missing_files(cellkit: Call, copy: Spoilt) -> None:
    nowhere = copy.folder / "nowhere.yaml"
    assert cellkit("run", nowhere).complaint() == f"{nowhere}: no such file"
    assert cellkit("matrix", nowhere).complaint() == f"{nowhere}: no such file"
    assert "nowhere.yaml: no such file" in cellkit("run", "pick_and_place", "--arm", nowhere).complaint()
    line = copy.edit(copy.scenario, "cell: cell.yaml", "cell: sell.yaml")
    said = cellkit("run", copy.scenario).complaint()
    assert said == f"{copy.scenario}:{line}: cell: no such file 'sell.yaml' beside this one"


def test_pose_out_of_reach_says_which_and_by_how_much(cellkit: Call, copy: Spoilt) -> None:
    copy.program.write_text(
        "from cellkit.geometry import Pose\n"
        + MAIN
        + "    await cell.arm('robot').move_pose(Pose.from_rpy((5, 0, 0.5)))\n"
    )
    said = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert "robot: Pose(5.0000 0.0000 0.5000 m" in said
    assert " m beyond the reach: the nearest point the flange reaches is (" in said
    assert "program.py:3" in said


@pytest.mark.parametrize(
    ("part", "figures"),
    [
        ("mass: 6, friction: 0.6", "part weighs 6 kg, above the 5 kg payload of 2F-85"),
        ("mass: 4.5, friction: 1.5", "together weigh 5.425 kg, above the 5 kg payload of UR5e"),
        ("mass: 4, friction: 0.05", "needs 785 N per pad; 2F-85 gives 235 N"),
    ],
)
def test_payload_over_the_limit_gives_both_figures(cellkit: Call, copy: Spoilt, part: str, figures: str) -> None:
    line = copy.edit(copy.cell, "mass: 0.2, friction: 0.6", part)
    said = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert said.startswith(f"{copy.cell}:{line}: ")
    assert figures in said


def test_payload_set_by_the_program(cellkit: Call, copy: Spoilt) -> None:
    copy.program.write_text(
        "from cellkit.devices import Load\n" + MAIN + "    await cell.arm('robot').set_payload(Load(9.0))\n"
    )
    said = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert "9.93 kg on the flange (tool 0.925 kg + load 9 kg) is above the 5 kg payload of UR5e" in said


@pytest.mark.parametrize(
    ("gripper", "size", "figures"),
    [
        ("2f-85", "[0.090, 0.095, 0.050]", "part is 90 mm wide and needs 102 mm of opening; 2F-85 opens 85 mm"),
        ("vacuum", "[0.020, 0.050, 0.050]", "part has a face of 20 mm; the cup of "),
    ],
)
def test_part_that_does_not_fit_the_gripper(cellkit: Call, copy: Spoilt, gripper: str, size: str, figures: str) -> None:
    line = copy.edit(copy.cell, "size: [0.040, 0.050, 0.050]", f"size: {size}")
    said = cellkit("run", copy.scenario, "--gripper", gripper, *KINEMATIC).complaint()
    assert said.startswith(f"{copy.cell}:{line}: ")
    assert figures in said


@pytest.mark.parametrize("world", ["kinematic", "physics"])
def test_program_that_raises_and_the_arm_is_stopped(cellkit: Call, copy: Spoilt, world: str, tmp_path: Path) -> None:
    copy.program.write_text(
        "import asyncio\n"
        + MAIN
        + "    arm = cell.arm('robot')\n"
        + "    motion = asyncio.create_task(arm.move_joint(arm.home + 0.5))\n"
        + "    await asyncio.sleep(0.2)\n"
        + "    raise ValueError('lost the thread')\n"
    )
    trace, result = tmp_path / "trace.jsonl", tmp_path / "result.json"
    outcome = cellkit("run", copy.scenario, "--world", world, "--trace", trace, "--json", result)
    assert f"{copy.program}:6: the program raised ValueError: lost the thread" in outcome.complaint()
    failure = json.loads(result.read_text())["failure"]
    assert failure["where"] == "program.py:6"
    assert failure["when"] == pytest.approx(0.2, abs=0.01)

    events = [json.loads(line) for line in trace.read_text().splitlines()]
    robot = [event for event in events if event["source"] == "robot"]
    assert [event["what"] for event in robot[-3:]] == ["command", "aborted", "closed"]
    assert robot[-1]["t"] > failure["when"], "a stop takes its time; nobody said the arm stood at once"


def test_two_devices_with_one_name(cellkit: Call, copy: Spoilt) -> None:
    first = copy.edit(copy.cell, "  hand: {kind", "  robot: {kind")
    said = cellkit("run", copy.scenario).complaint()
    assert said == f"{copy.cell}:{first}: 'robot' is given twice (first on line {first - 1})"


# --- further errors: files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"# nothing but a remark\n", "is empty"),
        (b"schema: [1, 2\nname: x\n", ":2: is not valid YAML: "),
        (b"schema: {a: 1\n", "is not valid YAML: "),
        (b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe", "is not UTF-8 text (byte "),
        (b"\x00\x01\x02", "is not valid YAML: "),
        ("schema: größer".encode("utf-16"), "is not UTF-8 text (byte 0)"),
        (b"x: " + b"[" * 3000, "is nested too deeply"),
        (b"x: &a [*a]\n", "is nested more than 50 levels deep"),
        (b"x: " + b"a" * 1_100_000, "is larger than 1 MB"),
        (b"- 1\n- 2\n", "expected a mapping of keys to values"),
        (b"just text\n", "expected a mapping of keys to values"),
        (b"schema: !!python/object/apply:os.system [echo]\n", "schema: "),
        (b"schema: !!float ''\n", ":1: bad value: "),
        (b"schema: cellkit/cell/2\n", ":1: "),
        (b"a: 1\n---\nb: 2\n", "is not valid YAML: "),
    ],
)
def test_files_that_are_none(cellkit: Call, copy: Spoilt, content: bytes, said: str) -> None:
    for file in (copy.cell, copy.scenario):
        whole = file.read_bytes()
        file.write_bytes(content)
        complaint = cellkit("run", copy.scenario, *KINEMATIC).complaint()
        assert complaint.startswith(f"{file}:"), complaint
        assert said in complaint
        file.write_bytes(whole)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("columns: 2, rows: 5, pitch: [0.085, 0.075]}\n  fixture", "columns: two}\n  fixture", "places.tray.columns: "),
        ("size: [0.040, 0.050, 0.050]", "size: 0.04", "workpieces.part.size: input should be a valid list (got 0.04)"),
        ("size: [0.040, 0.050, 0.050]", "size: [0.04, 0.05]", "workpieces.part.size: "),
        ("size: [0.040, 0.050, 0.050]", "size: [0.04, true, 0.05]", "workpieces.part.size.1: "),
        ("size: [0.040, 0.050, 0.050]", "size: [-0.04, 0.05, 0.05]", "greater than 0 (got -0.04)"),
        ("size: [0.040, 0.050, 0.050]", "size: [0, 0.05, 0.05]", "greater than 0 (got 0)"),
        ("mass: 0.2", "mass: .nan", "workpieces.part.mass: input should be a finite number (got nan)"),
        ("mass: 0.2", "mass: -.inf", "workpieces.part.mass: "),
        ("mass: 0.2", "mass: '0.2'", "workpieces.part.mass: input should be a valid number (got '0.2')"),
        ("mass: 0.2", "mass:", "workpieces.part.mass: input should be a valid number (got None)"),
        ("mass: 0.2, ", "", "'workpieces.part.mass' is missing"),
        ("friction: 0.6", "friction: 0", "workpieces.part.friction: "),
        ('["0.52 reach", "0.36 reach"', '[.nan, "0.36 reach"', "frames.tray.xyz.0: input should be a finite number"),
        ('["0.52 reach", "0.36 reach"', '[true, "0.36 reach"', "frames.tray.xyz.0: input should be a valid number"),
        ('["0.52 reach", "0.36 reach"', '["0.52 rech", "0.36 reach"', "xyz.0: a length is a number of metres"),
        ('["0.52 reach", "0.36 reach"', '["1/2 reach", "0.36 reach"', 'such as "0.5 reach"'),
        ("tray: {in: robot, xyz", "tray: {in: robt, xyz", "unknown frame 'robt'; did you mean robot?"),
        ("tray: {in: robot, xyz", "tray: {in: fixture, xyz", None),  # a frame in a frame is right
        ("tray: {in: robot, xyz", "tray: {in: tray, xyz", "frames are placed in each other in a circle: tray in tray"),
        ("tray: {in: robot, xyz", "tray: {in: world, xyz", "a share of the reach needs a frame that stands on an arm"),
        ("tray: {in: robot, xyz", "tcp: {in: robot, xyz", "'tcp' is a frame that every arm has of its own"),
        ("tray: {in: robot, xyz", "robot: {in: robot, xyz", "the frame 'robot' is named like an arm"),
        ("tray: {in: robot, xyz", "Tray: {in: robot, xyz", "'Tray' is not a valid name: use lower-case letters"),
        ("on: robot", "on: robber", "'robber' is no arm of this cell; did you mean robot?"),
        ("on: robot", "on: vision", "'vision' is no arm of this cell; valid: robot"),
        ("model: ur5e", "model: 2f-85", "'2f-85' is a gripper, expected an arm; valid: crx-10ia"),
        ("model: 2f-85", "model: ur5e", "'ur5e' is an arm, expected a gripper; valid: 2f-140, 2f-85"),
        ("model: 2f-85", "model: 2f-58", "unknown model '2f-58'; did you mean 2f-85"),
        ("model: ur5e", "model: ''", "unknown model ''"),
        ("kind: arm", "kind: arms", "devices.robot.kind: unknown kind 'arms'; did you mean arm?"),
        ("kind: arm, ", "", "'devices.robot.kind' is missing"),
        ("finds: [part]", "finds: [parts]", "unknown workpiece 'parts'; did you mean part?"),
        ("inputs: [tray_ready]", "inputs: [tray_ready, tray_done]", "the signal 'tray_done' is listed twice"),
        ("nests: {place: fixture", "nests: {place: fixtures", "unknown place 'fixtures'; did you mean fixture?"),
        (
            "in: tray\n    shapes:\n      - {box: [0.17, 0.37, 0.060]",
            "in: tray\n    shapes:\n      - {rpy_deg: [0, 0, 0]",
            "a shape has either a box or a cylinder",
        ),
        ("  fixture:\n    in: fixture", "  robot:\n    in: fixture", "'robot' is already the name of one of"),
        ("  fixture:\n    in: fixture", "  floor:\n    in: fixture", "'floor' is already the name of the floor"),
        (
            "  fixture:\n    in: fixture",
            "  part_1:\n    in: fixture",
            "'part_1' is a possible name of a part of kind 'part'",
        ),
        ("name: pick_and_place", "name: Pick & place", ":2: name: "),
        ("workpieces:", "stock: {part: tra}\nworkpieces:", "unknown place 'tra'; did you mean tray?"),
        ("workpieces:", "stock: {parts: tray}\nworkpieces:", "unknown workpiece 'parts'; did you mean part?"),
    ],
)
def test_mistakes_in_a_cell_file(cellkit: Call, copy: Spoilt, old: str, new: str, said: str | None) -> None:
    copy.edit(copy.cell, old, new)
    outcome = cellkit("run", copy.scenario, "--quantity", "1", *KINEMATIC)
    if said is None:
        assert "unknown" not in outcome.err
        return
    complaint = outcome.complaint()
    assert complaint.startswith(f"{copy.cell}:"), complaint
    assert said in complaint
    assert complaint.removeprefix(f"{copy.cell}:")[0].isdigit(), "no line number"


def test_two_grippers_on_one_arm(cellkit: Call, copy: Spoilt) -> None:
    line = copy.edit(copy.cell, "  vision:\n", "  other: {kind: gripper, model: rg2, on: robot}\n  vision:\n")
    said = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert "'robot' already carries a gripper there; each of several needs a `mount` of its own" in said
    assert said.startswith((f"{copy.cell}:{line}:", f"{copy.cell}:{line - 1}:"))


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("mount: {xyz: [0, 0.06, 0]}", "mount: {xyz: [0, 0.06, 0.0]}", "'robot' already carries a gripper there"),
        ("mount: {xyz: [0, 0.06, 0]}", "mount: {xyz: [0, -0.06, 0]}, adapter: {thickness: 0.01, mass: 0.1}", "adapter"),
        (
            "mount: {xyz: [0, 0.06, 0], mass: 2}",
            "mount: {xyz: [0, -0.06, 0], mass: 2}",
            "weigh 5.705 kg, above the 5 kg",
        ),
    ],
    ids=["one place", "bracket and adapter", "together too heavy"],
)
def test_two_grippers_that_do_not_fit(cellkit: Call, copy: Spoilt, first: str, second: str, said: str) -> None:
    copy.edit(copy.cell, "adapter: {thickness: 0.010, mass: 0.12}", first)
    copy.edit(copy.cell, "  vision:\n", f"  other: {{kind: gripper, model: rg2, on: robot, {second}}}\n  vision:\n")
    assert said in cellkit("run", copy.scenario, *KINEMATIC).complaint()


def test_a_long_circle_and_a_long_chain_of_frames(cellkit: Call, copy: Spoilt) -> None:
    copy.edit(copy.cell, "frames:\n", "frames:\n  a: {in: b}\n  b: {in: c}\n  c: {in: a}\n")
    assert "frames are placed in each other in a circle: a in b in c in a" in cellkit("run", copy.scenario).complaint()
    chain = "".join(f"  f{i}: {{in: f{i + 1}}}\n" for i in range(3000))
    copy.edit(copy.cell, "  a: {in: b}\n  b: {in: c}\n  c: {in: a}\n", chain + "  f3000: {in: robot}\n")
    assert "more than 50 frames in a chain, each placed in the next" in cellkit("run", copy.scenario).complaint()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("quantity: 10", "quantity: 0", "quantity: input should be greater than or equal to 1 (got 0)"),
        ("quantity: 10", "quantity: 1.5", "quantity: input should be a valid integer"),
        ("seed: 1", "seed: -1", "seed: "),
        ("seed: 1", "time_limit: 0", "time_limit: "),
        ("ready: tray_ready", "ready: tray_reddy", "'station' has no input 'tray_reddy'; did you mean tray_ready"),
        ("ready: tray_ready", "ready: tray_done", "'station' has no input 'tray_done'"),
        ("done: tray_done", "done: tray_ready", "'station' has no output 'tray_ready'"),
        ("io: station", "io: hand", "process.io: the cell has no digital signals 'hand'; valid: station"),
        (
            "workpiece: part",
            "workpiece: park",
            "process.workpiece: the cell has no workpiece 'park'; did you mean part?",
        ),
        ("tray: tray", "tray: tary", "process.tray: the cell has no place 'tary'; did you mean tray?"),
        ("kind: tray_exchange", "kind: tray_exchanges", "process.kind: "),
        ("jitter: {xy: 0.004", "jitter: {xy: -1", "process.jitter.xy: "),
        ("program: program.py", "program: ../nowhere.py", "program: no such file '../nowhere.py'"),
        ("program: program.py", 'program: "a\\0b.py"', "program: no such file"),
        ("program: program.py", f"program: {'a' * 300}.py", "program: no such file"),
        ("program: program.py", "program: cell.yaml", "is not a Python file (expected a name ending in .py)"),
        ("cell: cell.yaml", "cell: .", "cell: no such file"),
        ("tolerances: {", "tolerance: {", "unknown key 'tolerance'; did you mean tolerances?"),
    ],
)
def test_mistakes_in_a_scenario_file(cellkit: Call, copy: Spoilt, old: str, new: str, said: str) -> None:
    copy.edit(copy.scenario, old, new)
    complaint = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert complaint.startswith(str(copy.folder)), complaint
    assert said in complaint


def test_parts_that_come_twice(cellkit: Call, copy: Spoilt) -> None:
    copy.edit(copy.cell, "workpieces:", "stock: {part: tray}\nworkpieces:")
    assert "'part' is also in the cell's stock" in cellkit("run", copy.scenario, *KINEMATIC).complaint()


# --- further errors: programs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": has no `async def main(cell)`"),
        ("def main(cell):\n    pass\n", ": has no `async def main(cell)`"),
        ("main = 5\n", ": has no `async def main(cell)`"),
        ("\nasync def main():\n    pass\n", ":2: main must take the cell: `async def main(cell)`"),
        ("x = 1\nasync def main(cell:\n", ":2: is not valid Python: "),
        ("import nowhere_to_be_found\n", ":1: raised ModuleNotFoundError when imported: "),
        ("import sys\nsys.exit(0)\n", ":2: raised SystemExit when imported: 0"),
        (MAIN + "    import sys\n    sys.exit(0)\n", ":3: the program raised SystemExit: 0"),
        (MAIN + "    raise ValueError('two\\n\\nlines')\n", ":2: the program raised ValueError: two lines"),
        (MAIN + "    import asyncio\n    raise asyncio.CancelledError\n", ":3: the program raised CancelledError"),
        (
            MAIN + "    import asyncio\n    async with asyncio.timeout(0.5):\n        await asyncio.sleep(1)\n",
            "the program raised TimeoutError",
        ),
        (MAIN + "    cell.arm('robbot')\n", "has no device in role 'robbot'; did you mean robot?"),
        (MAIN + "    cell.arm('hand')\n", "role 'hand' is a VirtualParallelGripper; the program asks for Arm"),
        (MAIN + "    cell.places('trai')\n", "has no place 'trai'; did you mean tray?"),
        (MAIN + "    cell.workpiece('prt')\n", "has no workpiece 'prt'; did you mean part?"),
        (MAIN + "    await cell.arm('robot').move_joint([9] * 6)\n", "(shoulder_pan_joint) at 515.66 deg is outside"),
        (
            MAIN
            + "    import asyncio\n    from cellkit.geometry import Pose\n"
            + "    async with asyncio.TaskGroup() as group:\n"
            + "        group.create_task(cell.arm('robot').move_pose(Pose.from_rpy((9, 0, 0))))\n",
            " m beyond the reach: ",
        ),
    ],
)
def test_programs_that_are_none(cellkit: Call, copy: Spoilt, text: str, said: str) -> None:
    copy.program.write_text(text)
    complaint = cellkit("run", copy.scenario, *KINEMATIC).complaint()
    assert said in complaint
    assert "program.py" in complaint


# --- further errors: options ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "Missing argument 'SCENARIO'"),
        (["rnu"], "No such command 'rnu'"),
        (["run", "pick_and_plaice"], "unknown scenario 'pick_and_plaice'; did you mean pick_and_place?"),
        (["run", ""], "unknown scenario ''"),
        (["run", "pick_and_place", "--worl", "kinematic"], "No such option"),
        (["run", "pick_and_place", "--world", "kinematics"], "unknown world 'kinematics'; did you mean kinematic?"),
        (["matrix", "pick_and_place", "--world", "x"], "unknown world 'x'; valid: kinematic, physics"),
        (["run", "pick_and_place", "--speed", "0"], "--speed 0: expected max, 1 (real time) or a factor above zero"),
        (["run", "pick_and_place", "--speed", "-1"], "--speed"),
        (["run", "pick_and_place", "--speed", "nan"], "--speed nan: expected max"),
        (["run", "pick_and_place", "--speed", "inf"], "--speed inf: expected max"),
        (["run", "pick_and_place", "--speed", "fast"], "--speed fast: expected max"),
        (["run", "pick_and_place", "--seed", "-1"], "--seed"),
        (["run", "pick_and_place", "--seed", "one"], "--seed"),
        (["run", "pick_and_place", "--quantity", "0"], "--quantity"),
        (["run", "pick_and_place", "--arm", ""], "unknown model ''"),
        (["run", "pick_and_place", "--arm", "rg2", *KINEMATIC], "'rg2' is a gripper, expected an arm"),
        (["run", "pick_and_place", "--gripper", "rg22", *KINEMATIC], "unknown model 'rg22'; did you mean rg2"),
        (["run", "pick_and_place", "--gripper", "gp7", *KINEMATIC], "'gp7' is an arm, expected a gripper"),
        (["run", "pick_and_place", "--arm", "robbot=gp7"], "no arm in role 'robbot'; did you mean robot?"),
        (["matrix", "pick_and_place", "--seeds", "0"], "--seeds"),
        (["matrix", "pick_and_place", "--jobs", "0"], "--jobs"),
        (["matrix", "pick_and_place", "--arms", ""], "--arms names no arm"),
        (["matrix", "pick_and_place", "--arms", " , "], "--arms names no arm"),
        (["matrix", "pick_and_place", "--arms", "rg2"], "'rg2' is a gripper, expected an arm"),
        (["matrix", "pick_and_place", "--gripper", "gp7"], "'gp7' is an arm, expected a gripper"),
        (["schema", "cel"], "unknown kind of file 'cel'; did you mean cell?"),
        (["schema"], "Missing argument"),
        (["check-driver", "virtua"], "unknown driver 'virtua'; did you mean virtual?"),
        (["run", "a" * 300 + "/x"], "cannot be read: "),
    ],
)
def test_mistakes_in_options(cellkit: Call, arguments: list[str], said: str) -> None:
    assert said in cellkit(*arguments).complaint()


@pytest.mark.parametrize("option", ["--json", "--trace", "--picture"])
def test_results_that_cannot_be_written_are_told_before_the_work(cellkit: Call, tmp_path: Path, option: str) -> None:
    missing = tmp_path / "missing" / "x.json"
    assert f"no folder {missing.parent}" in cellkit("run", "pick_and_place", option, missing).complaint()
    assert "is a folder" in cellkit("run", "pick_and_place", option, tmp_path).complaint()
    assert cellkit("run", "pick_and_place", option, tmp_path / ("a" * 300)).code == 2
    if option == "--json":
        for command in (("matrix", "pick_and_place"), ("models",), ("scenarios",)):
            assert "is a folder" in cellkit(*command, option, tmp_path).complaint()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(cellkit: Call, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "read-only" in cellkit("run", "pick_and_place", "--json", tmp_path / "x").complaint()


def test_a_full_disk(cellkit: Call) -> None:
    outcome = cellkit("run", "pick_and_place", *KINEMATIC, "--quantity", "1", "--trace", "/dev/full")
    assert outcome.code == 2
    assert "No space left" in outcome.err


def test_a_folder_without_a_scenario(cellkit: Call, tmp_path: Path) -> None:
    assert cellkit("run", tmp_path).complaint() == f"{tmp_path / 'scenario.yaml'}: no such file"


def test_a_cell_without_a_picture(cellkit: Call, tmp_path: Path) -> None:
    outcome = cellkit("run", "pick_and_place", *KINEMATIC, "--quantity", "1", "--picture", tmp_path / "x.png")
    assert "the kinematic world has no pictures" in outcome.complaint()


def test_the_matrix_tells_of_bad_input_once(cellkit: Call, copy: Spoilt) -> None:
    copy.edit(copy.cell, "tray: {in: robot, xyz", "tray: {in: robt, xyz")
    said = cellkit("matrix", copy.scenario, "--arms", "ur5e,gp7,irb-120", *KINEMATIC).complaint()
    assert "unknown frame 'robt'" in said


def test_in_a_process_of_its_own(copy: Spoilt) -> None:
    """The terminal shows the same as the tests above."""
    copy.edit(copy.cell, "model: ur5e", "model: ur55")
    assert "did you mean ur5e" in in_a_process("run", copy.scenario).complaint()


def test_two_results_in_one_file(cellkit: Call, tmp_path: Path) -> None:
    file = tmp_path / "both"
    call = cellkit("run", "pick_and_place", "--json", file, "--trace", file)
    assert "is given for two results" in call.complaint()
    assert not file.exists()


def test_more_seeds_than_a_matrix_takes_are_refused(cellkit: Call) -> None:
    assert "10000" in cellkit("matrix", "pick_and_place", "--seeds", "9" * 23).complaint()
