"""HTTP with a master: one request at a time, each with a time limit; a master that is busy is asked again."""

from __future__ import annotations

import asyncio

import httpx

from cellkit.errors import CommandRejected, ConnectionLost, ProtocolError
from cellkit.transport import Network
from cellkit.transport.http_client import http_client
from cellkit_iolink.config import MasterConfig

RETRIES = 2
"""How often a request is repeated that the master answers with ``BUSY`` before the link counts as lost."""
PAUSE = 0.1  # s before it is repeated
BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.INTERNAL_SERVER_ERROR, httpx.codes.SERVICE_UNAVAILABLE)


class LoginRefused(ConnectionLost):
    """The master does not let this user in."""


class MasterRefused(CommandRejected):
    """The master refused a request; ``code`` is its own, or the HTTP status where it gave none."""

    def __init__(self, device: str, message: str, code: int) -> None:
        self.code = code
        super().__init__(device, message)


class MasterSession:
    """Raises ``ConnectionLost`` when the line fails, ``LoginRefused``, and ``ProtocolError`` for what is no HTTP.

    ``basic``: log in with HTTP's Basic scheme, where there is a user.
    """

    def __init__(self, device: str, network: Network, config: MasterConfig, *, basic: bool = False) -> None:
        self._device = device
        self._limit = config.answer_timeout
        self._turn = asyncio.Lock()
        login = None
        if basic and config.user is not None:
            login = httpx.BasicAuth(config.user, config.password or "")
        self._http = http_client(
            network, config.url, auth=login, timeout=config.answer_timeout, certificate=config.trusted
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str) -> httpx.Response:
        """Read a resource; the answer may be a refusal."""
        return await self._request("GET", path, None)

    async def post(self, path: str, content: bytes) -> httpx.Response:
        """Send a JSON text; the answer may be a refusal."""
        return await self._request("POST", path, content)

    async def _request(self, method: str, path: str, content: bytes | None) -> httpx.Response:
        async with self._turn:
            for attempt in range(1 + RETRIES):
                if attempt:
                    await asyncio.sleep(PAUSE)
                answer = await self._in_time(method, path, content)
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    raise self.login_refused()
                if answer.status_code not in BUSY:
                    return answer
            self._busy(f"HTTP {answer.status_code}")
        raise AssertionError("unreachable")

    def _busy(self, what: str) -> None:
        raise ConnectionLost(self._device, f"the master answered {1 + RETRIES} times with {what}")

    def login_refused(self) -> LoginRefused:
        """Return the error for a wrong user or password."""
        return LoginRefused(self._device, "the master asks for a login; set `user` and `password` to those it knows")

    async def _in_time(self, method: str, path: str, content: bytes | None) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            async with asyncio.timeout(self._limit):
                try:
                    return await self._http.request(method, path, content=content, headers=headers)
                except httpx.RemoteProtocolError as error:
                    if not _unanswered(error):
                        raise
                # The master had closed an open connection; no part of an answer has come.
                return await self._http.request(method, path, content=content, headers=headers)
        except (TimeoutError, httpx.TimeoutException):
            raise ConnectionLost(self._device, f"no answer for {self._limit:g} s") from None
        except httpx.RemoteProtocolError as error:
            if _unanswered(error) or "closed connection" in str(error):
                raise ConnectionLost(self._device, f"the answer was cut off: {error}") from None
            raise ProtocolError(self._device, f"no HTTP: {error}") from None
        except httpx.TransportError as error:
            raise ConnectionLost(self._device, str(error)) from None
        except httpx.HTTPError as error:
            raise ProtocolError(self._device, f"{method} {path}: {error}") from None


def _unanswered(error: httpx.RemoteProtocolError) -> bool:
    return "without sending a response" in str(error)
