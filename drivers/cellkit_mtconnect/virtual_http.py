"""HTTP of a virtual agent: requests to documents, one connection after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal

import h11

from cellkit.errors import ProtocolError, TransportError
from cellkit.transport import ByteStream
from cellkit_mtconnect.protocol.documents import Component, Document
from cellkit_mtconnect.protocol.json_form import write_json
from cellkit_mtconnect.protocol.multipart import encode_part
from cellkit_mtconnect.protocol.paths import BadPath, matching
from cellkit_mtconnect.protocol.requests import Request, read_target
from cellkit_mtconnect.protocol.writing import write_document
from cellkit_mtconnect.virtual_agent import Agent
from cellkit_mtconnect.virtual_rules import RequestRefused, Rules
from cellkit_mtconnect.virtual_stream import CurrentStream, SampleStream, StreamEnd

LARGEST_HEAD = 16_384
LARGEST_BODY = 100_000  # bytes of a request's body, which is ignored
SERVER = "cellkit-virtual-agent"
_CALLS = ("probe", "current", "sample", "asset", "assets")


@dataclass(slots=True)
class Switchboard:
    """The switches: whether the agent answers, how many requests fail, and the observers of its streams."""

    speaking: asyncio.Event
    failing: int = 0
    cut: asyncio.Event | None = None
    """Set when all streams are to be cut; another one takes its place then."""
    halfway: bool = False
    """Whether they are cut in the middle of a chunk."""


@dataclass(frozen=True, slots=True)
class _Form:
    """XML or JSON."""

    json: bool

    @property
    def mime(self) -> str:
        return "application/json" if self.json else "text/xml"

    def write(self, document: Document, agent: Agent) -> bytes:
        write = write_json if self.json else write_document
        return write(document, agent.version)


class Server:
    """Serves one agent; ``streams`` counts those that are open, ``opened`` all there were."""

    def __init__(self, agent: Agent, board: Switchboard) -> None:
        self.agent = agent
        self.board = board
        self.streams = 0
        self.opened = 0

    @property
    def rules(self) -> Rules:
        """What is allowed now."""
        return Rules(self.agent.version)

    async def serve(self, stream: ByteStream) -> None:
        """Answer the requests of one client until it closes, or breaks HTTP. Raises ``TransportError``."""
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        try:
            while isinstance(request := await _next(http, stream), h11.Request):
                await _skip_body(http, stream)
                await self.board.speaking.wait()
                await self._answer(http, stream, request)
                if http.our_state is not h11.DONE:
                    return
                http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                _send(http, stream, error.error_status_hint, {"Content-Type": "text/plain"}, str(error).encode())
        except h11.LocalProtocolError as error:
            raise TransportError(f"HTTP: {error}") from None

    async def _answer(self, http: h11.Connection, stream: ByteStream, request: h11.Request) -> None:
        if self.board.failing > 0:
            self.board.failing -= 1
            _send(http, stream, 500, {"Content-Type": "text/plain"}, b"Internal Server Error", request.method)
            return
        form = _Form(_wants_json(request))
        uri = request.target.decode("ascii", "replace")
        try:
            if request.method != b"GET":
                raise self.rules.no_method(request.method.decode())
            try:
                asked = read_target(request.target)
            except ProtocolError:
                raise self.rules.no_address(uri) from None
            form = _Form(form.json if "format" not in asked.parameters else asked.parameters["format"] == "json")
            answer = self._perform(asked)
        except RequestRefused as refused:
            error = self.agent.errors(replace(refused.error, uri=uri, request=_wanted_by(uri)))
            self._reply(http, stream, form, error, self.rules.status(refused), request.method)
            return
        if isinstance(answer, SampleStream | CurrentStream):
            await self._stream(http, stream, form, answer)
        else:
            self._reply(http, stream, form, answer)
            await stream.drain()

    def _reply(
        self,
        http: h11.Connection,
        stream: ByteStream,
        form: _Form,
        document: Document,
        status: int = 200,
        method: bytes = b"GET",
    ) -> None:
        headers = {"Content-Type": form.mime, "Expires": "-1", "Cache-Control": "no-store, max-age=0"}
        _send(http, stream, status, headers, form.write(document, self.agent), method)

    # --- what is asked ----------------------------------------------------------------------------------------

    def _perform(self, asked: Request) -> Document | SampleStream | CurrentStream:
        parts, given = asked.parts, asked.parameters
        if parts[:1] in (("asset",), ("assets",)):
            return self._assets(asked, parts[1:])
        if parts and parts[-1] in _CALLS and len(parts) <= 2:
            wanted = self._wanted(parts[0] if len(parts) == 2 else None, given)
            call = parts[-1]
        elif len(parts) <= 1:
            device = self.agent.find(parts[0]) if parts else None
            if parts and device is None:
                raise self.rules.no_address(asked.uri)
            wanted, call = (self.agent.devices if device is None else (device,)), "probe"
        else:
            raise self.rules.no_address(asked.uri)
        if call == "probe":
            return self.agent.probe(wanted)
        if call == "current":
            return self._current(given, wanted)
        if call == "sample":
            return self._sample(given, wanted)
        return self.agent.assets()

    def _wanted(self, name: str | None, given: Mapping[str, str]) -> tuple[Component, ...]:
        if name is None:
            kind = given.get("deviceType")
            return tuple(one for one in self.agent.devices if kind in (None, one.element))
        device = self.agent.find(name)
        if device is None:
            raise self.rules.no_device(name)
        return (device,)

    def _assets(self, asked: Request, names: tuple[str, ...]) -> Document:
        if len(names) > 1:
            raise self.rules.no_address(asked.uri)
        if names:
            raise self.rules.no_asset(names[0])
        return self.agent.assets()

    def _items(self, given: Mapping[str, str], wanted: tuple[Component, ...]) -> set[str]:
        path = given.get("path")
        if path is None:
            return {item.id for device in wanted for item in device.all_items()}
        try:
            found = matching(path, wanted, self.agent.version)
        except BadPath:
            found = set()
        if not found:
            raise self.rules.bad_path(path)
        return found

    def _current(self, given: Mapping[str, str], wanted: tuple[Component, ...]) -> Document | CurrentStream:
        ring = self.agent.ring
        at = self.rules.current_at(given, ring.first, ring.next)
        interval = self.rules.current_interval(given)
        items = self._items(given, wanted)
        if interval is not None:
            return CurrentStream(self.agent, interval, items)
        return self.agent.current(items, at)

    def _sample(self, given: Mapping[str, str], wanted: tuple[Component, ...]) -> Document | SampleStream:
        ring = self.agent.ring
        asked = self.rules.sample(given, ring.first, ring.next, ring.size)
        items = self._items(given, wanted)
        if asked.interval is not None:
            return SampleStream(self.agent, self.rules, asked, items)
        return self.agent.sample(items, asked.start, asked.count, asked.to)[0]

    # --- endless answers --------------------------------------------------------------------------------------

    async def _stream(
        self, http: h11.Connection, stream: ByteStream, form: _Form, source: SampleStream | CurrentStream
    ) -> None:
        self.opened += 1
        boundary = f"cellkit{self.opened:025d}"
        headers = {
            "Content-Type": f"{self.rules.multipart};boundary={boundary}",
            "Transfer-Encoding": "chunked",
            "Connection": "close",
            "Expires": "-1",
            "Cache-Control": "no-cache, no-store, max-age=0",
        }
        stream.write(_head(http, 200, headers))
        cut = self.board.cut = self.board.cut or asyncio.Event()
        self.streams += 1
        cutting = asyncio.ensure_future(cut.wait())
        try:
            while True:
                part = await self._part(source, cutting, form, boundary)
                if part is None:
                    self._cut(http, stream, form, boundary)
                    return
                await self.board.speaking.wait()
                stream.write(http.send(h11.Data(data=part)) or b"")
                await stream.drain()
        except StreamEnd as end:
            last = b"" if end.last is None else encode_part(boundary, form.mime, form.write(end.last, self.agent))
            stream.write((http.send(h11.Data(data=last)) or b"") + (http.send(h11.EndOfMessage()) or b""))
        finally:
            self.streams -= 1
            cutting.cancel()
            source.close()

    async def _part(
        self, source: SampleStream | CurrentStream, cutting: asyncio.Task[Literal[True]], form: _Form, boundary: str
    ) -> bytes | None:
        """Return the next part; None when the stream is cut before."""
        coming = asyncio.ensure_future(source.next())
        try:
            await asyncio.wait({coming, cutting}, return_when=asyncio.FIRST_COMPLETED)
            if cutting.done():
                return None
            return encode_part(boundary, form.mime, form.write(coming.result(), self.agent))
        finally:
            coming.cancel()

    def _cut(self, http: h11.Connection, stream: ByteStream, form: _Form, boundary: str) -> None:
        if self.board.halfway:
            part = encode_part(boundary, form.mime, form.write(self.agent.current({*()}), self.agent))
            chunk = http.send(h11.Data(data=part)) or b""
            stream.write(chunk[: len(chunk) // 2])
        stream.close()

    def cut_streams(self, halfway: bool) -> int:
        """End all streams without a word, or in the middle of a chunk; how many there were."""
        self.board.halfway = halfway
        cut, self.board.cut = self.board.cut, None
        if cut is not None:
            cut.set()
        return self.streams


async def _next(http: h11.Connection, stream: ByteStream) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await stream.read())
    return event


async def _skip_body(http: h11.Connection, stream: ByteStream) -> None:
    size = 0
    while isinstance(part := await _next(http, stream), h11.Data):
        size += len(part.data)
        if size > LARGEST_BODY:
            raise TransportError(f"HTTP: a body of more than {LARGEST_BODY} bytes")
    if not isinstance(part, h11.EndOfMessage):
        raise TransportError("HTTP: the client closed in the middle of a request")


def _wanted_by(uri: str) -> str:
    """Return the document that a request would have been answered with."""
    call = uri.partition("?")[0].rstrip("/").rpartition("/")[2]
    kinds = {"probe": "Devices", "current": "Streams", "sample": "Streams", "asset": "Assets", "assets": "Assets"}
    return f"MTConnect{kinds[call]}" if call in kinds else ""


def _wants_json(request: h11.Request) -> bool:
    accepted = b",".join(value for name, value in request.headers if name == b"accept").decode("ascii", "replace")
    for kind in accepted.split(","):
        name = kind.partition(";")[0].strip().lower()
        if name.endswith(("json", "xml")):
            return name.endswith("json")
    return False


def _head(http: h11.Connection, status: int, headers: Mapping[str, str]) -> bytes:
    fields = [("Server", SERVER), *headers.items()]
    return http.send(h11.Response(status_code=status, reason=HTTPStatus(status).phrase, headers=fields)) or b""


def _send(
    http: h11.Connection,
    stream: ByteStream,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    method: bytes = b"GET",
) -> None:
    out = _head(http, status, {**headers, "Content-Length": str(len(body))})
    if method != b"HEAD":
        out += http.send(h11.Data(data=body)) or b""
    stream.write(out + (http.send(h11.EndOfMessage()) or b""))
