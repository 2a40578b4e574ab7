"""Any log ends in findings or in one clear error: no other exception, no warning, no number that is not finite."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import goals, moves_log, write_rtde

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.log import Log
from cellkit.calibration.model_file import model_text, written
from cellkit.calibration.open_log import open_log
from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.models.load import load_arm, model_file
from cellkit.yamlfile import read_yaml


def walk(kind: int, times: Array, numbers: np.random.Generator) -> Array:
    count = len(times)
    if kind == 0:
        return np.cumsum(numbers.standard_normal((count, 6)) * 0.01, axis=0)
    if kind == 1:
        return numbers.uniform(-3.0, 3.0, (count, 6))
    if kind == 2:  # it jumps between two poses
        return ((np.arange(count) // 40) % 2)[:, None] * np.ones((count, 6))
    if kind == 3:  # it turns at constant speed from the first row to the last one
        return np.outer(times, numbers.uniform(-1.0, 1.0, 6))
    if kind == 4:  # one bad row
        return np.eye(count)[:, count // 2, None] * np.ones(6)
    return np.round(np.sin(times[:, None] * numbers.uniform(0.1, 20.0, 6)), 1)


@pytest.mark.parametrize("seed", range(30))
def test_any_motion(seed: int) -> None:
    numbers = np.random.default_rng(seed)
    count, step = int(numbers.integers(20, 900)), float(numbers.choice([1e-3, 8e-3, 0.1]))
    times = np.arange(count) * step
    position = walk(seed % 6, times, numbers)
    shape = position.shape
    columns: dict[str, Any] = {}
    if seed % 2:
        columns["target_position"] = position + 0.01 * numbers.standard_normal(shape)
    if seed % 5 < 3:
        columns["torque" if seed % 5 else "current"] = 10.0 * numbers.standard_normal(shape) * (seed % 4)
    model, data = load_arm("ur5e"), read_yaml(model_file("ur5e")).data
    findings = calibrate(Log("any", "test", "a" * 64, 1, times, position, **columns), model, Path("any"))
    json.dumps(findings.to_json(), allow_nan=False)
    if written(findings):
        model_text(findings, data, Path("any"))


PIECES = (b"\n", b",", b'"', b"#", b"\r", b"nan", b"1e999", b"\x00", b"\xff", b" ", b";", b"\n\n")


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_of_a_file(seed: int, tmp_path: Path) -> None:
    numbers = random.Random(seed)
    data = bytearray(write_rtde(tmp_path / "log.csv", moves_log(goals(1))).read_bytes())
    for _ in range(numbers.choice([1, 3, 30])):
        place = numbers.randrange(len(data))
        if numbers.random() < 0.4:
            del data[place : place + numbers.randrange(1, 200)]
        else:
            data[place:place] = numbers.choice(PIECES)
    (tmp_path / "log.csv").write_bytes(data)
    with contextlib.suppress(ConfigError):
        open_log(tmp_path / "log.csv", 6)
