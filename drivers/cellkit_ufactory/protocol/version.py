"""The version text of a control box (function 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cellkit.digits import whole_number
from cellkit.errors import ProtocolError

_PATTERN = re.compile(r"(\d{1,3}),(\d{1,9}),([^,]*),([^,]*),[^,]*?[vV](\d{1,9})\.(\d{1,9})\.(\d{1,9})")
SIZE = 40


@dataclass(frozen=True, slots=True)
class ControllerVersion:
    """Axes and type of the arm, serials of arm and control box, firmware."""

    axes: int
    arm_type: int
    arm: str
    box: str
    firmware: tuple[int, int, int]

    def encode(self) -> bytes:
        """Return 40 ASCII bytes, padded with NUL."""
        major, minor, revision = self.firmware
        text = f"{self.axes},{self.arm_type},{self.arm},{self.box},v{major}.{minor}.{revision}"
        return text.encode("ascii").ljust(SIZE, b"\0")

    @classmethod
    def parse(cls, data: bytes) -> ControllerVersion:
        """Parse a version text. Raises ``ProtocolError`` for a text of another form."""
        match = _PATTERN.match(data.split(b"\0")[0].decode("ascii", "replace"))
        if match is None:
            raise ProtocolError("ufactory", "a version text has an unknown form", data=data)
        axes, arm_type, arm, box, *firmware = match.groups()
        major, minor, revision = map(int, firmware)
        return cls(int(axes), int(arm_type), arm, box.strip(), (major, minor, revision))

    @property
    def keeps_alive(self) -> bool:
        """Whether protocol number 3 is supported, by the SDK's criterion."""
        return self.firmware >= (1, 8, 6)

    @property
    def tells_of_ends(self) -> bool:
        """Whether the ends of motions are reported (function 254), by the SDK's criterion."""
        return self.firmware >= (2, 0, 102)

    @property
    def switches_at_once(self) -> bool:
        """Whether outputs can switch without waiting for the command queue, by the SDK's criterion."""
        return self.firmware >= (2, 4, 101)

    @property
    def signals(self) -> int:
        """Number of digital inputs, and of outputs, of the control box: the SDK derives it from the box's serial."""
        return 16 if (whole_number(self.box[2:6], 9999) or 0) >= 1300 else 8
