"""The tool file (TOOL.CND): tool centre point, centre of gravity, mass, moments of inertia.

Layout as readers of others take apart files of controllers (a reader of TOOL.CND for a monitoring system, and one of
YRC1000 backups): name, TCP in mm and deg, centre of gravity in mm, mass in kg, moments of inertia in kg m² about the
centre of gravity and axes parallel to the flange's. That a file with one tool alone is taken is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from cellkit_yaskawa.protocol.inform import NEWLINE, InformError

FILE = "TOOL.CND"


@dataclass(frozen=True, slots=True)
class ToolFile:
    """One tool of the file: ``tcp`` in mm and deg (x, y, z, Rx, Ry, Rz), ``centre`` in mm, ``mass`` in kg.

    ``moments`` are Ix, Iy, Iz in kg m².
    """

    number: int
    name: str
    tcp: tuple[float, ...]
    centre: tuple[float, ...]
    mass: float
    moments: tuple[float, ...] = (0.0, 0.0, 0.0)

    def encode(self) -> bytes:
        """Return the file."""
        tcp = [f"{v:.3f}" for v in self.tcp[:3]] + [f"{v:.4f}" for v in self.tcp[3:]]
        centre, moments = (",".join(f"{v:.3f}" for v in values) for values in (self.centre, self.moments))
        lines = [f"//TOOL {self.number}", f"///NAME {self.name}", ",".join(tcp), centre, f"{self.mass:.3f}"]
        return (NEWLINE.join([*lines, moments]) + NEWLINE).encode("ascii")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """From the file. Raises ``InformError``."""
        lines = data.decode("ascii", "replace").splitlines()
        try:
            if not lines[0].startswith("//TOOL ") or not lines[1].startswith("///NAME"):
                raise ValueError
            tcp = tuple(float(v) for v in lines[2].split(","))
            centre = tuple(float(v) for v in lines[3].split(","))
            moments = tuple(float(v) for v in lines[5].split(","))
            number, mass = int(lines[0].removeprefix("//TOOL ")), float(lines[4])
        except (ValueError, IndexError):
            raise InformError("no tool file", 0x5370) from None
        if len(tcp) != 6 or len(centre) != 3 or len(moments) != 3 or not 0 <= number <= 63 or mass < 0:
            raise InformError("tool data out of range", 0x5370)
        return cls(number, lines[1].removeprefix("///NAME").strip(), tcp, centre, mass, moments)


def read_tools(data: bytes) -> dict[int, ToolFile]:
    """All tools of a tool file by their numbers. Raises ``InformError``."""
    head = b"//TOOL "
    tools = [ToolFile.decode(head + part) for part in data.split(head)[1:]]
    return {tool.number: tool for tool in tools}
