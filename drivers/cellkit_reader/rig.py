"""What the driver contract needs to try the driver."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.testing.kinds.code_reader import CodeReaderRig
from cellkit.testing.rig import DeviceRig
from cellkit.testing.wire_rig import WireDeviceRig, WireRig


class DialectRig(CodeReaderRig, WireDeviceRig):
    """A reader that speaks a certain dialect."""

    dialect = "keyence"

    async def _serve(self, virtual: VirtualDevice) -> None:
        virtual.switches()["dialect"](self.dialect)
        await super()._serve(virtual)

    def _config(self) -> Any:
        return super()._config().model_copy(update={"dialect": self.dialect})


class ReaderRig(WireRig):
    """``dialect``: another one than the usual."""

    driver = "reader"

    def __init__(self, *, sockets: bool = False, protocol: str | None = None, dialect: str = "keyence") -> None:
        super().__init__(sockets=sockets, protocol=protocol)
        self.dialect = dialect

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        if kind != "code_reader" or model is not None:
            return super().rig(kind, model)  # says what there is instead
        spec = registry.driver(self.driver)
        rig = DialectRig(spec, spec.wires[0], None, self.lacks, self.sockets)
        rig.dialect = self.dialect
        return rig
