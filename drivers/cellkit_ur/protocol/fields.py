"""Every field that RTDE can carry, by name, with its type; and recipes: fields packed one after the other.

Source of the names and types: the vendor's RTDE guide and its C++ client
(UniversalRobots/Universal_Robots_Client_Library, ``rtde/data_package``).
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from cellkit.errors import ProtocolError

FORMATS: Mapping[str, str] = {
    "BOOL": "?",
    "UINT8": "B",
    "UINT32": "I",
    "UINT64": "Q",
    "INT32": "i",
    "DOUBLE": "d",
    "VECTOR3D": "3d",
    "VECTOR6D": "6d",
    "VECTOR6INT32": "6i",
    "VECTOR6UINT32": "6I",
}
"""The types with their ``struct`` letters; all numbers are big-endian."""

NOT_FOUND = "NOT_FOUND"
IN_USE = "IN_USE"
REGISTERS = 48
"""Number of registers for numbers per direction; 0 to 23 belong to fieldbuses, 24 to 47 to clients such as cellkit."""
BITS = 128

Value: TypeAlias = float | bool


def _typed(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


def _registers(way: str) -> dict[str, str]:
    numbers = {f"{way}_int_register_{i}": "INT32" for i in range(REGISTERS)}
    numbers |= {f"{way}_double_register_{i}": "DOUBLE" for i in range(REGISTERS)}
    bits = {f"{way}_bit_register_{i}": "BOOL" for i in range(64, BITS)}
    words = _typed("UINT32", f"{way}_bit_registers0_to_31 {way}_bit_registers32_to_63")
    return numbers | bits | words


OUTPUTS: Mapping[str, str] = (
    _typed(
        "DOUBLE",
        "timestamp actual_execution_time target_execution_time speed_scaling target_speed_fraction actual_momentum "
        "actual_main_voltage actual_robot_voltage actual_robot_current standard_analog_input0 standard_analog_input1 "
        "standard_analog_output0 standard_analog_output1 io_current euromap67_24V_voltage euromap67_24V_current "
        "tool_analog_input0 tool_analog_input1 tool_output_current tool_temperature tcp_force_scalar "
        "joint_position_deviation_ratio collision_detection_ratio payload actual_robot_energy_consumed "
        "actual_robot_braking_energy_dissipated",
    )
    | _typed(
        "VECTOR6D",
        "target_q target_qd target_qdd target_current target_moment actual_q actual_qd actual_current "
        "actual_current_window actual_current_as_torque joint_control_output actual_TCP_pose actual_TCP_speed "
        "actual_TCP_force target_TCP_pose target_TCP_speed tcp_offset joint_temperatures actual_joint_voltage "
        "ft_raw_wrench wrench_calc_from_currents payload_inertia target_TCP_acceleration actual_TCP_acceleration "
        "target_base_acceleration target_base_wrench",
    )
    | _typed("VECTOR3D", "actual_tool_accelerometer elbow_position elbow_velocity payload_cog target_gravity")
    | _typed("VECTOR6INT32", "joint_mode")
    | _typed(
        "INT32",
        "robot_mode safety_mode safety_status tool_output_voltage encoder0_raw encoder1_raw time_scale_source",
    )
    | _typed(
        "UINT32",
        "runtime_state robot_status_bits safety_status_bits analog_io_types euromap67_input_bits "
        "euromap67_output_bits tool_mode tool_analog_input_types script_control_line",
    )
    | _typed(
        "UINT64",
        "actual_digital_input_bits actual_digital_output_bits actual_configurable_digital_input_bits "
        "actual_configurable_digital_output_bits control_step",
    )
    | _registers("output")
    | _registers("input")
)
"""The fields that a client may request."""

INPUTS: Mapping[str, str] = (
    _typed("DOUBLE", "speed_slider_fraction standard_analog_output_0 standard_analog_output_1")
    | _typed("UINT32", "speed_slider_mask")
    | _typed(
        "UINT8",
        "standard_digital_output_mask standard_digital_output configurable_digital_output_mask "
        "configurable_digital_output standard_analog_output_mask standard_analog_output_type tool_output_mode "
        "tool_digital_output0_mode tool_digital_output1_mode tool_digital_output_mask tool_digital_output",
    )
    | _typed("VECTOR6D", "external_force_torque")
    | _registers("input")
)
"""The fields that a client may send."""


class Layout:
    """The fields of a recipe, in its order. Values are flat: a VECTOR6D takes six places."""

    def __init__(self, names: Sequence[str], types: Sequence[str]) -> None:
        self.names = tuple(names)
        self.types = tuple(types)
        formats = [FORMATS[kind] for kind in types]
        self._struct = struct.Struct(">" + "".join(formats))
        self.size = self._struct.size
        """Size in bytes."""
        self.places: dict[str, slice] = {}
        """The places of each field's values."""
        start = 0
        for name, letters in zip(names, formats, strict=True):
            width = int(letters[:-1] or 1)
            self.places[name] = slice(start, start + width)
            start += width
        self.width = start

    def pack(self, values: Sequence[Value]) -> bytes:
        """Return flat values as bytes. Raises ``ProtocolError`` where a value is outside the range of its type."""
        try:
            return self._struct.pack(*values)
        except struct.error as error:
            raise ProtocolError("RTDE", f"values do not fit their types: {error}") from None

    def packer(self, head: bytes) -> Callable[..., bytes]:
        """Return the function that packs flat values, each an argument, behind ``head``.

        It raises ``struct.error`` where a value is outside the range of its type.
        """
        whole = struct.Struct(f">{len(head)}s{self._struct.format[1:]}")
        return functools.partial(whole.pack, head)

    def unpack(self, data: bytes) -> tuple[Value, ...]:
        """Return bytes as flat values. Raises ``ProtocolError`` for another number of bytes."""
        if len(data) != self.size:
            raise ProtocolError("RTDE", f"a data package has {len(data)} bytes, its recipe {self.size}", data=data[:64])
        return self._struct.unpack(data)
