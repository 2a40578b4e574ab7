"""Bad logs and bad options get one clear line and exit code 2; a large log takes bounded memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from synthetic import HOME, goals, moves_log, write_rtde

from cellkit.calibration import table
from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.log import Log
from cellkit.models.load import load_arm

Call = Callable[..., Any]
NUMBERS = ",".join(["0.1"] * 31)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a table of numbers"),
        (b"\x00\xff\xfe garbage " * 500, "is not a table of numbers"),
        (b"PAR1" + bytes(range(256)) * 40, "is not a table of numbers"),
        (b"\x89MCAP0\r\nnot really", "log.csv"),
        (b"Dear reader,\nthis is a letter.\n", "is not a table of numbers"),
        (b"1,2,3\n" * 50, "is a log of no known form"),
        (b"timestamp,actual_q_0\n", "holds no rows of numbers"),
        (b"timestamp,actual_q_0\n0,1\n1,2\n", "has no column 'actual_q_1'"),
        (f"{NUMBERS}\n".encode() * 3, "holds 3 rows, which is too few"),
        (f"{NUMBERS}\n".encode() * 3 + b"x" + f"{NUMBERS}\n".encode() * 30, "log.csv:4: holds 'x0.1'"),
        (f"{NUMBERS}\n".encode() * 3 + b"1,2\n" + f"{NUMBERS}\n".encode() * 30, "rows of different lengths"),
        (
            f"{NUMBERS}\n".encode() * 3 + f"nan{NUMBERS[3:]}\n{NUMBERS}\n".encode() * 30,
            "log.csv:4: column 1 holds no finite",
        ),
        (f"{NUMBERS}\n".encode() * 30, "the times repeat at rows 2, 3, 4, 5, 6 and 24 more"),
    ],
)
def test_a_file_that_is_no_log(cellkit: Call, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(content)
    assert words in cellkit("calibrate", file, "--arm", "ur5e").complaint()


def test_bad_options(cellkit: Call, tmp_path: Path) -> None:
    file = write_rtde(tmp_path / "log.csv", moves_log(goals(4)))
    there = tmp_path / "there.yaml"
    there.write_text("mine")
    for options, words in (
        (("--arm", "ur5x"), "unknown model 'ur5x'"),
        (("--arm", "rg2"), "is a gripper, expected an arm"),
        (("--arm", "fr3"), "the arm has 7"),
        (("--arm", "ur5e", "--preset", "rtd"), "unknown preset 'rtd'; did you mean rtde?"),
        (("--arm", "ur5e", "--preset", "libfranka"), "has no column"),
        (("--arm", "ur5e", "--preset", "rtde", "--columns", "a.yaml"), "not both"),
        (("--arm", "ur5e", "--columns", "a.yaml"), "no such file"),
        (("--arm", "ur5e", "--period", "0"), "--period: expected a time above 0 s"),
        (("--arm", "ur5e", "--period", "nan"), "--period: expected a time above 0 s"),
        (("--arm", "ur5e", "--payload", "inf"), "--payload: expected a mass"),
        (("--arm", "ur5e", "--write", there), "exists already and is left as it is"),
        (("--arm", "ur5e", "--write", tmp_path), "is a folder"),
        (("--arm", "ur5e", "--write", "-", "--json", "-"), "cannot both go to standard output"),
    ):
        assert words in cellkit("calibrate", file, *options).complaint()
    assert there.read_text() == "mine"
    assert "no such file" in cellkit("calibrate", tmp_path / "none.csv", "--arm", "ur5e").complaint()
    assert "is a folder" in cellkit("calibrate", tmp_path, "--arm", "ur5e").complaint()


def test_degrees_taken_for_radians_and_an_arm_at_rest(cellkit: Call, tmp_path: Path) -> None:
    log = moves_log(goals(4))
    degrees = Log("d", "t", "", 1, log.times, np.degrees(log.position) * 2.0, log.velocity)
    file = write_rtde(tmp_path / "degrees.csv", degrees)
    assert "are the angles in degrees, or the motors'?" in cellkit("calibrate", file, "--arm", "ur5e").complaint()
    rest = Log("r", "t", "", 1, log.times, np.tile(HOME, (len(log.times), 1)), np.zeros_like(log.position))
    file = write_rtde(tmp_path / "rest.csv", rest)
    assert "no joint moves in this log" in cellkit("calibrate", file, "--arm", "ur5e").complaint()


def test_a_model_is_written_with_what_was_learned_and_its_source(cellkit: Call, tmp_path: Path) -> None:
    file = write_rtde(tmp_path / "log.csv", moves_log(goals(8, joints=(0, 1, 2)), speed=0.8, acceleration=3.0))
    model, result = tmp_path / "mine.yaml", tmp_path / "result.json"
    done = cellkit("calibrate", file, "--arm", "ur5e", "--payload", "2", "--write", model, "--json", result)
    assert done.code == 0, done
    assert f"written: {model}" in done.out.replace("\n", "")
    assert "never moved: joint 4, 5, 6" in done.out
    arm, shipped = load_arm(str(model)), load_arm("ur5e")
    joints = arm.kinematics.joints
    assert [round(joint.max_velocity, 2) for joint in joints[:3]] == [0.8] * 3
    assert [round(joint.max_acceleration, 1) for joint in joints[:3]] == [3.0] * 3
    assert joints[3:] == shipped.kinematics.joints[3:], "a joint that never moved keeps the shipped figures"
    source = arm.sources[arm.limits.velocity.source]
    found = json.loads(result.read_text())
    assert found["log"]["sha256"] in source.detail
    assert "2 kg of payload" in source.detail
    assert "error on 4 others" in arm.limits.velocity.note
    assert max(abs(row["error"]) for row in found["motion_times"]) < 0.01
    assert {figure["name"] for figure in found["figures"] if figure["better"]} >= {"speed", "acceleration"}
    again = cellkit("calibrate", file, "--arm", str(model), "--write", tmp_path / "second.yaml")
    assert again.code == 0
    assert cellkit("calibrate", file, "--arm", "ur5e", "--write", model, "--force").code == 0


def test_nothing_is_written_where_nothing_is_better(cellkit: Call, tmp_path: Path) -> None:
    file = write_rtde(tmp_path / "log.csv", moves_log(goals(1), speed=0.8, acceleration=3.0))
    model = tmp_path / "mine.yaml"
    done = cellkit("calibrate", file, "--arm", "ur5e", "--write", model)
    assert done.code == 0
    assert "nothing written: no figure of this log beats the shipped one" in done.out.replace("\n", " ")
    assert not model.exists()


def test_standard_output_holds_the_model_or_the_result_alone(cellkit: Call, tmp_path: Path) -> None:
    file = write_rtde(tmp_path / "log.csv", moves_log(goals(4), speed=0.8, acceleration=3.0))
    result = cellkit("calibrate", file, "--arm", "ur5e", "--json", "-")
    assert json.loads(result.out)["arm"] == "ur5e"
    model = cellkit("calibrate", file, "--arm", "ur5e", "--write", "-")
    assert yaml.safe_load(model.out)["schema"] == "cellkit/arm/1"


def test_a_log_of_a_million_rows_takes_memory_in_proportion() -> None:
    log = moves_log(goals(6), step=0.0005)
    times = -(-1_000_000 // len(log.times))
    way = np.concatenate([log.position, log.position[::-1]])
    speed = np.concatenate([log.velocity, -log.velocity[::-1]])
    long = Log(
        "long",
        "test",
        "",
        1,
        np.arange(1_000_000) * log.step,
        np.tile(way, (times, 1))[:1_000_000],
        np.tile(speed, (times, 1))[:1_000_000],
    )
    size = long.position.nbytes + long.velocity.nbytes
    tracemalloc.start()
    findings = calibrate(long, load_arm("ur5e"), Path("long.csv"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert findings.moves > 100
    assert peak < 6 * size


def test_a_log_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch, cellkit: Call, tmp_path: Path) -> None:
    monkeypatch.setattr(table, "MAX_ROWS", 100)
    file = write_rtde(tmp_path / "log.csv", moves_log(goals(2)))
    assert "has more than 100 rows" in cellkit("calibrate", file, "--arm", "ur5e").complaint()
    monkeypatch.setattr(table, "MAX_BYTES", 1000)
    assert "is larger than" in cellkit("calibrate", file, "--arm", "ur5e").complaint()
