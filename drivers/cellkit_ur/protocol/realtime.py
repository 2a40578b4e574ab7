"""The packet of the real-time port (30003): a size and 152 doubles in a fixed order, 500 times a second.

Source: the vendor's "Realtime Client Interface" guide, table "RealTime 5.10" (1220 bytes).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from cellkit.errors import ProtocolError

FIELDS: Mapping[str, int] = {
    "time": 1,
    "q_target": 6,
    "qd_target": 6,
    "qdd_target": 6,
    "i_target": 6,
    "m_target": 6,
    "q_actual": 6,
    "qd_actual": 6,
    "i_actual": 6,
    "i_control": 6,
    "tool_actual": 6,
    "tcp_speed_actual": 6,
    "tcp_force": 6,
    "tool_target": 6,
    "tcp_speed_target": 6,
    "digital_inputs": 1,
    "motor_temperatures": 6,
    "controller_timer": 1,
    "test_value": 1,
    "robot_mode": 1,
    "joint_modes": 6,
    "safety_mode": 1,
    "reserved_1": 6,
    "tool_acceleration": 3,
    "reserved_2": 6,
    "speed_scaling": 1,
    "momentum": 1,
    "reserved_3": 2,
    "main_voltage": 1,
    "robot_voltage": 1,
    "robot_current": 1,
    "joint_voltages": 6,
    "digital_outputs": 1,
    "program_state": 1,
    "elbow_position": 3,
    "elbow_velocity": 3,
    "safety_status": 1,
    "reserved_4": 3,
    "payload_mass": 1,
    "payload_cog": 3,
    "payload_inertia": 6,
}
"""Names of the fields with their numbers of doubles, in the order of the packet."""

_PACKET = struct.Struct(f">i{sum(FIELDS.values())}d")
SIZE = _PACKET.size


def encode(values: Mapping[str, tuple[float, ...]]) -> bytes:
    """Return a packet; fields that are not given are zero."""
    flat: list[float] = []
    for name, width in FIELDS.items():
        flat.extend(values.get(name, (0.0,) * width))
    return _PACKET.pack(SIZE, *flat)


def decode(packet: bytes) -> dict[str, tuple[float, ...]]:
    """Return the fields of a whole packet. Raises ``ProtocolError`` for another size."""
    if len(packet) != SIZE or _PACKET.unpack(packet)[0] != SIZE:
        raise ProtocolError("real-time port", f"a packet has {len(packet)} bytes, not {SIZE}", data=packet[:16])
    flat = _PACKET.unpack(packet)[1:]
    found, start = {}, 0
    for name, width in FIELDS.items():
        found[name] = flat[start : start + width]
        start += width
    return found
