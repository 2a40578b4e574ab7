"""The reference signals, over a controller's image; the other side of the image is the simulated station."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO
from cellkit.errors import DeviceFault
from cellkit_virtual.link import Link, Linked


class VirtualDigitalIO(Linked, DigitalIO):
    """Digital signals of an image; terminals have no meaning here."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        image: IoImage,
        link: Link | None = None,
    ) -> None:
        super().__init__(name, tuple(inputs), tuple(outputs))
        self._image = image
        self._link = link or Link()

    async def _read(self, signal: str) -> bool:
        return self._image[signal]

    async def _write(self, signal: str, value: bool) -> None:
        self._image[signal] = value

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._image.watch(signal, on_change)


class VirtualAnalogIO(Linked, AnalogIO):
    """Analog signals of an image."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        image: AnalogImage,
        link: Link | None = None,
    ) -> None:
        super().__init__(name, inputs, outputs)
        self._image = image
        self._link = link or Link()

    async def _read(self, signal: str) -> float:
        share = self._image[signal]
        if share is None:
            raise DeviceFault(self.name, f"{signal}: the wire is broken", code="wire-break")
        return (self.inputs | self.outputs)[signal].value(share)

    async def _write(self, signal: str, value: float) -> None:
        self._image[signal] = self.outputs[signal].share(value)

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._image.watch(signal, on_change)
