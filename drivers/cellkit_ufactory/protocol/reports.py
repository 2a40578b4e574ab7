"""Report packets of ports 30000 (RT), 30001 (normal), 30002 (rich) and 30003 (real).

Layouts are those of ``report.py`` and of the handlers in ``base.py`` of the vendor's SDK (1.18.4). Every longer packet
of a port begins with the shorter ones; the first four bytes are the length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from cellkit.errors import ProtocolError

LENGTHS = {
    30000: (804,),
    30001: (133, 145),
    30002: (233, 245, 252, 284, 288, 312, 314, 417, 433, 481, 482, 494, 495, 574, 587),
    30003: (87, 135),
}
"""Lengths that a packet of a port may have, by firmware."""
LARGEST = 2048

_HEAD = struct.Struct(">IBH")
_REAL = struct.Struct("<20f")
_FORCES = struct.Struct("<12f")
_NORMAL = struct.Struct("<4B10f2B3f")
_SEVEN_ZEROS = (0.0,) * 7
_SIX_ZEROS = (0.0,) * 6


@dataclass(frozen=True, slots=True)
class RealReport:
    """The start of every report, which is the whole of port 30003. Angles in rad, pose in mm and rad, torques in Nm."""

    mode: int
    state: int
    commands: int
    joints: tuple[float, ...]
    pose: tuple[float, ...]
    torques: tuple[float, ...] = _SEVEN_ZEROS
    force: tuple[float, ...] = _SIX_ZEROS
    raw_force: tuple[float, ...] = _SIX_ZEROS

    def head(self, length: int) -> bytes:
        """Return the first 87 bytes."""
        return _HEAD.pack(length, self.mode << 4 | self.state, self.commands) + _REAL.pack(
            *self.joints, *self.pose, *self.torques
        )

    def encode(self, length: int = 135) -> bytes:
        """Return a packet of port 30003."""
        return (self.head(length) + _FORCES.pack(*self.force, *self.raw_force))[:length]

    @classmethod
    def decode(cls, packet: bytes) -> RealReport:
        """Decode the head of a packet of ports 30001 to 30003. Raises ``ProtocolError`` for one that is too short."""
        if len(packet) < 87:
            raise ProtocolError("ufactory", f"a report of {len(packet)} bytes is too short", data=packet)
        _, state, commands = _HEAD.unpack_from(packet)
        values = _REAL.unpack_from(packet, 7)
        forces = _FORCES.unpack_from(packet, 87) if len(packet) == 135 else (0.0,) * 12
        return cls(state >> 4, state & 15, commands, values[:7], values[7:13], values[13:], forces[:6], forces[6:])


@dataclass(frozen=True, slots=True)
class NormalReport:
    """The data of ports 30001 and 30002 after the head."""

    real: RealReport
    brakes: int = 0x7F
    enabled: int = 0x7F
    error: int = 0
    warning: int = 0
    tcp_offset: tuple[float, ...] = _SIX_ZEROS
    load: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    collision_sensitivity: int = 3
    teach_sensitivity: int = 3
    gravity: tuple[float, ...] = (0.0, 0.0, -1.0)

    def head(self, length: int) -> bytes:
        """Return the first 145 bytes."""
        return self.real.head(length) + _NORMAL.pack(
            self.brakes, self.enabled, self.error, self.warning, *self.tcp_offset, *self.load,
            self.collision_sensitivity, self.teach_sensitivity, *self.gravity,
        )  # fmt: skip

    def encode(self, length: int = 145) -> bytes:
        """Return a packet of port 30001."""
        return self.head(length)[:length]

    @classmethod
    def decode(cls, packet: bytes) -> NormalReport:
        """Decode a packet. Raises ``ProtocolError`` for a packet that is too short."""
        real = RealReport.decode(packet)
        if len(packet) < 133:
            raise ProtocolError("ufactory", f"a report of {len(packet)} bytes is too short", data=packet)
        values = _NORMAL.unpack_from(packet + bytes(12), 87)  # the shortest one ends before the gravity
        gravity = values[16:] if len(packet) >= 145 else (0.0, 0.0, -1.0)
        brakes, enabled, error, warning = values[:4]
        return cls(
            real, brakes, enabled, error, warning, values[4:10], values[10:14], values[14], values[15], gravity
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RichReport:
    """The data of port 30002.

    Jerks, accelerations and speeds are smallest and largest ones, of the TCP and the joints.
    """

    normal: NormalReport
    arm_type: int
    axes: int
    version: str
    tcp_limits: tuple[float, ...] = (1000.0, 1.0, 50000.0, 0.1, 1000.0)
    joint_limits: tuple[float, ...] = (20.0, 0.01, 20.0, 0.001, 3.14)
    rotation_limits: tuple[float, ...] = (2.3, 2.7)
    temperatures: tuple[int, ...] = (25,) * 7
    tcp_speed: float = 0.0
    joint_speeds: tuple[float, ...] = _SEVEN_ZEROS
    counter: int = 0
    world_offset: tuple[float, ...] = _SIX_ZEROS
    io_reset: tuple[int, int] = (0, 0)
    simulated: bool = False
    collision_check: bool = False
    collision_tool: int = 0
    collision_tool_size: tuple[float, ...] = _SIX_ZEROS
    voltages: tuple[float, ...] = (24.0,) * 7
    currents: tuple[float, ...] = _SEVEN_ZEROS
    io: bytes = field(default=bytes(50))
    axis_angle: tuple[float, ...] = (0.0, 0.0, 0.0)
    reduced: bytes = field(default=bytes(79))
    flags: int = 0
    alarm: int = 0
    force_sensor: bool = False

    def encode(self, length: int = 587) -> bytes:
        """Return a packet of port 30002; ``io`` and ``reduced`` are the data of functions 139 and 53."""
        packet = b"".join((
            self.normal.head(length),
            struct.pack(">6B30s", self.arm_type, self.axes, 1, 2, 0, 1, self.version.encode("ascii")),
            struct.pack("<12f", *self.tcp_limits, *self.joint_limits, *self.rotation_limits),
            bytes(16),  # state and error of seven servos and the end module
            struct.pack("<7b8f", *self.temperatures, self.tcp_speed, *self.joint_speeds),
            struct.pack(">I", self.counter & 0xFFFFFFFF),
            struct.pack("<6f2B", *self.world_offset, *self.io_reset),
            struct.pack("<3B6f", self.simulated, self.collision_check, self.collision_tool, *self.collision_tool_size),
            struct.pack(">7H", *(round(volt * 100) for volt in self.voltages)),
            struct.pack("<7f", *self.currents),
            self.io,
            _FORCES.pack(*self.normal.real.force, *self.normal.real.raw_force),
            struct.pack("<B3fB", 0, *self.axis_angle, self.flags),
            self.reduced,
            struct.pack(">IB2B3h", self.alarm, self.force_sensor, 0, 0, 0, 0, 0),
        ))  # fmt: skip
        return packet[:length]


_RT = struct.Struct("<56f42f42f24f12f")


@dataclass(frozen=True, slots=True)
class RtReport:
    """The data of port 30000, as far as it is filled: ``stamp`` in microseconds, poses by axis and angle."""

    stamp: int
    mode: int
    state: int
    commands: int
    joints: tuple[float, ...]
    velocities: tuple[float, ...]
    pose: tuple[float, ...]
    digital: tuple[int, int] = (0, 0)

    def encode(self) -> bytes:
        """Return a packet; targets and actual values are the same."""
        joints = (*self.joints, *self.velocities, *_SEVEN_ZEROS)
        values = (*joints, *joints, *_SEVEN_ZEROS * 2, *(0.0,) * 42)
        poses = (*self.pose, *_SIX_ZEROS, *self.pose, *_SIX_ZEROS, *_SIX_ZEROS * 3)
        head = struct.pack(">IQBH17x", LENGTHS[30000][0], self.stamp, self.mode << 4 | self.state, self.commands)
        tail = struct.pack(">2B3h40x2h4h2h2h", 0, 0, 0, 0, 0, *self.digital, *(0,) * 8)
        return head + _RT.pack(*values, *poses, *(0.0,) * 36) + tail


class ReportReader:
    """Reader that finds report packets in a stream; it stores one at most."""

    def __init__(self, lengths: tuple[int, ...]) -> None:
        self._lengths = lengths
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets that are complete now.

        Raises ``ProtocolError`` for a length that no packet of the port has.
        """
        self._held += data
        held, start, packets = self._held, 0, []
        while len(held) - start >= 4:
            length = int.from_bytes(held[start : start + 4], "big")
            # A later firmware may append fields, as the earlier ones did.
            if length not in self._lengths and not max(self._lengths) < length <= LARGEST:
                raise ProtocolError(
                    "ufactory",
                    f"a report has an unknown length of {length} bytes",
                    data=bytes(held[start : start + 64]),
                )
            if len(held) - start < length:
                break
            packets.append(bytes(held[start : start + length]))
            start += length
        del held[:start]
        return packets
