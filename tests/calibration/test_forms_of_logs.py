"""Every form of log is recognised and read to the same motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import goals, moves_log, write_rtde

from cellkit.calibration.log import Log
from cellkit.calibration.open_log import open_log
from cellkit.errors import ConfigError
from cellkit.geometry import Array

LOG = moves_log(goals(3), delay=0.02)
TARGET = LOG.target_position
assert TARGET is not None


def table(file: Path, columns: list[Array], header: str = "", separator: str = ",") -> Path:
    rows = np.column_stack(columns)
    np.savetxt(file, rows, delimiter=separator, header=header, comments="", fmt="%.12g")
    return file


def named(*groups: str) -> str:
    return ",".join(f"{group}_{joint}" for group in groups for joint in range(6))


def same(log: Log, preset: str) -> None:
    assert log.preset == preset
    assert np.allclose(log.times, LOG.times)
    assert np.allclose(log.position, LOG.position)
    assert np.allclose(log.velocity[5:-5], np.gradient(LOG.position, LOG.times, axis=0)[5:-5], atol=0.2)


def test_rtde_with_a_header_with_short_names_and_without_a_header(tmp_path: Path) -> None:
    same(open_log(write_rtde(tmp_path / "a.csv", LOG), 6), "rtde")
    short = table(
        tmp_path / "b.csv", [LOG.times, LOG.position, LOG.velocity, TARGET], f"pc_ts,{named('q', 'qd', 'tq')}"
    )
    log = open_log(short, 6)
    same(log, "rtde")
    assert np.allclose(log.planned_position, TARGET)
    current = np.full((len(LOG.times), 18), 2.5)
    bare = open_log(table(tmp_path / "c.csv", [LOG.times, LOG.position, LOG.velocity, current]), 6)
    same(bare, "rtde")
    assert bare.current is not None
    assert (bare.current == 2.5).all()


def test_a_last_row_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    file = write_rtde(tmp_path / "a.csv", LOG)
    whole = file.read_bytes()
    file.write_bytes(b"\xef\xbb\xbf" + whole[:-30].replace(b"\n", b"\r\n"))
    assert len(open_log(file, 6).times) == len(LOG.times) - 1


def test_the_vendor_s_client_separates_by_spaces(tmp_path: Path) -> None:
    header = f"timestamp,{named('actual_q')}".replace(",", " ")
    same(open_log(table(tmp_path / "a.csv", [LOG.times, LOG.position], header, " "), 6), "rtde")


def test_one_file_a_variable(tmp_path: Path) -> None:
    for name, values in (("q_actual", LOG.position), ("q_target", TARGET), ("i_actual", LOG.velocity)):
        table(tmp_path / f"run.{name}.csv", [LOG.times, values], separator=", ")
    log = open_log(tmp_path / "run.i_actual.csv", 6)
    same(log, "ur-variables")
    assert log.name == "run"
    assert np.allclose(log.planned_position, TARGET)
    table(tmp_path / "run.q_target.csv", [LOG.times + 0.02, TARGET], separator=", ")
    with pytest.raises(ConfigError, match="the files were not recorded together"):
        open_log(tmp_path / "run.q_actual.csv", 6)
    (tmp_path / "run.q_actual.csv").unlink()
    with pytest.raises(ConfigError, match=r"run\.q_actual\.csv is missing beside it"):
        open_log(tmp_path / "run.q_target.csv", 6)


@pytest.mark.parametrize("prefix", ["state.", ""])
def test_libfranka_s_log_function(tmp_path: Path, prefix: str) -> None:
    names = [f"{prefix}{name}[{joint}]" for name in ("q", "dq", "tau_J") for joint in range(6)]
    time = "time" if prefix else "duration"
    columns = [LOG.times * 1e3, LOG.position, LOG.velocity, LOG.velocity]
    log = open_log(table(tmp_path / "a.csv", columns, ", ".join([time, *names])), 6)
    same(log, "libfranka")
    assert log.torque_at == "link"


def test_libfranka_s_single_files(tmp_path: Path) -> None:
    for name, values in (("positions", LOG.position), ("velocity", LOG.velocity), ("time", LOG.times)):
        table(tmp_path / f"run_{name}.txt", [values.ravel()])
    same(open_log(tmp_path / "run_time.txt", 6), "libfranka")
    table(tmp_path / "run_velocity.txt", [LOG.velocity.ravel()[:-1]])
    with pytest.raises(ConfigError, match="numbers, expected 6 joints at"):
        open_log(tmp_path / "run_time.txt", 6)


def test_egm_in_degrees(tmp_path: Path) -> None:
    degrees = np.degrees(LOG.position)
    header = "timestamp, cmd_num, " + ", ".join(f"J{joint + 1}" for joint in range(6))
    same(open_log(table(tmp_path / "a.csv", [LOG.times, np.zeros(len(LOG.times)), degrees], header), 6), "egm")
    names = [f"{group}.joints.{joint}" for group in ("feedBack", "planned") for joint in range(6)]
    columns = [LOG.times * 1e3, degrees, np.degrees(TARGET)]
    log = open_log(table(tmp_path / "b.csv", columns, ",".join(["time", *names])), 6)
    same(log, "egm")
    assert np.allclose(log.planned_position, TARGET)


COLUMNS = """
schema: cellkit/columns/1
time: {column: ms, unit: ms}
position: {columns: [2, 3, 4, 5, 6, 7], unit: deg, scale: [1, 1, 1, 1, 1, -1]}
gear_ratio: [100, 100, 100, 50, 50, 50]
torque: {columns: [m1, m2, m3, m4, m5, m6], at: motor}
"""


def test_columns_of_motors_with_gears(tmp_path: Path) -> None:
    ratio = np.array([100, 100, 100, 50, 50, 50])
    motors = np.degrees(LOG.position) * ratio * np.array([1, 1, 1, 1, 1, -1])
    header = "ms," + ",".join([f"a{n}" for n in range(1, 7)] + [f"m{n}" for n in range(1, 7)])
    file = table(tmp_path / "log.csv", [LOG.times * 1e3, motors, np.ones((len(LOG.times), 6))], header)
    (tmp_path / "map.yaml").write_text(COLUMNS)
    log = open_log(file, 6, columns=tmp_path / "map.yaml")
    same(log, "columns")
    assert log.torque is not None
    assert (log.torque == ratio).all()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("column: ms", "column: time", 3, "has no column 'time'"),
        ("6, 7]", "6]", 4, "scale has 6 numbers for 5 columns"),
        ("[2, 3", "[99, 3", 4, "has only 13 columns"),
        ("50]", "50, 50]", 5, "gear_ratio has 7 numbers, the arm has 6 joints"),
        ("deg", "turns", 4, "position.unit"),
        ("at: motor", "", 6, "'torque.at' is missing"),
    ],
)
def test_an_error_in_a_file_of_columns_names_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    header = "ms," + ",".join([f"a{n}" for n in range(1, 7)] + [f"m{n}" for n in range(1, 7)])
    file = table(tmp_path / "log.csv", [LOG.times, LOG.position, LOG.position], header)
    description = tmp_path / "map.yaml"
    description.write_text(COLUMNS.replace(old, new, 1))
    with pytest.raises(ConfigError) as error:
        open_log(file, 6, columns=description)
    assert words in str(error.value)
    assert f"map.yaml:{line}" in str(error.value)


def test_the_example_of_the_page_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "calibration.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    description = tmp_path / "map.yaml"
    description.write_text(text, encoding="utf-8")
    columns = [LOG.times * 1e3, *(np.degrees(LOG.position) for _ in range(5))]
    header = ",".join(["t", *(f"m{n}" for n in range(1, 7)), *(f"c{n}" for n in range(24))])
    assert open_log(table(tmp_path / "log.csv", columns, header), 6, columns=description).preset == "columns"
