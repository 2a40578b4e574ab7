"""What can be asked of each kind of device, by whatever protocol."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.registry import Kind
from cellkit.supervision.commands.arm import ARM_COMMANDS, SET_SPEED_OVERRIDE
from cellkit.supervision.commands.command import Argument, ArgumentKind, Command
from cellkit.supervision.commands.gripper import GRIPPER_COMMANDS, JAWS_COMMANDS
from cellkit.supervision.commands.sensors import CAMERA_COMMANDS, FORCE_TORQUE_COMMANDS, READER_COMMANDS
from cellkit.supervision.commands.signals import ANALOG_COMMANDS, DIGITAL_COMMANDS

__all__ = ["COMMANDS", "SET_SPEED_OVERRIDE", "Argument", "ArgumentKind", "Command"]

COMMANDS: Mapping[Kind, tuple[Command, ...]] = {
    Kind.ARM: ARM_COMMANDS,
    Kind.JAWS: JAWS_COMMANDS,
    Kind.VACUUM: GRIPPER_COMMANDS,
    Kind.IO: DIGITAL_COMMANDS,
    Kind.ANALOG_IO: ANALOG_COMMANDS,
    Kind.FORCE_TORQUE: FORCE_TORQUE_COMMANDS,
    Kind.PROXIMITY: (),
    Kind.SCANNER: (),
    Kind.CODE_READER: READER_COMMANDS,
    Kind.MACHINE: (),
    Kind.CAMERA: CAMERA_COMMANDS,
}
