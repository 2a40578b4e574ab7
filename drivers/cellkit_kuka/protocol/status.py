"""The status in the driver's own RSI context beside RSI: mode, stops, messages, override.

RSI carries joints and corrections only. The context therefore has five more fields, ``Status.Mode`` to ``Status.Run``,
fed from ``$SEN_PINT[1]`` to ``[5]``, which a submit program of the project keeps up to date from the system variables
named here. The same five numbers, in this order, are the text of the variable ``CK_STATUS[]``, for the time in which
RSI does not run. Both are a convention of this project, not KUKA's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from cellkit.devices.safety import Fault, OperationalMode
from cellkit.digits import whole_number
from cellkit.errors import ProtocolError
from cellkit_kuka.protocol.datagrams import Value

MODES: dict[int, tuple[str, OperationalMode]] = {
    1: ("#T1", OperationalMode.MANUAL_REDUCED_SPEED),
    2: ("#T2", OperationalMode.MANUAL_HIGH_SPEED),
    3: ("#AUT", OperationalMode.AUTOMATIC),
    4: ("#EX", OperationalMode.AUTOMATIC_EXTERNAL),
}
"""Number in ``Status.Mode``, value of ``$MODE_OP``, mode of the open interface."""


class Stop(IntFlag):
    """``Status.Stop``."""

    NONE = 0
    BUTTON = 1
    """The emergency stop is pressed (``$ALARM_STOP`` is false)."""
    EMERGENCY = 2
    """The emergency stop was pressed, and its message was not confirmed yet."""
    PROTECTIVE = 4
    """Operator protection or safe stop (``$USER_SAF`` is false), or its message was not confirmed yet."""
    DRIVES_OFF = 8
    """``$PERI_RDY`` is false."""
    IDLE = 16
    """The program does not run (``$PRO_STATE1`` is not ``#P_ACTIVE``): corrections have no effect."""


class Request(IntEnum):
    """The requests of the driver to the submit program; the driver writes the number to ``CK_REQ``.

    ``CK_ACK`` becomes the same number when it is done, the negative one when it was refused. The first three pulse the
    inputs of Automatic External of the same name.
    """

    CONFIRM = 1
    """``$CONF_MESS``"""
    DRIVES_ON = 2
    """``$DRIVES_ON``"""
    START = 3
    """``$EXT_START`` after a reset of the program: ``$LOAD`` becomes ``CK_LOAD``, and RSI begins anew, from where the
    arm stands."""
    STOP = 4
    """The program goes back to its start and waits there."""


FAULTS: dict[int, tuple[str, str]] = {
    1: ("RSI-TIMEOUT", "RSI was broken off: too many answers in a row came late, or not at all"),
    2: ("RSI-LIMIT", "RSI was broken off: a correction beyond its limit"),
    3: ("RSI-POSITION", "RSI was broken off: no axis position for the corrected pose"),
    4: ("FOLLOWING", "following error of an axis"),
    9: ("STOPMESS", "the controller shows a stop message"),
}
"""``Status.Msg``, fault code, text: numbers of this project. No available source gives KUKA's own message numbers."""

OTHER_FAULT = 9


def fault_number(code: str) -> int:
    """Return the number of a fault code."""
    return next((number for number, (name, _) in FAULTS.items() if name == code), OTHER_FAULT)


@dataclass(frozen=True, slots=True)
class Report:
    """The five numbers. ``run`` counts the starts of RSI: each begins with corrections of zero."""

    mode: int
    stop: Stop
    message: int
    override: int
    run: int

    @property
    def fault(self) -> Fault | None:
        """The fault that the message stands for."""
        return Fault(*FAULTS.get(self.message, FAULTS[OTHER_FAULT])) if self.message else None

    @property
    def operational_mode(self) -> OperationalMode:
        """The mode in terms of the open interface."""
        return MODES[self.mode][1] if self.mode in MODES else OperationalMode.OTHER

    @property
    def healthy(self) -> bool:
        """No stop and no message that has to be confirmed first."""
        return not self.message and not self.stop & (Stop.BUTTON | Stop.EMERGENCY | Stop.PROTECTIVE | Stop.DRIVES_OFF)

    def write(self, values: dict[str, Value]) -> None:
        """Put it into the values of a datagram."""
        numbers = (self.mode, int(self.stop), self.message, self.override, self.run)
        values.update(zip(_NAMES, numbers, strict=True))

    @classmethod
    def read(cls, values: Mapping[str, Value]) -> Report:
        """Read the status from the values of a datagram. Raises ``KeyError`` when one is missing."""
        mode, stop, message, override, run = (int(values[name]) for name in _NAMES)
        return cls(mode, Stop(stop & 31), message, override, run)

    @property
    def text(self) -> str:
        """``CK_STATUS[]``."""
        return f"{self.mode} {int(self.stop)} {self.message} {self.override} {self.run}"

    @classmethod
    def parse(cls, text: str) -> Report:
        """Parse the text of ``CK_STATUS[]``. Raises ``ProtocolError``."""
        numbers = [number for word in text.split() if (number := whole_number(word, most=2**31)) is not None]
        if len(numbers) != len(_NAMES) or len(text.split()) != len(_NAMES):
            raise ProtocolError("KUKA", f"CK_STATUS[] is {text!r}", data=text.encode())
        mode, stop, message, override, run = numbers
        return cls(mode, Stop(stop & 31), message, override, run)


_NAMES = ("Status.Mode", "Status.Stop", "Status.Msg", "Status.Ov", "Status.Run")
