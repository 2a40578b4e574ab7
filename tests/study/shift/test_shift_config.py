"""The section ``shift`` of a study: errors and their reasons."""

from __future__ import annotations

from typing import Any

import pytest
from shift_rig import steady

from cellkit.errors import ConfigError
from cellkit.study.assumption import register
from cellkit.study.shift import ShiftConfig

FAULT = {"mtbf": 20, "repair": 5}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"hours": 0}, "0 is not above 0"),
        ({"hours": 1000}, "1000 is above 168"),
        ({"operators": 1.5}, "1.5 is not a whole number"),
        ({"operators": -1}, "-1 is below 0"),
        ({"batch": 0}, "0 is not above 0"),
        ({"buffer_before": -2}, "-2 is below 0"),
        ({"scrap": 1.2}, "1.2 is above 1"),
        ({"faults": {"robot": {"mtbf": 0, "repair": 5}}}, "0 is below 0.01"),
        ({"faults": {"robot": {"mtbf": 20, "repair": -5}}}, "-5 is below 0"),
        ({"faults": {"robot": {"repair": 5}}}, "mtbf"),
        ({"faults": {"robot": {**FAULT, "stop": "pause"}}}, "hold"),
        ({"arrivals": {"interval": 0}}, "0 is below 0.1"),
        ({"takt": -3}, "-3 is not above 0"),
        ({"operators": 0, "loading": 1}, "operators: 0, but loading needs one"),
        ({"operators": 0, "faults": {"robot": FAULT}}, "operators: 0, but faults need"),
        ({"breaks": [{"at": 2, "minutes": 30}, {"at": 2.25, "minutes": 5}]}, "begins before the previous one ends"),
        ({"breaks": [{"at": 7.9, "minutes": 30}]}, "after the shift of 8 h"),
        ({"breaks": [{"at": 1, "minutes": 30, "staying": 4}]}, "staying is 4, more than the 1 operators"),
        ({"mtbf": 3}, "extra|not permitted|unknown"),
    ],
)
def test_impossible_values_are_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ShiftConfig.model_validate(given)


def test_a_fault_of_an_unknown_device_is_refused() -> None:
    shift = ShiftConfig.model_validate({"faults": {"robto": FAULT}})
    with pytest.raises(ConfigError, match=r"no device 'robto'; .*robot.*`outside: true`"):
        steady(shift)
    with pytest.raises(ConfigError, match="choose another name"):
        steady(ShiftConfig.model_validate({"faults": {"program": {**FAULT, "outside": True}}}))
    with pytest.raises(ConfigError, match="seed -1"):
        steady(ShiftConfig(), seed=-1)


def test_every_figure_is_in_the_register() -> None:
    shift = ShiftConfig.model_validate({"faults": {"robot": {"mtbf": {"value": 20, "source": "our log"}, "repair": 5}}})
    entries = {entry.path: entry for entry in register(shift, owner="us")}
    assert entries["faults.robot.mtbf"].source == "our log"
    assert entries["faults.robot.mtbf"].unit.startswith("h of operation")
    assert (entries["operators"].default, entries["operators"].owner) == (True, "cellkit")
    assert all(not entry.verified for entry in entries.values())
