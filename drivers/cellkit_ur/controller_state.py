"""The controller at one control step: the values of RTDE and the state packets, computed on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from cellkit.devices.tool import Load, Tool
from cellkit.timing import now
from cellkit_ur.arm_motion import ArmMotion
from cellkit_ur.control_box import ControlBox
from cellkit_ur.inertia import inertia_six
from cellkit_ur.protocol.base_frame import Six, six
from cellkit_ur.protocol.fields import BITS, FORMATS, OUTPUTS, REGISTERS, Value
from cellkit_ur.protocol.states import JointMode, RobotMode, RobotStatus, RuntimeState, safety_bits
from cellkit_ur.registers import word

ROOM_TEMPERATURE = 25.0  # °C
VOLTAGE = 48.0  # V
# Plain numbers: flags of an enumeration cost some µs in every control step.
_POWER_ON, _PROGRAM_RUNNING = int(RobotStatus.POWER_ON), int(RobotStatus.PROGRAM_RUNNING)


class RunningProgram(Protocol):
    """The part of a program that plays which states show."""

    state: RuntimeState

    @property
    def running(self) -> bool:
        """Whether a program plays or is paused."""

    @property
    def line(self) -> int:
        """The line at which the program is."""


class ControllerState:
    """The state at the newest control step. Poses are in the vendor's base."""

    motion: ArmMotion
    """The motion of the arm, from the first control step on."""

    def __init__(self, box: ControlBox, player: RunningProgram) -> None:
        self.box = box
        self.player = player
        self.step = 0
        self.time = 0.0

    def advance(self) -> None:
        """Go on to the next control step. While the arm stands still, its motion remains as it was computed."""
        self.step += 1
        self.time = now()
        kernel = self.box.kernel
        joints, commanded = kernel.joints(), kernel.commanded()
        if self.step > 1 and self.motion.made_of(joints, commanded, kernel.tool):
            return
        motion = ArmMotion(kernel, joints, commanded)
        if self.step == 1 or not motion.same_as(self.motion):
            self.motion = motion

    @property
    def tcp_offset(self) -> Six:
        """The TCP in the flange."""
        return _offset(self.box.kernel.tool)

    @property
    def payload(self) -> tuple[float, tuple[float, ...], Six]:
        """The whole load on the flange: kg, centre of gravity in m, and inertia in the vendor's order."""
        return _load(self.box.kernel.load)

    @property
    def joint_mode(self) -> int:
        """The joint mode, which is the same for all joints."""
        modes = {RobotMode.RUNNING: JointMode.RUNNING, RobotMode.IDLE: JointMode.IDLE}
        return modes.get(self.box.robot_mode, JointMode.POWER_OFF)

    @property
    def robot_status(self) -> int:
        """The ``robot_status_bits``."""
        powered = self.box.robot_mode not in (RobotMode.POWER_OFF, RobotMode.DISCONNECTED)
        return (_POWER_ON if powered else 0) + (_PROGRAM_RUNNING if self.player.running else 0)

    @property
    def safety_status(self) -> int:
        """The ``safety_status_bits``."""
        return safety_bits(self.box.safety_mode)

    @property
    def speed_scaling(self) -> float:
        """The share of the programmed speed at which programs really run."""
        return self.box.kernel.speed_override if self.player.state is RuntimeState.PLAYING else 0.0


@lru_cache(maxsize=4)
def _load(load: Load) -> tuple[float, tuple[float, ...], Six]:
    return load.mass, tuple(load.centre_of_gravity.tolist()), inertia_six(load.inertia)


@lru_cache(maxsize=8)
def _offset(tool: Tool) -> Six:
    return six(tool.tcp.matrix)


_PLAIN = {
    "timestamp": "s.time",
    "control_step": "s.step",
    "actual_q": "*m.q",
    "actual_qd": "*m.qd",
    "target_q": "*m.commanded[0]",
    "target_qd": "*m.commanded[1]",
    "actual_TCP_pose": "*m.tcp",
    "target_TCP_pose": "*m.target_tcp",
    "actual_TCP_speed": "*m.tcp_speed",
    "target_TCP_speed": "*m.target_tcp_speed",
    "tcp_offset": "*s.tcp_offset",
    "payload": "s.payload[0]",
    "payload_cog": "*s.payload[1]",
    "payload_inertia": "*s.payload[2]",
    "elbow_position": "*m.elbow",
    "robot_mode": "b.robot_mode",
    "safety_mode": "b.safety_mode",
    "safety_status": "b.safety_mode",
    "safety_status_bits": "s.safety_status",
    "robot_status_bits": "s.robot_status",
    "runtime_state": "p.state",
    "script_control_line": "p.line",
    "speed_scaling": "s.speed_scaling",
    "target_speed_fraction": "b.kernel.speed_override",
    "joint_mode": "*(s.joint_mode,) * 6",
    "joint_temperatures": f"*({ROOM_TEMPERATURE},) * 6",
    "actual_joint_voltage": f"*({VOLTAGE},) * 6",
    "actual_main_voltage": f"{VOLTAGE}",
    "actual_robot_voltage": f"{VOLTAGE}",
    "tool_temperature": f"{ROOM_TEMPERATURE}",
    "target_gravity": "0.0, 0.0, 9.82",
    "target_execution_time": "0.002",
    "actual_digital_input_bits": "r.digital_inputs",
    "actual_digital_output_bits": "r.digital_outputs",
    "actual_configurable_digital_input_bits": "r.digital_inputs >> 8 & 0xFF",
    "actual_configurable_digital_output_bits": "r.digital_outputs >> 8 & 0xFF",
    "standard_analog_input0": "r.analog_inputs[0]",
    "standard_analog_input1": "r.analog_inputs[1]",
    "tool_analog_input0": "r.analog_inputs[2]",
    "tool_analog_input1": "r.analog_inputs[3]",
    "standard_analog_output0": "r.analog_output(0)",
    "standard_analog_output1": "r.analog_output(1)",
    "tool_output_voltage": "r.tool_voltage",
}


def _registers(way: str) -> dict[str, str]:
    return (
        {f"{way}_int_register_{i}": f"r.{way}_int[{i}]" for i in range(REGISTERS)}
        | {f"{way}_double_register_{i}": f"r.{way}_double[{i}]" for i in range(REGISTERS)}
        | {f"{way}_bit_register_{i}": f"r.{way}_bit[{i}]" for i in range(64, BITS)}
        | {f"{way}_bit_registers0_to_31": f"word(r.{way}_bit, 0)"}
        | {f"{way}_bit_registers32_to_63": f"word(r.{way}_bit, 32)"}
    )


def _zero(kind: str) -> str:
    return "0, " * (int(FORMATS[kind][:-1] or 1) - 1) + "0"


_EXPRESSIONS: Mapping[str, str] = (
    {name: _zero(kind) for name, kind in OUTPUTS.items()}  # a value without counterpart in this controller is zero
    | _PLAIN
    | _registers("output")
    | _registers("input")
)
"""The expression of each output field: state ``s``, its motion ``m``, box ``b``, registers ``r``, player ``p``."""


def reader(names: Sequence[str]) -> Callable[[ControllerState], tuple[Value, ...]]:
    """Return the function that reads output fields, as flat values.

    It is compiled, since it runs in every control step: a call for each field takes longer than all the rest.
    """
    values = ", ".join(_EXPRESSIONS[name] for name in names)
    code = f"lambda s: (lambda s, m, b, r, p: ({values},))(s, s.motion, s.box, s.box.registers, s.player)"
    read: Callable[[ControllerState], tuple[Value, ...]] = eval(code, {"word": word})  # noqa: S307 (our own words)
    return read
