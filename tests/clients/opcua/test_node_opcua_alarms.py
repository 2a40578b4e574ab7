"""node-opcua receives alarms, acknowledges them, and finds what still matters when it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from strangers import run_node, settings_of

from tests.opcua.gateway_rig import ServedCell

pytestmark = pytest.mark.clients


def test_an_alarm_comes_is_acknowledged_and_goes(cell: ServedCell, tmp_path: Path) -> None:
    found = run_node("alarms.cjs", settings_of(cell, tmp_path), cell.switch)
    assert found["before"] == []
    raised = found["raised"]
    assert (raised["source"], raised["name"]) == ("robot", "robot.protective_stop")
    assert "protective stop" in raised["message"]
    assert 1 < raised["severity"] <= 1000
    assert (raised["active"], raised["acked"], raised["retain"]) == (True, False, True)

    assert (found["unknownEvent"], found["acknowledge"]) == ("BadEventIdUnknown", "Good")
    acknowledged = found["acknowledged"]
    assert (acknowledged["comment"], acknowledged["user"]) == ("I am on my way", "plc")
    assert found["again"] == "BadConditionBranchAlreadyAcked"

    # A new session receives the same, and nothing any more once it is over.
    assert found["back"] == [acknowledged]
    assert (found["gone"]["active"], found["gone"]["retain"]) == (False, False)
    assert found["after"] == []

    # An alarm that ended before it was acknowledged still matters.
    assert (found["unseen"]["active"], found["unseen"]["retain"]) == (False, True)
    assert found["stillThere"] == [found["unseen"]]
    assert (found["tooOld"], found["byWatcher"]) == ("BadEventIdUnknown", "BadUserAccessDenied")
    assert found["late"] == "Good"
    assert (found["over"]["retain"], found["nothing"]) == (False, [])
