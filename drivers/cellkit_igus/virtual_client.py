"""One client of the virtual controller."""

from __future__ import annotations

from cellkit.errors import TransportError
from cellkit.timing import now
from cellkit.transport import ByteStream
from cellkit_igus.protocol.frames import Counter, encode


class Client:
    """One connection: its counter and the time of its last message."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.counter = Counter()
        self.alive = now()
        self.active = False

    def send(self, text: str) -> None:
        """Send one message; a client that is gone is noticed by its own reader."""
        try:
            self.stream.write(encode(self.counter.next(), text))
        except TransportError:
            self.active = False
