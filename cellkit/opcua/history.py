"""The history of selected variables: every write is stored in a file, and HistoryRead of raw data reads the file.

asyncua's own SQLite history is not used, because it refuses string NodeIds, identifies a variable by its namespace
index only, repeats rows at continuation points, and accepts a damaged file silently.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from asyncua import Server, ua
from asyncua.ua.ua_binary import variant_to_binary

from cellkit.opcua.history_file import HistoryFile, Sample
from cellkit.opcua.history_read import MAX_VALUES, microseconds, read_raw

FLUSH_EVERY = 1.0
"""The seconds between two writes to the disk, which is the longest loss at a power failure."""
MAX_WAITING = 100_000
"""The maximum of samples that wait for a full or slow disk; above it the oldest samples are dropped."""

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


async def keep_history(server: Server, file: Path, nodes: Sequence[ua.NodeId], *, days: float, max_rows: int) -> None:
    """Store the history of variables of an initialised server, and answer HistoryRead from it.

    ``days`` and ``max_rows`` limit the samples of each variable. The present value of a variable is its first sample,
    which ends a gap in which the server did not run. Waiting samples are written when the server stops. Raises
    ``ConfigError`` for a file that cannot be used; the file stays unchanged.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="history")
    max_age = microseconds(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days))
    try:
        opening = partial(HistoryFile, file, max_age=max_age, max_rows=max_rows)
        history = History(server, await asyncio.get_running_loop().run_in_executor(thread, opening), thread)
    except BaseException:
        thread.shutdown()
        raise
    try:
        await history.keep(nodes)
    except BaseException:
        await history.stop()
        raise
    server.iserver.history_manager = history


class History:
    """The history manager of the server, in place of asyncua's."""

    def __init__(self, server: Server, file: HistoryFile, thread: ThreadPoolExecutor) -> None:
        self._server = server
        self._file = file
        self._thread = thread
        self._numbers: dict[ua.NodeId, int] = {}
        self._waiting: deque[Sample] = deque(maxlen=MAX_WAITING)
        self._failing = False
        self._writing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._flusher = asyncio.create_task(self._flush_periodically())

    async def keep(self, nodes: Sequence[ua.NodeId]) -> None:
        """Start to store variables, and set their AccessLevel and Historizing attributes."""
        uris = await self._server.get_namespace_array()
        space = self._server.iserver.aspace
        for node_id in dict.fromkeys(nodes):
            identifier = ua.NodeId(node_id.Identifier, 0, node_id.NodeIdType).to_string()
            number = await self._in_thread(partial(self._file.node, uris[node_id.NamespaceIndex], identifier))
            node = self._server.get_node(node_id)
            for attribute in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
                await node.set_attr_bit(attribute, ua.AccessLevel.HistoryRead)
            historizing = ua.DataValue(ua.Variant(True, ua.VariantType.Boolean))
            await node.write_attribute(ua.AttributeIds.Historizing, historizing)
            self._add_sample(number, space.read_attribute_value(node_id, ua.AttributeIds.Value))
            status, _ = space.add_datachange_callback(node_id, ua.AttributeIds.Value, self._listener(number))
            status.check()
            self._numbers[node_id] = number
        for name, value in (
            ("AccessHistoryDataCapability", ua.Variant(True, ua.VariantType.Boolean)),
            ("MaxReturnDataValues", ua.Variant(MAX_VALUES, ua.VariantType.UInt32)),
        ):
            capability = ua.NodeId(getattr(ua.ObjectIds, f"HistoryServerCapabilities_{name}"))
            await self._server.write_attribute_value(capability, ua.DataValue(value))

    async def read_history(self, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """Answer the HistoryRead service."""
        if params.ReleaseContinuationPoints:
            return [ua.HistoryReadResult() for _ in params.NodesToRead]  # a point holds all its state itself
        if self._waiting:
            await self._flush()
        return [await self._read(node, params) for node in params.NodesToRead]

    def update_history(self, params: ua.HistoryUpdateParameters) -> list[ua.HistoryUpdateResult]:
        """Answer the HistoryUpdate service: every update is refused."""
        refusal = ua.StatusCode(ua.StatusCodes.BadHistoryOperationUnsupported)
        return [ua.HistoryUpdateResult(StatusCode=refusal) for _ in params.HistoryUpdateDetails]

    async def stop(self) -> None:
        """Write the waiting samples and close the file; the server calls it when it stops."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        await self._flusher
        await self._flush()
        await self._in_thread(self._file.close)
        self._thread.shutdown()

    def _listener(self, number: int) -> Callable[[int, ua.DataValue], Awaitable[None]]:
        async def written(_: int, value: ua.DataValue) -> None:
            self._add_sample(number, value)

        return written

    def _add_sample(self, number: int, value: ua.DataValue) -> None:
        server_time = microseconds(value.ServerTimestamp or datetime.now(UTC))
        time = server_time if value.SourceTimestamp is None else microseconds(value.SourceTimestamp)
        status = 0 if value.StatusCode is None else value.StatusCode.value
        binary = variant_to_binary(ua.Variant() if value.Value is None else value.Value)
        self._waiting.append(Sample(number, time, server_time, status, binary))

    async def _flush_periodically(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._stopping.wait(), FLUSH_EVERY)
            except TimeoutError:
                await self._flush()
            else:
                return

    async def _flush(self) -> None:
        # Shielded: a cancelled reader must not leave samples that are written and still wait.
        await asyncio.shield(asyncio.create_task(self._write()))

    async def _write(self) -> None:
        async with self._writing:
            samples = tuple(self._waiting)
            self._waiting.clear()
            try:
                await self._in_thread(partial(self._file.append, samples, microseconds(datetime.now(UTC))))
                self._failing = False
            except sqlite3.Error as error:
                self._waiting = deque((*samples, *self._waiting), MAX_WAITING)
                if not self._failing:
                    _log.warning("the history cannot be written; its samples wait in memory: %s", error)
                self._failing = True

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _read(self, node: ua.HistoryReadValueId, params: ua.HistoryReadParameters) -> ua.HistoryReadResult:
        refusal = self._refusal(node, params)
        if refusal is not None:
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(refusal))
        number, details = self._numbers[node.NodeId], params.HistoryReadDetails
        try:
            values, continuation = await self._in_thread(
                partial(read_raw, self._file, number, details, node.ContinuationPoint)
            )
        except ua.UaStatusCodeError as error:
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(error.code))
        except sqlite3.Error as error:
            _log.warning("the history cannot be read: %s", error)
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(ua.StatusCodes.BadResourceUnavailable))
        for value in values:
            if params.TimestampsToReturn == ua.TimestampsToReturn.Source:
                value.ServerTimestamp = None
            elif params.TimestampsToReturn == ua.TimestampsToReturn.Server:
                value.SourceTimestamp = None
        status = ua.StatusCode(ua.StatusCodes.Good if values else ua.StatusCodes.GoodNoData)
        data = ua.HistoryData(DataValues=values)
        return ua.HistoryReadResult(StatusCode=status, ContinuationPoint=continuation, HistoryData=data)

    def _refusal(self, node: ua.HistoryReadValueId, params: ua.HistoryReadParameters) -> int | None:
        """Return the status code that refuses a read which this history does not support, or None."""
        details = params.HistoryReadDetails
        supported = isinstance(details, ua.ReadRawModifiedDetails) and not details.IsReadModified
        refusal: int | None = None
        if node.NodeId not in self._server.iserver.aspace:
            refusal = ua.StatusCodes.BadNodeIdUnknown
        elif node.NodeId not in self._numbers or not supported:
            refusal = ua.StatusCodes.BadHistoryOperationUnsupported
        elif params.TimestampsToReturn == ua.TimestampsToReturn.Neither:
            refusal = ua.StatusCodes.BadTimestampsToReturnInvalid
        elif node.IndexRange:
            refusal = ua.StatusCodes.BadIndexRangeInvalid
        return refusal
