"""History of chosen variables: every write is kept in a file, and HistoryRead of raw data answers from it.

asyncua's own SQLite history refuses NodeIds that are strings, knows a variable by its namespace's index only, repeats
rows at continuation points, and takes a damaged file without a word; so this one stands in its place.
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
"""Seconds between two writes to the disk: what a power failure may cost."""
MAX_WAITING = 100_000
"""Samples that wait for a disk that is full or slow; beyond them the oldest go."""

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


async def keep_history(server: Server, file: Path, nodes: Sequence[ua.NodeId], *, days: float, max_rows: int) -> None:
    """Keep the history of some variables of an initialised server, and answer HistoryRead from it.

    ``days`` and ``max_rows`` bound what is kept of each variable. What a variable holds now is its first sample, so
    that a time in which nobody looked has an end. The file is written to the end when the server stops.
    ``ConfigError`` names a file that cannot be used; it stays as it is.
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
    """Stands in for asyncua's history manager."""

    def __init__(self, server: Server, file: HistoryFile, thread: ThreadPoolExecutor) -> None:
        self._server = server
        self._file = file
        self._thread = thread
        self._numbers: dict[ua.NodeId, int] = {}
        self._waiting: deque[Sample] = deque(maxlen=MAX_WAITING)
        self._failing = False
        self._writing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._flusher = asyncio.create_task(self._flush_now_and_then())

    async def keep(self, nodes: Sequence[ua.NodeId]) -> None:
        """Begin with some variables, and tell clients by AccessLevel and Historizing."""
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
            self._note(number, space.read_attribute_value(node_id, ua.AttributeIds.Value))
            listener = self._listener(number)
            status, _ = space.add_datachange_callback(node_id, ua.AttributeIds.Value, listener)
            status.check()
            self._numbers[node_id] = number
        for name, value in (
            ("AccessHistoryDataCapability", ua.Variant(True, ua.VariantType.Boolean)),
            ("MaxReturnDataValues", ua.Variant(MAX_VALUES, ua.VariantType.UInt32)),
        ):
            capability = ua.NodeId(getattr(ua.ObjectIds, f"HistoryServerCapabilities_{name}"))
            await self._server.write_attribute_value(capability, ua.DataValue(value))

    async def read_history(self, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """The HistoryRead service."""
        if params.ReleaseContinuationPoints:
            return [ua.HistoryReadResult() for _ in params.NodesToRead]  # they hold everything themselves
        if self._waiting:
            await self._flush()
        return [await self._read(asked, params) for asked in params.NodesToRead]

    def update_history(self, params: ua.HistoryUpdateParameters) -> list[ua.HistoryUpdateResult]:
        """The HistoryUpdate service: nobody rewrites history."""
        refusal = ua.StatusCode(ua.StatusCodes.BadHistoryOperationUnsupported)
        return [ua.HistoryUpdateResult(StatusCode=refusal) for _ in params.HistoryUpdateDetails]

    async def stop(self) -> None:
        """Write what waits and close the file; the server calls it when it stops."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        await self._flusher
        await self._flush()
        await self._in_thread(self._file.close)
        self._thread.shutdown()

    def _listener(self, number: int) -> Callable[[int, ua.DataValue], Awaitable[None]]:
        async def written(_: int, value: ua.DataValue) -> None:
            self._note(number, value)

        return written

    def _note(self, number: int, value: ua.DataValue) -> None:
        server_time = microseconds(value.ServerTimestamp or datetime.now(UTC))
        time = server_time if value.SourceTimestamp is None else microseconds(value.SourceTimestamp)
        status = 0 if value.StatusCode is None else value.StatusCode.value
        binary = variant_to_binary(ua.Variant() if value.Value is None else value.Value)
        self._waiting.append(Sample(number, time, server_time, status, binary))

    async def _flush_now_and_then(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._stopping.wait(), FLUSH_EVERY)
            except TimeoutError:
                await self._flush()
            else:
                return

    async def _flush(self) -> None:
        # A reader that goes away must not leave samples written and still waiting.
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
                    _log.warning("the history cannot be written; it waits in memory: %s", error)
                self._failing = True

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _read(self, asked: ua.HistoryReadValueId, params: ua.HistoryReadParameters) -> ua.HistoryReadResult:
        refusal = self._refusal(asked, params)
        if refusal is not None:
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(refusal))
        number, details = self._numbers[asked.NodeId], params.HistoryReadDetails
        try:
            values, onward = await self._in_thread(
                partial(read_raw, self._file, number, details, asked.ContinuationPoint)
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
        return ua.HistoryReadResult(StatusCode=status, ContinuationPoint=onward, HistoryData=data)

    def _refusal(self, asked: ua.HistoryReadValueId, params: ua.HistoryReadParameters) -> int | None:
        """The status code of a read that is not for this history."""
        details = params.HistoryReadDetails
        supported = isinstance(details, ua.ReadRawModifiedDetails) and not details.IsReadModified
        refusal: int | None = None
        if asked.NodeId not in self._server.iserver.aspace:
            refusal = ua.StatusCodes.BadNodeIdUnknown
        elif asked.NodeId not in self._numbers or not supported:
            refusal = ua.StatusCodes.BadHistoryOperationUnsupported
        elif params.TimestampsToReturn == ua.TimestampsToReturn.Neither:
            refusal = ua.StatusCodes.BadTimestampsToReturnInvalid
        elif asked.IndexRange:
            refusal = ua.StatusCodes.BadIndexRangeInvalid
        return refusal
