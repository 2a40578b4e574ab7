"""What all tools behind a Compute Box have in common: the connection, and whether it is the right tool."""

from __future__ import annotations

from typing import TypeVar

from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.transport.modbus import ModbusClient, ModbusRefused
from cellkit_onrobot.config import OnRobotConfig
from cellkit_onrobot.protocol.box import PRODUCT, PRODUCTS, product_name

ConfigT = TypeVar("ConfigT", bound=OnRobotConfig)


class OnRobotTool(Wired[ConfigT]):
    """One tool of a box. The box takes one connection at a time."""

    _client: ModbusClient

    async def _open_modbus(self, model: ParallelGripperModel | VacuumGripperModel) -> None:
        """Connect. Raises ``ConnectionFailed``, also for another tool than the model's, and ``ConnectionLost``."""
        config = self.config
        stream = await self._open_stream(config.modbus_port, "OnRobot Compute Box")
        self._client = ModbusClient(self.name, stream, config.unit, "tcp", config.answer_timeout)
        expected = PRODUCTS.get(model.id)
        if expected is None:
            return
        try:
            (found,) = await self._client.read_holding(PRODUCT)
        except ModbusRefused:
            return  # old firmware does not say
        if found != expected:
            raise ConnectionFailed(self.name, f"the tool is {product_name(found)}, not {model.name}")
