"""The machine that a virtual agent describes: its components and data items, and their values from a plant."""

from __future__ import annotations

from cellkit.controller.plants.machine import MachineReport
from cellkit_mtconnect.protocol.documents import UNAVAILABLE, Component, DataItem
from cellkit_mtconnect.protocol.writing import SELF_SINCE, Version

NAME, UUID = "CNC", "cellkit-machine-1"
AVAILABILITY, DOOR, CHUCK, EXECUTION, MODE, BLOCK, SYSTEM = (
    "avail", "doorstate", "chuckstate", "execution", "mode", "block", "system_cond",
)  # fmt: skip
ASSET_ITEMS = ("d1_asset_chg", "d1_asset_rem")

CHUCKS_SINCE: Version = (1, 5)
"""The version since which a chuck is a component, before, the spindle reported it."""


def _machine(version: Version) -> Component:
    """Laid out like the machines in the reference agent's demonstration."""
    own = (
        DataItem(AVAILABILITY, "AVAILABILITY", "EVENT"),
        DataItem(ASSET_ITEMS[0], "ASSET_CHANGED", "EVENT"),
        DataItem(ASSET_ITEMS[1], "ASSET_REMOVED", "EVENT"),
    )
    program = (
        DataItem(EXECUTION, "EXECUTION", "EVENT"),
        DataItem(MODE, "CONTROLLER_MODE", "EVENT"),
        DataItem(BLOCK, "BLOCK", "EVENT"),
    )
    chuck = (DataItem(CHUCK, "CHUCK_STATE", "EVENT"),)
    if version < CHUCKS_SINCE:
        spindle = Component("Rotary", "c", "C", items=chuck)
    else:
        spindle = Component("Rotary", "c", "C", parts=(Component("Chuck", "chuck", "chuck", items=chuck),))
    path = Component("Path", "path1", "path", items=program)
    condition = (DataItem(SYSTEM, "SYSTEM", "CONDITION"),)
    parts = (
        Component("Axes", "base", "base", parts=(spindle,)),
        Component("Controller", "cont", "controller", items=condition, parts=(path,)),
        Component("Door", "door1", "door", items=(DataItem(DOOR, "DOOR_STATE", "EVENT"),)),
    )
    return Component("Device", "d1", NAME, UUID, own, parts)


AGENT_AVAILABILITY = "agent_avail"
AGENT = Component(
    "Agent", "agent_1", "Agent", "cellkit-agent-1", items=(DataItem(AGENT_AVAILABILITY, "AVAILABILITY", "EVENT"),)
)
"""What an agent says of itself since version 1.7."""

WORDS = {"door": DOOR, "chuck": CHUCK, "execution": EXECUTION, "mode": MODE}
"""Data items that can be unavailable one by one, by the words for them."""


def devices(version: Version) -> tuple[Component, ...]:
    """Return what there is in a version of the standard."""
    machine = _machine(version)
    return (AGENT, machine) if version >= SELF_SINCE else (machine,)


def values(report: MachineReport) -> dict[str, str]:
    """Values of events; all are UNAVAILABLE when the machine is, as when its adapter has lost it."""
    if not report.available:
        return dict.fromkeys((AVAILABILITY, DOOR, CHUCK, EXECUTION, MODE), UNAVAILABLE)
    return {
        AVAILABILITY: "AVAILABLE",
        DOOR: report.door.value,
        CHUCK: report.chuck.value,
        EXECUTION: report.execution.value,
        MODE: report.mode,
    }
