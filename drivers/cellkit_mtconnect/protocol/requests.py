"""What is asked of an agent: addresses and their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode

from cellkit.errors import ProtocolError

LONGEST_TARGET = 8000
MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True)
class Request:
    """The target of a GET: the parts of its path, and its parameters."""

    parts: tuple[str, ...]
    parameters: Mapping[str, str]
    uri: str


def read_target(target: bytes) -> Request:
    """Return what is asked for. Raises ``ProtocolError`` for an address that is none."""
    text = target.decode("ascii", "replace")
    path, _, query = text.partition("?")
    if len(target) > LONGEST_TARGET or not path.startswith("/"):
        raise ProtocolError("mtconnect", "no address", data=target[:200])
    try:
        parameters = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
    except ValueError as error:
        raise ProtocolError("mtconnect", str(error), data=target[:200]) from None
    return Request(tuple(unquote(part) for part in path.split("/") if part), parameters, text)


def current_target(device: str) -> str:
    """Everything as it is now; ``device`` is quoted already."""
    return f"/{device}/current"


def sample_target(device: str, start: int, interval: float, heartbeat: float) -> str:
    """Everything that happens from a sequence number on, as it happens; interval and heartbeat in s."""
    asked = {"from": start, "interval": round(interval * 1000), "heartbeat": max(1, round(heartbeat * 1000))}
    return f"/{device}/sample?{urlencode(asked)}"
