"""Blocking wrappers of the open interfaces, for notebooks and plain scripts: each call returns when its work is done.

from cellkit.blocking import open_cell

with open_cell("pick_and_place", arm="ur5e") as cell:
    arm = cell.arm("robot")
    arm.move_joint(arm.home)
"""

from cellkit.blocking.cell import Cell, open_cell
from cellkit.blocking.devices import (
    AnalogIO,
    Arm,
    Camera,
    CodeReader,
    Device,
    DigitalIO,
    ForceTorqueSensor,
    Freedrive,
    Gripper,
    Locating,
    Machine,
    ParallelGripper,
    ProximitySensor,
    RangeScanner,
    Servoing,
    VacuumGripper,
)
from cellkit.blocking.portal import CellClosed

__all__ = [
    "AnalogIO",
    "Arm",
    "Camera",
    "Cell",
    "CellClosed",
    "CodeReader",
    "Device",
    "DigitalIO",
    "ForceTorqueSensor",
    "Freedrive",
    "Gripper",
    "Locating",
    "Machine",
    "ParallelGripper",
    "ProximitySensor",
    "RangeScanner",
    "Servoing",
    "VacuumGripper",
    "open_cell",
]
