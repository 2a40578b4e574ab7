"""Every example runs as it is written, and prints what is true."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cellkit.models.load import load_model, model_ids
from cellkit.scenario.program import load_program
from cellkit.scenario.simulate import simulate

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.rglob("*.py"))
RUNNABLE = sorted(one for one in EXAMPLES.iterdir() if one.suffix == ".py" or any(one.glob("*.py")))


def output(example: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_there_are_nine_and_each_has_a_test() -> None:
    assert [one.stem for one in RUNNABLE] == [
        "01_first_program",
        "02_swapping_the_arm",
        "03_two_at_once",
        "04_catching_a_fault",
        "05_own_driver",
        "06_by_wire",
        "07_plc_over_opcua",  # tests/opcua/test_plc_program.py
        "08_blocking",
        "09_asyncio_sdk_as_driver",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(EXAMPLES)))
def test_short_explained_and_without_a_brand(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    assert ast.get_docstring(ast.parse(text)), "says what it shows"
    if file.name == "line_rig.py":
        return  # says which model the driver is usually tried with, as every rig does
    for name in (*model_ids("arm"), *model_ids("gripper")):
        vendor = load_model(name).vendor.name
        assert not re.search(rf"\b{re.escape(name)}\b", text), f"the model {name} in a program"
        if vendor != "cellkit":
            assert vendor.lower() not in text.lower()


def test_first_program() -> None:
    lines = output("01_first_program.py").splitlines()
    assert any("gripped: part, 40 mm wide" in line for line in lines)
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)
    assert [line.split()[3] for line in lines if " robot " in line].count("move_linear") == 4
    assert lines[-1] == f"{times[-1]:.2f} s of cell time"


def test_swapping_the_arm() -> None:
    heading, *rows = output("02_swapping_the_arm.py").splitlines()
    assert heading.split() == ["arm", "vendor", "reach", "cycle"]
    weak = {row.split()[0]: row for row in rows if "left out" in row}
    assert all("above the" in row and "payload" in row for row in weak.values())
    found = {row.split()[0]: float(row.split()[-2]) for row in rows if row.split()[0] not in weak}
    assert set(found) | set(weak) == set(model_ids("arm"))
    assert len(found) > len(weak)
    assert len({row[13:33].strip() for row in rows}) >= 3, "of at least three vendors"
    assert all(0.5 < seconds < 20 for seconds in found.values())
    assert len(set(found.values())) > 3, "every arm has its own times"


def test_two_at_once() -> None:
    text = output("03_two_at_once.py")
    left, right, both = (float(found) for found in re.findall(r"^\w+ arms? \w+ +([\d.]+) s$", text, re.MULTILINE))
    assert both == pytest.approx(max(left, right), abs=0.0011), "side by side: as long as the slower one"
    assert f"{left + right:.3f} s, together" in text or f"{left + right - 0.001:.3f} s, together" in text
    flashes = int(re.search(r"flashed (\d+) times", text)[1])  # type: ignore[index]
    assert flashes == pytest.approx((left + right + both) / 0.5, abs=1)


def test_catching_a_fault() -> None:
    text = output("04_catching_a_fault.py")
    metres = float(re.search(r"refused: Pose\(.*\) ([\d.]+) m beyond the reach", text)[1])  # type: ignore[index]
    assert 2.0 < metres < 3.5, "3 m further than a place that it reaches"
    assert "the arm has not moved: True" in text
    order = [
        "stopped by the robot: a person leant on the arm",
        "still refused",
        "went on and arrived",
        "all is well again",
    ]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "0.20 s  stopped by the robot" in text
    assert "all is well again: automatic, normal, standing" in text


def test_own_driver() -> None:
    text = output("05_own_driver")
    assert text.count("MOVEJ") == 4
    assert text.count("MOVEL") == 4
    own = float(re.search(r"after ([\d.]+) s", text)[1])  # type: ignore[index]
    program = load_program(EXAMPLES / "01_first_program.py")
    events = simulate(EXAMPLES / "01_first_program.yaml", program, world="kinematic")
    usual = next(event.time for event in events if event.what == "part_finished")
    assert own == pytest.approx(usual, abs=0.0051), "the driver adds nothing to the motion"


def test_the_own_driver_has_60_lines_at_most() -> None:
    tree = ast.parse((EXAMPLES / "05_own_driver" / "line_driver.py").read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [one.name for one in classes] == ["LineArm"]
    assert (classes[0].end_lineno or 0) - classes[0].lineno + 1 <= 60


def test_by_wire() -> None:
    text = output("06_by_wire.py")
    sent, received = (int(found) for found in re.findall(r"(\d+) bytes (?:sent|received)", text))
    assert sent > 1000
    assert received > 1000
    direct, wire = (float(found) for found in re.findall(r"(?:directly|by wire): ([\d.]+) s", text))
    assert wire == pytest.approx(direct, rel=0.05)


def test_blocking() -> None:
    lines = output("08_blocking.py").splitlines()
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)
    said = [line.split(" s  ")[1] for line in lines]
    assert said[:2] == ["gripped: part", "put down"]
    assert said[2].startswith("refused: Pose(")
    assert said[3:] == ["nothing to guard: no part is held", "automatic, normal, standing"]
    assert times[1] == times[2] == times[3], "what is refused takes no cell time"


def test_the_sdk_as_driver_has_less_than_60_lines() -> None:
    driver = EXAMPLES / "09_asyncio_sdk_as_driver" / "sdk_driver.py"
    assert len(driver.read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("share", [0.1, pytest.param(1.0, marks=pytest.mark.long)])
def test_asyncio_sdk_as_driver(share: float, tmp_path: Path) -> None:
    """The whole hour is long; a tenth of it, with the line cut in the middle, has a quick test."""
    folder = shutil.copytree(EXAMPLES / "09_asyncio_sdk_as_driver", tmp_path / "example")
    text = (folder / "conveyor.py").read_text(encoding="utf-8")
    cut = 1800 * share
    for old, new in (
        ("HOUR, TRAVEL = 3600.0,", f"HOUR, TRAVEL = {3600 * share},"),
        ("1800.5, 1805.0", f"{cut + 0.5}, {cut + 5}"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "conveyor.py").write_text(text, encoding="utf-8")
    text = output(str(folder / "conveyor.py"))
    first, second = re.findall(r"^(\d+) parts in an hour of cell time; trace ([0-9a-f]{64})$", text, re.MULTILINE)
    assert first == second, "the same trace twice"
    assert int(first[0]) > 400 * share
    assert text.endswith("the same trace\n")
    assert text.count(f"{cut + 0.5:.2f} s  connection_lost") == 2, "the line was cut in the middle of both"
    assert text.count("retry") >= (4 if share == 1.0 else 2), "and the driver came back"
