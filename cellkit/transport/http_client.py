"""HTTP over a ``Network``: httpx above, our byte streams below, so that the faults of a driver's network act on it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream, Network
from cellkit.transport.tls import tls_client

LARGEST_BODY = 4_000_000  # bytes of one answer


class _Stream(httpcore.AsyncNetworkStream):
    """A ``ByteStream`` with the methods of httpcore: reads have a size, and every call has a time-out in cell time."""

    def __init__(self, stream: ByteStream, certificate: str | None) -> None:
        self._stream = stream
        self._certificate = certificate
        self._rest = b""
        self._ended = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._rest and not self._ended:
            try:
                async with asyncio.timeout(timeout):
                    self._rest = await self._stream.read()
            except TimeoutError:
                raise httpcore.ReadTimeout(_silent(timeout)) from None
            except TransportError as error:
                self._ended = True
                raise httpcore.ReadError(str(error)) from None
            self._ended = not self._rest
        data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        async with _within(timeout, httpcore.WriteTimeout, httpcore.WriteError):
            self._stream.write(buffer)
            await self._stream.drain()

    async def aclose(self) -> None:
        self._stream.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        async with _within(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            tls = await tls_client(self._stream, server_hostname or self._stream.peer[0], self._certificate)
        return _Stream(tls, self._certificate)

    def get_extra_info(self, info: str) -> Any:
        return self._ended if info == "is_readable" else None


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, network: Network, certificate: str | None) -> None:
        self._network = network
        self._certificate = certificate

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        async with _within(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            stream = await self._network.connect(host, port)
        return _Stream(stream, self._certificate)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    def __init__(self, network: Network, certificate: str | None) -> None:
        # Idle connections do not expire: httpcore would read the wall clock for it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # unused: see _Stream.start_tls
            network_backend=_Backend(network, certificate),
            max_connections=4,
            keepalive_expiry=None,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=await request.aread(),
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(inner)
            try:
                return httpx.Response(answer.status, headers=answer.headers, content=await _body(answer))
            finally:
                await answer.aclose()
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout(str(error), request=request) from None
        except httpcore.ConnectError as error:
            raise httpx.ConnectError(str(error), request=request) from None
        except httpcore.NetworkError as error:
            raise httpx.ReadError(str(error), request=request) from None
        except httpcore.ProtocolError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from None

    async def aclose(self) -> None:
        await self._pool.aclose()


async def _body(answer: httpcore.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise httpcore.RemoteProtocolError(f"an answer of more than {LARGEST_BODY} bytes")
    return bytes(body)


@asynccontextmanager
async def _within(
    timeout: float | None, silent: type[httpcore.TimeoutException], broken: type[httpcore.NetworkError]
) -> AsyncIterator[None]:
    """Limit the time of the block, and raise httpcore's errors in place of those of the transport."""
    try:
        async with asyncio.timeout(timeout):
            yield
    except TimeoutError:
        raise silent(_silent(timeout)) from None
    except TransportError as error:
        raise broken(str(error)) from None


def _silent(timeout: float | None) -> str:
    return f"no answer for {timeout:g} s" if timeout is not None else "no answer"


def http_client(
    network: Network,
    base_url: str,
    *,
    auth: httpx.Auth | None = None,
    timeout: float = 5.0,
    certificate: str | None = None,
    cookies: httpx.Cookies | None = None,
) -> httpx.AsyncClient:
    """Make an ``httpx.AsyncClient`` whose connections are streams of ``network``.

    ``timeout`` in s of cell time for every step of a request. ``certificate`` chooses what is trusted with https, as
    for ``tls_client``. Requests raise ``httpx.TransportError`` for every error of the connection.
    """
    return httpx.AsyncClient(
        transport=_Transport(network, certificate),
        base_url=base_url,
        auth=auth,
        timeout=timeout,
        cookies=cookies,
        trust_env=False,
    )
