"""The WSG 50 as a virtual device: the same gripper behind its text and its binary interface.

One client at a time. A client that goes without taking leave causes a fast stop.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import ByteStream
from cellkit_weiss.protocol.status import TEXTS, Status
from cellkit_weiss.virtual_binary import BinarySession
from cellkit_weiss.virtual_gcl import GclSession
from cellkit_weiss.virtual_wsg import Wsg

HANDOVER = 0.2
"""s that a new client waits for the place of one that is just going."""


class _VirtualWsg(VirtualDevice):
    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        super().__init__()
        self.model = model
        self.wsg = Wsg(model, jaws)
        self._place = asyncio.Lock()

    @property
    @override
    def title(self) -> str:
        return self.model.name

    @override
    async def stop(self) -> None:
        self.wsg.close()
        await super().stop()

    async def _client(self, stream: ByteStream) -> None:
        """One connection, to its end. Another one meanwhile is closed unheard."""
        try:
            await asyncio.wait_for(self._place.acquire(), HANDOVER)
        except TimeoutError:
            return
        session, announced = self._session(stream), False
        try:
            announced = await session.serve()
        finally:
            session.close()
            if not announced:
                self.wsg.fast_stop()
            self._place.release()

    @abstractmethod
    def _session(self, stream: ByteStream) -> GclSession | BinarySession:
        """Return the handler of a client (hook)."""

    def example_fault(self) -> tuple[str, str]:
        """Return the gripper stops by itself; code and text that a driver must report of the motion that this ends."""
        self.wsg.fast_stop()
        return str(int(Status.CMD_ABORTED)), TEXTS[Status.CMD_ABORTED]

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return {
            "faststop": self.wsg.fast_stop,
            "block": lambda: self.wsg.block(True),
            "unblock": lambda: self.wsg.block(False),
            **self._mute_switches(),
        }

    @override
    def status_line(self) -> str:
        wsg = self.wsg
        words = [wsg.state.name.lower().replace("_", " "), f"{wsg.width * 1000:.1f} mm", f"{wsg.force:.1f} N"]
        notes = ("not referenced", not wsg.referenced), ("fast stop", wsg.fast_stopped), ("blocked", wsg.blocked)
        return ", ".join(words + [word for word, on in notes if on])


class VirtualGcl(_VirtualWsg):
    """With "text based interface" chosen on its web page."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"gcl": Endpoint("tcp", 1000, "text commands (GCL)")}

    async def _open(self) -> None:
        await self._serve("gcl", self._client, client_first=True)

    def _session(self, stream: ByteStream) -> GclSession:
        return GclSession(self.wsg, stream, lambda: self.mute)


class VirtualBinary(_VirtualWsg):
    """With the binary interface, as the vendor ships it."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"binary": Endpoint("tcp", 1000, "binary commands")}

    async def _open(self) -> None:
        await self._serve("binary", self._client, client_first=True)

    def _session(self, stream: ByteStream) -> BinarySession:
        return BinarySession(self.wsg, stream, lambda: self.mute)
