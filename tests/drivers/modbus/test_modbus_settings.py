"""What is wrong in a cell file is told with its line; what an installation is like does not change a simulation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cellkit_modbus.config import ModbusConfig

from cellkit.cell.build import build_cell
from cellkit.cell.driver_selection import check_wires
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import WorldSettings, create_world
from cellkit.errors import ConfigError
from cellkit.timing import run

CELL = """\
schema: cellkit/cell/1
name: couplers
devices:
  panel:
    kind: digital_io
    inputs: {ready: 0}
    outputs: {clamp: 3}
    wire:
      driver: modbus
      settings:
        unit: 7
        first_output: 512
  gauges:
    kind: analog_io
    inputs: {pressure: {terminal: 0, low: 0, high: 10, unit: bar}}
    outputs: {speed: {terminal: 1, low: 0, high: 3000}}
    wire:
      driver: modbus
      settings: {analog_full: 27648, analog_broken: 32767, first_analog_output: 512}
"""


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("unit: 7", "unit: 256", "unit:", "unit: input should be less than or equal to 255"),
        ("unit: 7", "unit: '7'", "unit:", "unit: input should be a valid integer"),
        ("unit: 7", "units: 7", "units:", "units: no such setting; did you mean unit"),
        ("first_output: 512", "first_output: -1", "first_output:", "first_output: input should be greater"),
        ("analog_full: 27648", "analog_full: 0", "settings: {", "analog_full: input should be greater"),
        ("analog_broken: 32767", "analog_broken: 27648", "settings: {", "27648 lies in the range of 0 to 27648"),
        ("analog_full: 27648, analog_broken: 32767", "analog_full: 65535", "settings: {", "32768 lies in the range"),
        ("analog_broken: 32767", "analog_beyond: -0.1", "settings: {", "analog_beyond: input should be greater"),
        ("analog_broken: 32767", "poll_period: 0", "settings: {", "poll_period: input should be greater"),
        ("analog_broken: 32767", "answer_timeout: 11", "settings: {", "answer_timeout: input should be less"),
        ("driver: modbus", "driver: modbuss", "driver: modbuss", "no driver 'modbuss'.*did you mean modbus"),
        (
            "driver: modbus",
            "driver: modbus\n      protocol: rtu",
            "protocol:",
            "no protocol 'rtu' for this; valid",
        ),
        ("clamp: 3", "clamp: 70000", "clamp:", "less than or equal to 65535"),
        ("high: 10", "high: 0", "pressure:", "low and high are the same"),
        ("ready: 0", "ready: 0, clamp: 1", "panel:", "the signal 'clamp' is listed twice"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, old: str, new: str, where: str, words: str) -> None:
    text = CELL.replace(old, new, 1)
    assert text != CELL
    file = tmp_path / "cell.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        check_wires(read_cell(file))
    assert caught.value.file == file
    assert caught.value.line == line_of(text, where)
    assert "\n" not in str(caught.value)


def test_settings_of_an_installation_do_not_change_a_simulated_cell(tmp_path: Path) -> None:
    """Another unit, another layout of tables, another range: the pretended coupler has the usual ones."""
    file = tmp_path / "cell.yaml"
    file.write_text(CELL, encoding="utf-8")

    async def main() -> None:
        world = create_world("kinematic", WorldSettings())
        made = WireDevices(_Nothing())
        built = build_cell(read_cell(file), world, made)
        await made.start()
        try:
            await built.cell.connect()
            panel, gauges = built.cell.io("panel"), built.cell.analog_io("gauges")
            await panel.write("clamp", True)
            assert built.images["panel"]["clamp"]
            await gauges.write("speed", 1500.0)
            assert built.analog_images["gauges"]["speed"] == pytest.approx(0.5, abs=1e-4)
            built.analog_images["gauges"]["pressure"] = 1.0
            await asyncio.sleep(0.1)
            assert await gauges.read("pressure") == pytest.approx(10.0, abs=1e-3)
            await built.cell.close()
        finally:
            await made.finish()
            world.close()

    run(main(), speed="max")


class _Nothing:
    """A factory of nothing: this cell has no camera."""

    async def start(self) -> None: ...
    async def finish(self) -> None: ...


def test_what_stays_of_the_settings_in_a_simulated_cell() -> None:
    kept = set(ModbusConfig.model_fields) - set(ModbusConfig.as_installed)
    assert kept == {"host", "local_host", "modbus_port", "analog_beyond", "poll_period", "answer_timeout"}
