"""The status word of a record: what its bits mean, and whether the measurement can be trusted.

A Net Box and an Ethernet Axia give the same bits different meanings. Net Box: manual 9620-05-NET FT, "System Status
Code", as netft/netft-cpp (src/status.cpp) has taken it over. Axia: manual 9610-05-Ethernet Axia-09, table 4.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

SUMMARY = 1 << 31
LATCHED = 1 << 16
NET_BOX_SATURATED = SUMMARY | 1 << 17
AXIA_OUT_OF_RANGE = SUMMARY | 1 << 30


class Family(Enum):
    """Whose electronics answer."""

    NET_BOX = "net-box"
    AXIA = "axia"


@dataclass(frozen=True, slots=True)
class Bits:
    """Texts of the bits of a family; ``harmless`` ones are no errors."""

    texts: Mapping[int, str]
    harmless: int


TABLES = {
    Family.NET_BOX: Bits(
        {
            30: "CPU or RAM error",
            29: "digital board error",
            28: "analog board error",
            27: "serial link communication error",
            26: "program memory verification error",
            25: "halted because of configuration errors",
            24: "settings validation error",
            23: "configuration incompatible with the calibration",
            22: "network communication failure",
            21: "CAN communication error",
            20: "RDT communication error",
            19: "EtherNet/IP protocol failure",
            18: "DeviceNet protocol failure",
            17: "transducer saturated, or A/D converter error",
            16: "monitor condition latched",
            14: "watchdog timeout",
            13: "stack check error",
            12: "serial EEPROM failure",
            11: "serial flash failure",
            10: "analog board watchdog timeout",
            9: "excitation current of the strain gages too high",
            8: "excitation current of the strain gages too low",
            7: "artificial analog ground out of range",
            6: "analog board supply too high",
            5: "analog board supply too low",
            4: "serial link data unavailable",
            3: "reference voltage or power monitoring error",
            2: "internal temperature error",
            1: "HTTP protocol failure",
        },
        harmless=LATCHED,
    ),
    Family.AXIA: Bits(
        {
            30: "force or torque out of range",
            29: "calibration checksum error",
            28: "simulated error",
            27: "gage out of range",
            16: "monitor condition latched",
            7: "calibration not accessible",
            5: "common error",
            3: "busy: a setting is being changed",
            2: "broken gage",
            1: "supply voltage out of range",
            0: "internal temperature out of range",
        },
        harmless=LATCHED | 1 << 28 | 1 << 3,
    ),
}


def is_error(status: int, family: Family) -> bool:
    """Whether the status forbids to use the measurement.

    A Net Box raises its summary bit for a latched condition too (0x80010000), so that alone is none.
    """
    return bool(status & ~SUMMARY & ~TABLES[family].harmless) or status == SUMMARY


def describe(status: int, family: Family) -> str:
    """Describe the bits in words, highest first; the text is empty when no bit is set."""
    texts = TABLES[family].texts
    found = [texts.get(bit, f"bit {bit}") for bit in range(30, -1, -1) if status >> bit & 1]
    if not found and status & SUMMARY:
        return "error"
    return ", ".join(found)


def code(status: int) -> str:
    """Return the status as the vendor writes it."""
    return f"0x{status:08X}"
