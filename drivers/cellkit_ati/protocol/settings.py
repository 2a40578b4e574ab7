"""``netftapi2.xml``: what a box is set to. Elements: manual 9620-05-NET FT, "System Settings XML Pages"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError  # nothing is parsed with it
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cellkit.errors import ProtocolError
from cellkit_ati.protocol.status import Family

PAGE = "/netftapi2.xml"
COMMUNICATIONS = "/comm.cgi"
SETTINGS = "/setting.cgi"
LARGEST = 65536  # bytes of the page
NET_BOX_RATE, AXIA_RATE = 7000, 7812
"""Hz at which the electronics sample."""


@dataclass(frozen=True, slots=True)
class NetFtSettings:
    """The active configuration. Units as the box writes them; ``ranges`` and ``transform`` in them, counts else."""

    counts_per_force: float
    counts_per_torque: float
    force_unit: str
    torque_unit: str
    product: str = ""
    calibration: str = ""
    status: int = 0
    rate: int = NET_BOX_RATE
    buffer: int = 1
    enabled: bool = True
    bias: Sequence[int] = (0, 0, 0, 0, 0, 0)
    counts: Sequence[int] = (0, 0, 0, 0, 0, 0)
    ranges: Sequence[float] = ()
    transform: Sequence[float] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def family(self) -> Family:
        """Whose electronics these are."""
        return Family.AXIA if "axia" in self.product.lower() else Family.NET_BOX


def decode_settings(page: bytes) -> NetFtSettings:
    """Decode the settings page.

    Raises ``ProtocolError`` for any other page, or where a value to scale counts is missing.
    """
    if len(page) > LARGEST:
        raise ProtocolError("netftapi2.xml", f"a page of {len(page)} bytes", data=page[:100])
    try:
        root: Element = fromstring(page, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ProtocolError("netftapi2.xml", f"no XML: {error}", data=page[:100]) from None
    fields = {one.tag: (one.text or "").strip() for one in root.iter()}
    try:
        return NetFtSettings(
            _positive(fields["cfgcpf"]),
            _positive(fields["cfgcpt"]),
            fields["scfgfu"],
            fields["scfgtu"],
            fields.get("prodname", ""),
            fields.get("cfgcalsn", ""),
            int(fields.get("runstat") or "0", 16),
            _rate(fields["comrdtrate"]),
            int(fields.get("comrdtbsiz") or "1"),
            fields.get("comrdte", "Enabled").lower() in ("enabled", "1"),
            tuple(int(number) for number in _split(fields.get("setbias", ""))),
            tuple(int(number) for number in _split(fields.get("runft", ""))),
            tuple(float(number) for number in _split(fields.get("cfgmr", ""))),
            tuple(float(number) for number in _split(fields.get("cfgtfx", ""))),
        )
    except KeyError as error:
        raise ProtocolError("netftapi2.xml", f"the page has no {error.args[0]}", data=page[:100]) from None
    except ValueError as error:
        raise ProtocolError("netftapi2.xml", str(error), data=page[:100]) from None


def encode_settings(settings: NetFtSettings) -> bytes:
    """Encode the page, with the elements that are known to this module."""
    elements = {
        "prodname": settings.product,
        "runstat": f"0x{settings.status:08x}",
        "runft": _join(settings.counts),
        "runrate": AXIA_RATE if settings.family is Family.AXIA else NET_BOX_RATE,
        "setbias": _join(settings.bias),
        "setuserfilter": 0,
        "setcfgsel": 0,
        "cfgnam": "cellkit",
        "cfgcalsel": 0,
        "cfgcalsn": settings.calibration,
        "scfgfu": settings.force_unit,
        "scfgtu": settings.torque_unit,
        "cfgtfx": _join(settings.transform),
        "scfgtdu": "mm",
        "scfgtau": "degrees",
        "cfgcpf": _number(settings.counts_per_force),
        "cfgcpt": _number(settings.counts_per_torque),
        "cfgmr": _join(settings.ranges),
        "comrdte": "Enabled" if settings.enabled else "Disabled",
        "comrdtrate": settings.rate,
        "comrdtbsiz": settings.buffer,
    }
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>\n" for name, value in elements.items())
    return f'<?xml version="1.0"?><netft>\n{inner}</netft>'.encode()


def achievable(rate: int, family: Family) -> int:
    """Hz that a box does when it is asked for ``rate``: a whole part of what it samples at, rounded up."""
    internal = AXIA_RATE if family is Family.AXIA else NET_BOX_RATE
    return internal // max(1, internal // rate)


def _positive(text: str) -> float:
    number = float(text)
    if not 0.0 < number < float("inf"):
        raise ValueError(f"{text} counts per unit")
    return number


def _rate(text: str) -> int:
    rate = int(text)
    if rate < 1:
        raise ValueError(f"an RDT rate of {text} Hz")
    return rate


def _split(text: str) -> list[str]:
    """Numbers of an array, which may be separated by semicolons, commas or spaces."""
    return [part for part in text.replace(",", ";").replace(" ", ";").split(";") if part]


def _join(numbers: Sequence[float]) -> str:
    return ";".join(_number(number) for number in numbers)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
