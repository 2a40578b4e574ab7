"""``cellkit iso9283 --test path``: logs of paths, a simulated arm, and errors in a log."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cellkit.cli.iso9283 import iso9283_command
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm
from cellkit.study.iso9283_path import run_path_test
from cellkit.study.repeatability import Scatter

HEADING = "path,cycle,point,x_commanded,y_commanded,z_commanded,x,y,z"
ROWS = """line,1,a,0,0,0,0.1,0,0
line,1,b,10,0,0,10,0.2,0
line,2,a,0,0,0,-0.1,0,0
line,2,b,10,0,0,10,0.4,0
"""


def log_of(folder: Path, text: str) -> Path:
    log = folder / "log.csv"
    log.write_text(text, encoding="utf-8")
    return log


def test_a_log_is_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(tmp_path, HEADING + "\n" + ROWS)
    assert iso9283_command(None, log, "physics", None, Path("-"), "path") == 0
    told = json.loads(capsys.readouterr().out)["paths"]["line"]
    assert told["path"]["accuracy"] == pytest.approx(0.3)
    assert told["path"]["repeatability"] == pytest.approx(0.1), "all distances are 0.1, so they do not scatter"
    assert told["speeds"] is None
    assert iso9283_command(None, log, "physics", None, None, "path") == 0
    assert "0.3000" in capsys.readouterr().out


def test_speeds_in_a_log_are_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    speeds = iter((98, 100, 100, 102))
    rows = "".join(f"{row},100,{next(speeds)}\n" for row in ROWS.splitlines())
    log = log_of(tmp_path, f"{HEADING},speed_commanded,speed\n{rows}")
    assert iso9283_command(None, log, "physics", None, Path("-"), "path") == 0
    told = json.loads(capsys.readouterr().out)["paths"]["line"]["speeds"]
    assert told["accuracy"] == pytest.approx(0.0)
    assert told["repeatability"] == pytest.approx(3 * np.std([99, 101], ddof=1))
    assert told["fluctuation"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pose,x\n", ":1: has no column 'path'"),
        (HEADING + "\n", "holds no measurement"),
        (HEADING + "\nline,1,a,0,0,0,x,0,0\n", ":2: expected numbers"),
        (HEADING + "\nline,1,a,0,0,0,inf,0,0\n", ":2: a number is not finite"),
        (HEADING + "\nline,1,a,0,0,0,1,0,0\nline,1,a,0,0,0,1,0,0\n", ":3: path 'line', cycle '1' has point 'a' twice"),
        (
            HEADING + "\nline,1,a,0,0,0,1,0,0\nline,2,b,0,0,0,1,0,0\n",
            ":3: point 'b' differs from that of the first cycle",
        ),
        (
            HEADING + "\nline,1,a,0,0,0,1,0,0\nline,2,a,0,0,1,1,0,0\n",
            ":3: point 'a' differs from that of the first cycle",
        ),
        (HEADING + "\nline,1,a,0,0,0,1,0,0\n", "was run 1 time"),
        (HEADING + "\n" + ROWS.replace("line,2,b,10,0,0,10,0.4,0\n", ""), "cycle '2' has no point 'b'"),
        (
            HEADING + ",speed_commanded,speed\nline,1,a,0,0,0,1,0,0,0,1\nline,2,a,0,0,0,1,0,0,0,1\n",
            "needs one commanded speed, above zero",
        ),
    ],
)
def test_what_is_wrong_with_a_log_is_told(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        iso9283_command(None, log_of(tmp_path, text), "physics", None, None, "path")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"test": "pth"}, "expected pose or path"),
        ({"speed": 0.1}, "--speed is only for a simulated path"),
        ({"test": "path", "speed": 30.0}, "outside 0 to"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        iso9283_command("ur5e", None, "kinematic", 2, None, **options)  # type: ignore[arg-type]


def test_a_log_has_its_own_scatter(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a log contains real scatter"):
        iso9283_command(None, log_of(tmp_path, ""), "physics", None, None, "path", None, True)


def test_without_forces_the_path_is_the_commanded_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert iso9283_command("ur5e", None, "kinematic", 2, Path("-"), "path", 0.5) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"]["accuracy"] < 1e-4
    assert told["path"]["repeatability"] < 1e-7
    assert 0.0 < told["corner"]["rounding"] < 0.010, "within the blend"
    assert told["corner"]["overshoot"] < 1e-5
    assert told["scatter"] is None
    assert np.linalg.norm(np.subtract(*told["line"])) > 0.2


@pytest.mark.long
@pytest.mark.parametrize("arm", ["ur5e", "gp7", "crx-10ia"])
def test_scatter_shows_as_repeatability(arm: str) -> None:
    model = load_arm(arm)
    bare = run_path_test(model, "physics", 2)
    found = run_path_test(model, "physics", 10, scatter=Scatter.of(model))
    assert bare.path.repeatability < 1e-6
    claimed = model.repeatability.known()
    assert 0.5 * claimed < found.path.repeatability < 1.6 * claimed, "of ten cycles"
    assert found.speeds.accuracy == pytest.approx(-0.5, abs=0.2)
