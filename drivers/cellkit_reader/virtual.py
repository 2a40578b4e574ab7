"""A code reader as a virtual device: one reading at a time, in one of the vendors' dialects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.errors import TransportError
from cellkit.transport import ByteStream
from cellkit.yamlfile import near_names
from cellkit_reader.protocol.dialects import DIALECTS, encode
from cellkit_reader.protocol.lines import LineReader
from cellkit_reader.virtual_dialects import SPEAKERS, Speaker

READ = 0.05
"""s that one look takes."""
LONGEST = 1024  # bytes of a command


class VirtualReader(VirtualDevice):
    """Keyence's lines, unless another ``dialect`` is named. Results go to the connection that has triggered."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"text": Endpoint("tcp", 23, "triggers and results")}

    def __init__(self, plant: CodePlant, dialect: str = "keyence") -> None:
        super().__init__()
        self._plant = plant
        self._streams: set[ByteStream] = set()
        self._window: asyncio.Task[None] | None = None
        self._owner: ByteStream | None = None
        self.responses = False
        """Whether Keyence's trigger commands are answered too, which can be set there."""
        self.counts = {"ok": 0, "error": 0, "triggers": 0}
        self.speak(dialect)

    def speak(self, dialect: str) -> None:
        """Speak another dialect, to clients that connect from now on. Raises ``ValueError`` for an unknown one."""
        if dialect not in DIALECTS:
            raise ValueError(f"no dialect {dialect!r}; {near_names(dialect, DIALECTS)}")
        self.dialect = DIALECTS[dialect]
        self._speaker: Speaker = SPEAKERS[dialect](self)

    @property
    @override
    def title(self) -> str:
        return f"code reader ({self.dialect.name})"

    async def _open(self) -> None:
        await self._serve("text", self._client)

    async def _client(self, stream: ByteStream) -> None:
        lines = LineReader(self.dialect.header, self.dialect.terminator, LONGEST)
        self._streams.add(stream)
        try:
            while data := await stream.read():
                for line in lines.feed(data):
                    if not self.mute:
                        self._hear(stream, line)
                await stream.drain()
        finally:
            self._streams.discard(stream)
            if self._owner is stream:
                self._end()

    def _hear(self, stream: ByteStream, line: bytes) -> None:
        for answer in self._speaker.hear(line.decode("utf-8", "replace"), stream):
            self.tell(stream, answer)

    def tell(self, stream: ByteStream, text: str) -> None:
        """Send a line."""
        if not self.mute:
            with contextlib.suppress(TransportError):
                stream.write(encode(self.dialect, text))

    # --- readings -------------------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether it looks for a code now."""
        return self._window is not None

    def begin(self, stream: ByteStream, limit: float | None) -> None:
        """Look for a code, for ``limit`` s at most; None: until a stop command."""
        self.counts["triggers"] += 1
        self._owner = stream
        self._window = self._background(self._look(stream, limit))

    def finish(self) -> None:
        """Stop looking; report that nothing was read."""
        stream = self._owner
        self._end()
        if stream is not None:
            self._missed(stream)

    def _end(self) -> None:
        window, self._window, self._owner = self._window, None, None
        if window is not None:
            window.cancel()

    async def _look(self, stream: ByteStream, limit: float | None) -> None:
        looked = 0.0
        while limit is None or looked < limit:
            await asyncio.sleep(READ)
            looked += READ
            code = self._plant.code()
            if code is not None:
                self._window, self._owner = None, None
                self.counts["ok"] += 1
                self.tell(stream, code)
                return
        self._window, self._owner = None, None
        self._missed(stream)

    def _missed(self, stream: ByteStream) -> None:
        self.counts["error"] += 1
        self.tell(stream, self.dialect.no_read[0])

    # --- for people -----------------------------------------------------------------------------------------------

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def responses(word: str) -> None:
            if word not in ("on", "off"):
                raise ValueError("responses on|off")
            self.responses = word == "on"

        def send(*words: str) -> None:
            for stream in tuple(self._streams):
                self.tell(stream, " ".join(words))

        return {
            "dialect": self.speak,
            "responses": responses,
            "send": send,
            **self._mute_switches(),
        }

    @override
    def status_line(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        state = "reading" if self.reading else "idle"
        label = self._plant.code()
        return f"{self.dialect.name}, {state}, label {label or '-'}, {counts}" + (", mute" if self.mute else "")
