"""The web pages of a virtual box that programs use: its settings, and the forms that change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cellkit_ati.protocol.rdt import MOST_RECORDS
from cellkit_ati.protocol.settings import (
    AXIA_RATE,
    COMMUNICATIONS,
    NET_BOX_RATE,
    PAGE,
    SETTINGS,
    NetFtSettings,
    encode_settings,
)
from cellkit_ati.protocol.status import Family
from cellkit_ati.virtual_gauge import Gauge

_INT32 = 2**31


class ServedBox(Protocol):
    """What the pages show and change."""

    family: Family
    gauge: Gauge
    buffer: int

    def settings(self) -> NetFtSettings:
        """Return the settings as the page shows them."""

    def set_rate(self, rate: int) -> None:
        """Send so many records a second from the next stream on."""

    def enable(self, enabled: bool) -> None:
        """Switch RDT on or off."""


def web_pages(box: ServedBox) -> Starlette:
    """Return an ASGI application over a box."""

    async def page(_request: Request) -> Response:
        return Response(encode_settings(box.settings()), media_type="text/xml")

    async def communications(request: Request) -> Response:
        highest = AXIA_RATE if box.family is Family.AXIA else NET_BOX_RATE
        ranges = {"comrdtrate": (1, highest), "comrdtbsiz": (1, MOST_RECORDS), "comrdte": (0, 1)}
        return _form(request, ranges, lambda values: _communicate(box, values))

    async def settings(request: Request) -> Response:
        ranges = {f"setbias{axis}": (-_INT32, _INT32 - 1) for axis in range(6)}
        return _form(request, ranges, lambda values: _set_bias(box, values))

    return Starlette(routes=[Route(PAGE, page), Route(COMMUNICATIONS, communications), Route(SETTINGS, settings)])


def _form(
    request: Request, ranges: Mapping[str, tuple[int, int]], apply: Callable[[Mapping[str, int]], None]
) -> Response:
    """All variables or none: one that there is not, or that is out of range, and nothing changes."""
    values: dict[str, int] = {}
    for name, text in request.query_params.multi_items():
        low, high = ranges.get(name, (1, 0))
        try:
            values[name] = int(text)
        except ValueError:
            return Response(f"{name}={text} is no number", 400, media_type="text/plain")
        if not low <= values[name] <= high:
            return Response(f"{name}={text} cannot be set", 400, media_type="text/plain")
    apply(values)
    return Response("<html>changed</html>", media_type="text/html")


def _communicate(box: ServedBox, values: Mapping[str, int]) -> None:
    if "comrdtrate" in values:
        box.set_rate(values["comrdtrate"])
    box.buffer = values.get("comrdtbsiz", box.buffer)
    if "comrdte" in values:
        box.enable(bool(values["comrdte"]))


def _set_bias(box: ServedBox, values: Mapping[str, int]) -> None:
    for name, value in values.items():
        box.gauge.bias[int(name[-1])] = value
