"""The STATUS message: the whole state that a controller reports, about ten times a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cellkit.errors import ProtocolError
from cellkit_igus.protocol.errors import AxisError, summary
from cellkit_igus.protocol.frames import Frame

AXES = 16
"""Values in every list of axes: robot, external, gripper and platform axes, one after the other."""
MODES = ("joint", "cartbase", "carttool", "platform", "fsm")
SIGNALS = 64
"""Digital inputs, and outputs; bit 0 of DIN and DOUT is signal 0."""
_BITS128 = 128

Floats = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """One STATUS. Angles in degrees with the controller's zero, lengths in mm, currents in mA, supply in mV.

    ``estop``: bit 0 the emergency-stop chain is closed, bit 1 the main relay is on. ``opmode``: -1 not enabled,
    0 normal, 1 manual, 2 motion not allowed.
    """

    mode: str
    setpoint: Floats
    current: Floats
    cart: Floats
    override: float
    estop: int
    errors: tuple[AxisError, ...]
    kinstate: int
    opmode: int
    platform: Floats = (0.0, 0.0, 0.0)
    din: int = 0
    dout: int = 0
    supply: int = 24000
    current_all: int = 0
    current_joints: tuple[int, ...] = (0,) * AXES
    cartspeed: float = 0.0
    gsig: int = 0
    frame: str = "#base"

    def encode(self) -> str:
        """Return the text of the message."""
        bits = [int(error) for error in self.errors]
        return " ".join(
            [
                f"STATUS MODE {self.mode}",
                f"POSJOINTSETPOINT {_floats(_padded(self.setpoint))}",
                f"POSJOINTCURRENT {_floats(_padded(self.current))}",
                f"POSCARTROBOT {_floats(self.cart)}",
                f"POSCARTPLATFORM {_floats(self.platform)}",
                f"OVERRIDE {self.override:.1f}",
                f"DIN {self.din:016X} DOUT {self.dout:016X}",
                f"ESTOP {self.estop} SUPPLY {self.supply} CURRENTALL {self.current_all}",
                f"CURRENTJOINTS {' '.join(map(str, self.current_joints))}",
                f"ERROR {summary(self.errors)} {' '.join(map(str, bits + [0] * (AXES - len(bits))))}",
                f"KINSTATE {self.kinstate} OPMODE {self.opmode}",
                f"CARTSPEED {self.cartspeed:.1f} GSIG {self.gsig:032x}",
                f"FRAMEROBOT {self.frame} {_floats(self.cart)}",
            ]
        )


def _padded(values: Floats) -> Floats:
    return values + (0.0,) * (AXES - len(values))


def _floats(values: Floats) -> str:
    return " ".join(f"{value:.2f}" for value in values)


class _Words:
    """The words of a message, taken one after the other."""

    def __init__(self, frame: Frame) -> None:
        self.words = frame.words
        self.at = 0

    def take(self, count: int) -> tuple[str, ...]:
        taken = self.words[self.at : self.at + count]
        if len(taken) < count:
            raise ValueError("it ends too early")
        self.at += count
        return taken

    def floats(self, count: int) -> Floats:
        values = tuple(map(float, self.take(count)))
        if not all(abs(value) < 1e12 for value in values):
            raise ValueError("a number that is not finite")
        return values

    def word(self) -> str:
        return self.take(1)[0]

    def hex(self, bits: int) -> int:
        value = int(self.word(), 16)
        if not 0 <= value < 1 << bits:
            raise ValueError(f"more than {bits} signals")
        return value


def _errors(words: _Words) -> tuple[AxisError, ...]:
    words.word()
    return tuple(AxisError(int(word) & 0xFF) for word in words.take(AXES))


_FIELDS: dict[str, tuple[str, Callable[[_Words], object]]] = {
    "MODE": ("mode", _Words.word),
    "POSJOINTSETPOINT": ("setpoint", lambda words: words.floats(AXES)),
    "POSJOINTCURRENT": ("current", lambda words: words.floats(AXES)),
    "POSCARTROBOT": ("cart", lambda words: words.floats(6)),
    "POSCARTPLATFORM": ("platform", lambda words: words.floats(3)),
    "POSCARTPLATTFORM": ("platform", lambda words: words.floats(3)),  # some firmware spells it like this
    "OVERRIDE": ("override", lambda words: words.floats(1)[0]),
    "DIN": ("din", lambda words: words.hex(SIGNALS)),
    "DOUT": ("dout", lambda words: words.hex(SIGNALS)),
    "ESTOP": ("estop", lambda words: int(words.word())),
    "SUPPLY": ("supply", lambda words: int(words.word())),
    "CURRENTALL": ("current_all", lambda words: int(words.word())),
    "CURRENTJOINTS": ("current_joints", lambda words: tuple(map(int, words.take(AXES)))),
    "ERROR": ("errors", _errors),
    "KINSTATE": ("kinstate", lambda words: int(words.word())),
    "OPMODE": ("opmode", lambda words: int(words.word())),
    "CARTSPEED": ("cartspeed", lambda words: words.floats(1)[0]),
    "GSIG": ("gsig", lambda words: words.hex(_BITS128)),
    "FRAMEROBOT": ("frame", lambda words: (words.word(), words.floats(6))[0]),
}
_NEEDED = ("mode", "setpoint", "current", "cart", "override", "estop", "errors", "kinstate", "opmode")


def parse_status(frame: Frame) -> Status:
    """Parse a STATUS frame; fields of newer firmware are skipped. Raises ``ProtocolError``."""
    words = _Words(frame)
    found: dict[str, object] = {}
    try:
        while words.at < len(words.words):
            field = _FIELDS.get(words.word())
            if field is not None:
                found[field[0]] = field[1](words)
    except ValueError as error:
        raise ProtocolError("CRI", f"a STATUS that cannot be read: {error}", data=frame.rest.encode()) from None
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ProtocolError("CRI", f"a STATUS without {', '.join(missing)}", data=frame.rest.encode())
    return Status(**found)  # type: ignore[arg-type]
