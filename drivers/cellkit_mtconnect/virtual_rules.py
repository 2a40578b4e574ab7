"""What a virtual agent refuses, and by which code: the rules of the reference agent, version 1 and version 2.

Read in cppagent: ``src/agent.cpp`` at 19f32b66 (version 1.7, 2020) and ``sink/rest_sink/rest_service.cpp`` at 708116fb
(version 2.7, 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cellkit.digits import whole_number
from cellkit_mtconnect.protocol.errors import AgentError
from cellkit_mtconnect.protocol.writing import Version

SECOND: Version = (2, 0)
DEFAULT_COUNT = 100
DEFAULT_HEARTBEAT = 10_000  # ms
LARGEST = 2**31 - 1


class RequestRefused(Exception):
    """A request is refused; ``status`` is HTTP's."""

    def __init__(
        self, code: str, text: str, status: int = 400, parameter: tuple[tuple[str, str], ...] = (), asset: str = ""
    ) -> None:
        super().__init__(text)
        self.error = AgentError(code, text, parameter=parameter, asset=asset)
        self.status = status


@dataclass(frozen=True, slots=True)
class Sample:
    """The parameters of a sample request; interval and heartbeat in ms."""

    start: int | None
    to: int | None
    count: int
    interval: int | None
    heartbeat: int


class Rules:
    """What is allowed, by the version of the documents."""

    def __init__(self, version: Version) -> None:
        self.second = version >= SECOND

    @property
    def multipart(self) -> str:
        """The type of an endless answer."""
        return "multipart/mixed" if self.second else "multipart/x-mixed-replace"

    def status(self, refused: RequestRefused) -> int:
        """Version 1 says everything with 200."""
        return refused.status if self.second else 200

    # --- addresses --------------------------------------------------------------------------------------------

    def no_address(self, uri: str) -> RequestRefused:
        """Nothing is served there."""
        path = uri.partition("?")[0]
        if self.second:
            return RequestRefused("INVALID_URI", f"Cannot find handler for: GET {path}", 404)
        return RequestRefused("UNSUPPORTED", f"The following path is invalid: {path}")

    def no_method(self, method: str) -> RequestRefused:
        """Agents are read only."""
        if self.second and method in ("PUT", "POST", "DELETE"):
            text = "PUT, POST, and DELETE are not allowed. MTConnect Agent is read only and only GET is allowed."
            return RequestRefused("INTERNAL_ERROR", text)
        if self.second:
            return RequestRefused("INVALID_URI", f"Cannot find handler for: {method}", 404)
        return RequestRefused("UNSUPPORTED", "Only the HTTP GET request is supported")

    def no_device(self, name: str) -> RequestRefused:
        """There is no such device."""
        return RequestRefused("NO_DEVICE", f"Could not find the device '{name}'", 404)

    def bad_path(self, path: str) -> RequestRefused:
        """Refuse a path that cannot be understood or matches nothing."""
        return RequestRefused("INVALID_XPATH", f"The path could not be parsed. Invalid syntax: {path}")

    def no_asset(self, name: str) -> RequestRefused:
        """There is no such asset."""
        return RequestRefused("ASSET_NOT_FOUND", f"Cannot find asset: {name}", 404, asset=name)

    def too_slow(self) -> AgentError:
        """Return a client of a stream for whom observations have left the buffer."""
        if self.second:
            return AgentError("INTERNAL_ERROR", "Client fell too far behind, disconnecting")
        return AgentError("OUT_OF_RANGE", "Client can't keep up with event stream, disconnecting")

    # --- parameters -------------------------------------------------------------------------------------------

    def current_at(self, given: Mapping[str, str], first: int, following: int) -> int | None:
        """Return the sequence number of a current request. Raises ``RequestRefused``, as the others do."""
        at = self._number(given, "at", signed=False)
        if at is not None:
            if not self.second and "interval" in given:
                text = "You cannot specify both the at and frequency arguments to a current request"
                raise RequestRefused("INVALID_REQUEST", text)
            self._within("at", at, first, following - 1)
        return at

    def current_interval(self, given: Mapping[str, str]) -> int | None:
        """Ms between two answers of a stream of current documents; None for a single one."""
        interval = self._number(given, "interval")
        if interval is not None:
            self._within("interval", interval, 1 if self.second else 0, LARGEST - 1)
        return interval

    def sample(self, given: Mapping[str, str], first: int, following: int, size: int) -> Sample:
        """Return the parameters of a sample request; ``following`` is the next sequence number to come."""
        count = self._number(given, "count")
        count = DEFAULT_COUNT if count is None else count
        start, to = self._number(given, "from", signed=False), None
        if self.second:
            to = self._number(given, "to", signed=False)
        interval, beat = self._number(given, "interval"), self._number(given, "heartbeat")
        beat = DEFAULT_HEARTBEAT if beat is None else beat
        if interval is not None:
            self._within("interval", interval, 0, LARGEST - 1)
            self._within("heartbeat", beat, *((2, LARGEST - 1) if self.second else (10, 600_000)))
        if start is not None:
            self._within("from", start, first, following)
        if to is not None:
            self._within("to", to, (first if start is None else start) + 1, following)
        if interval is not None and count < 0:
            raise RequestRefused("OUT_OF_RANGE", "'count' must not be used with an 'interval'.")
        self._within("count", count, 1 if to is not None else -size, size)
        if count == 0:
            raise RequestRefused(
                "OUT_OF_RANGE", "'count' must not be zero(0)" if self.second else "'count' must not be 0."
            )
        return Sample(start, to, count, interval, beat)

    def _number(self, given: Mapping[str, str], name: str, signed: bool = True) -> int | None:
        text = given.get(name)
        if text is None:
            return None
        if whole_number(text.removeprefix("-") if signed else text, 10**19) is not None:
            return int(text)
        if self.second:
            kind = "integer" if signed else "unsigned integer"
            what = f"query parameter '{name}': cannot convert string '{text}' to {kind}"
            told = (("name", name), ("Type", kind.replace(" ", "_")), ("Value", text))
            raise RequestRefused("INVALID_PARAMETER_VALUE", what, parameter=told)
        if not text:
            raise RequestRefused("QUERY_ERROR", f"'{name}' cannot be empty.")
        raise RequestRefused("OUT_OF_RANGE", f"'{name}' must be a positive integer.")

    def _within(self, name: str, value: int, low: int, high: int) -> None:
        if value < low:
            text = f"greater than {low - 1}" if self.second else f"greater than or equal to {low}."
        elif value > high:
            text = f"less than {high + 1}" if self.second else f"less than or equal to {high}."
        else:
            return
        told = (("name", name), ("Minimum", str(low)), ("Maximum", str(high)), ("Value", str(value)))
        raise RequestRefused("OUT_OF_RANGE", f"'{name}' must be {text}", parameter=told)
