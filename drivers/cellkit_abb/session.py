"""A driver's session with Robot Web Services, either generation: requests, mastership, one subscription."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

from cellkit.errors import CommandRejected, ProtocolError, TransportError
from cellkit.transport import ByteStream, Network
from cellkit.transport.http_client import http_client
from cellkit.transport.tls import tls_client
from cellkit.transport.websocket import WebSocket, open_websocket
from cellkit_abb.config import AbbConfig
from cellkit_abb.protocol.dialect import Dialect, Post
from cellkit_abb.protocol.rws import Item, read_failure, read_items, read_links

TIMEOUT = 1.0  # s without an answer until the line counts as dead
_FORM_2 = "application/x-www-form-urlencoded;v=2.0"
_REFUSED = 400
_MEDIUM, _HIGH = "1", "2"  # priorities of a subscription; states of the panel allow none above medium
Form: TypeAlias = dict[str, str | list[str]]


class RwsRefused(CommandRejected):
    """Raised when the controller refused a request; ``code`` is ABB's, 0 when it gave none."""

    def __init__(self, device: str, message: str, code: int, status: int) -> None:
        self.code = code
        self.status = status
        super().__init__(device, message)


class RwsSession:
    """A session. It raises ``TransportError`` when the line fails, ``RwsRefused`` and ``ProtocolError``.

    ``cookies`` outlive a session, so that a driver that reconnects is the same client to the controller.
    """

    def __init__(
        self, device: str, network: Network, config: AbbConfig, dialect: Dialect, cookies: httpx.Cookies
    ) -> None:
        self._device = device
        self._network = network
        self._config = config
        self.dialect = dialect
        self._trusted = config.trusted()
        self._cookies = cookies
        self._editing = asyncio.Lock()
        auth = (httpx.DigestAuth if dialect.scheme == "http" else httpx.BasicAuth)(config.user, config.password)
        base = f"{dialect.scheme}://{config.host}:{config.port(dialect)}"
        self._http = http_client(network, base, auth=auth, timeout=TIMEOUT, certificate=self._trusted, cookies=cookies)

    async def get(self, path: str) -> list[Item]:
        """Return the items of a resource."""
        return read_items(await self._request("GET", path))

    async def field(self, path: str, name: str) -> str:
        """Return one field of a resource's first item that has it."""
        for item in await self.get(path):
            if name in item.fields:
                return item.fields[name]
        raise ProtocolError(self._device, f"{path}: the answer has no {name}")

    async def post(self, post: Post) -> None:
        """Change the controller, with mastership where it must be requested."""
        if not post.edits or self.dialect.implicit_mastership:
            await self._post(post)
            return
        async with self._mastership():
            await self._post(post)

    async def logout(self) -> None:
        """Log out of the session."""
        await self._request("GET", "/logout")
        self._cookies.clear()
        self._http.cookies.clear()

    async def close(self) -> None:
        """Close the connections without logging out."""
        self._cookies.update(self._http.cookies)
        await self._http.aclose()

    async def subscribe(self, signals: Collection[str] = ()) -> WebSocket:
        """Return a WebSocket on which the controller reports the driver's resources and these I/O signals."""
        watched = [(resource, _MEDIUM) for resource in self.dialect.watched()]
        watched += [(self.dialect.signal_state(signal), _HIGH) for signal in signals]
        form: Form = {"resources": [str(number) for number in range(1, len(watched) + 1)]}
        for number, (resource, priority) in enumerate(watched, 1):
            form[str(number)], form[f"{number}-p"] = resource, priority
        answer = await self._request("POST", "/subscription", form=form)
        path = urlsplit(read_links(answer).get("self", "")).path
        if not path:
            raise ProtocolError(
                self._device, "the answer to the subscription names no WebSocket", data=answer[:500].encode()
            )
        port = self._config.port(self.dialect)
        stream: ByteStream = await self._network.connect(self._config.host, port)
        if self.dialect.scheme == "https":
            try:
                async with asyncio.timeout(TIMEOUT):
                    stream = await tls_client(stream, self._config.host, self._trusted)
            except TimeoutError:
                raise TransportError(f"no answer for {TIMEOUT:g} s") from None
        cookie = "; ".join(f"{item.name}={item.value}" for item in self._http.cookies.jar)
        return await open_websocket(
            stream,
            f"{self._config.host}:{port}",
            path,
            subprotocol=self.dialect.subprotocol,
            headers=[("Cookie", cookie)],
            timeout=TIMEOUT,
        )

    async def _post(self, post: Post) -> None:
        await self._request("POST", post.path, form={**post.form})

    @asynccontextmanager
    async def _mastership(self) -> AsyncIterator[None]:
        async with self._editing:
            await self._post(self.dialect.mastership(True))
            try:
                yield
            finally:
                await self._post(self.dialect.mastership(False))

    async def _request(self, method: str, path: str, form: Form | None = None) -> str:
        suffix = self.dialect.suffix
        if suffix:
            path += ("&" if "?" in path else "?") + suffix
        headers = dict(self.dialect.headers)
        if method == "POST" and not self.dialect.implicit_mastership:
            headers["Content-Type"] = _FORM_2
        try:
            answer = await self._http.request(method, path, data=form, headers=headers)
        except httpx.TransportError as error:
            raise TransportError(str(error)) from None
        except httpx.HTTPError as error:
            raise ProtocolError(self._device, f"{method} {path}: {error}") from None
        if answer.status_code >= _REFUSED:
            raise self._refusal(method, path, answer)
        return answer.text

    def _refusal(self, method: str, path: str, answer: httpx.Response) -> RwsRefused:
        failure = read_failure(answer.text)
        request = f"{method} {path.partition('?')[0]}"
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return RwsRefused(self._device, f"{request}: user or password is wrong", 0, answer.status_code)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return RwsRefused(self._device, f"{request}: the controller has too many sessions", 0, answer.status_code)
        if failure is None:
            return RwsRefused(self._device, f"{request}: HTTP {answer.status_code}", 0, answer.status_code)
        return RwsRefused(self._device, f"{request}: {failure.text} ({failure.code})", failure.code, answer.status_code)
