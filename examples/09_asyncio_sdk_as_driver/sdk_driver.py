"""A driver on another library's asyncio client: pymodbus, unmodified, with its own connections, timeouts and frames."""

from collections.abc import Awaitable, Callable, Sequence

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from cellkit.devices import DigitalIO
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost
from cellkit.timing import Periodic


class CouplerIO(DigitalIO):
    """The signals of a Modbus TCP coupler: outputs are its coils, inputs its discrete inputs, in the order given."""

    def __init__(self, name: str, inputs: Sequence[str], outputs: Sequence[str], host: str, port: int = 502) -> None:
        super().__init__(name, inputs, outputs)
        # The base class reports a lost link and the program decides when to reconnect: the client must not.
        self._client = AsyncModbusTcpClient(
            host, port=port, timeout=0.5, retries=0, reconnect_delay=0, trace_connect=self._connection_changed
        )

    async def _connect(self) -> None:
        if not await self._client.connect():
            raise ConnectionFailed(self.name, "the Modbus coupler does not answer")

    async def _close(self) -> None:
        self._client.close()

    def _connection_changed(self, connected: bool) -> None:
        if not connected:
            self._link_lost("the connection was closed")

    async def _read(self, signal: str) -> bool:
        if signal in self.outputs:
            return (await self._ask(self._client.read_coils(self.outputs.index(signal)))).bits[0]
        return (await self._ask(self._client.read_discrete_inputs(self.inputs.index(signal)))).bits[0]

    async def _write(self, signal: str, value: bool) -> None:
        await self._ask(self._client.write_coil(self.outputs.index(signal), value))

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return Periodic(0.05, on_change).close

    async def _ask(self, answer: Awaitable[ModbusPDU]) -> ModbusPDU:
        try:
            reply = await answer
        except ModbusException as error:
            self._link_lost(str(error))
            raise ConnectionLost(self.name, str(error)) from None
        if reply.isError():
            raise CommandRejected(self.name, f"Modbus exception {reply.exception_code}")
        return reply
