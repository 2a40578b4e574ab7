"""Headers of the command connections and cutting a byte stream into messages.

Robot and gripper frame alike: command, command id, total size with the header. The command is 32 bits wide for the
robot and 16 for the gripper, so the headers have 12 and 10 bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cellkit.errors import ProtocolError

LARGEST = 1 << 20
"""bytes; a longer message is no message. The robot model, some ten thousand, is the longest there is."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it is on the wire: numbers and payload, not interpreted."""

    command: int
    command_id: int
    payload: bytes


class Framing:
    """Builds and cuts the messages of one kind of connection; ``peer`` is who is to blame in errors."""

    def __init__(self, header: str, peer: str) -> None:
        self._header = struct.Struct(header)
        self._peer = peer
        self._buffer = bytearray()

    def encode(self, frame: Frame) -> bytes:
        """Encode a message."""
        size = self._header.size + len(frame.payload)
        return self._header.pack(frame.command, frame.command_id, size) + frame.payload

    def feed(self, data: bytes) -> list[Frame]:
        """Return the messages that are complete with ``data``. Raises ``ProtocolError`` for an impossible size."""
        self._buffer += data
        frames = []
        start, header = 0, self._header.size
        while len(self._buffer) - start >= header:
            command, command_id, size = self._header.unpack_from(self._buffer, start)
            if not header <= size <= LARGEST:
                raise ProtocolError(
                    self._peer,
                    f"a message of {size} bytes",
                    data=bytes(self._buffer[start : start + header]),
                )
            if len(self._buffer) - start < size:
                break
            frames.append(Frame(command, command_id, bytes(self._buffer[start + header : start + size])))
            start += size
        del self._buffer[:start]
        return frames


def robot_framing(peer: str = "franka") -> Framing:
    """For the command connection of the robot."""
    return Framing("<III", peer)


def gripper_framing(peer: str = "franka") -> Framing:
    """For the command connection of the gripper."""
    return Framing("<HII", peer)
