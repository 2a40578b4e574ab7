"""High-rate samples over OPC UA: clients read blocks from ring buffers, because subscriptions are too slow.

A client stores the next sequence number and calls Read repeatedly; ``Lost`` states whether it was too slow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from asyncua import Node, Server, ua
from numpy.typing import NDArray

from cellkit.access.caller import Role
from cellkit.opcua.conditions import AddMethod
from cellkit.supervision.sample_ring import SampleRing

MAX_VALUES = 20_000
"""The maximum of numbers in a block: some 200 kB and a few milliseconds of the event loop."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Type = ua.VariantType


@dataclass(frozen=True, slots=True)
class _Recording:
    ring: SampleRing
    next_sequence: ua.NodeId
    oldest: ua.NodeId


class Recorder:
    """The recordings below one folder. Their timestamps are seconds since 1970, UTC."""

    def __init__(
        self,
        server: Server,
        folder: ua.NodeId,
        add_method: AddMethod,
        *,
        namespace: int,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the recorder. ``namespace`` is the index of the members' BrowseNames: that of cellkit's types.

        ``on_read`` is called when a client reads a block, and with new samples while a client monitors their number.
        """
        self._server = server
        self._folder = folder
        self._add_method = add_method
        self._namespace = namespace
        self._on_read = on_read
        self._recordings: dict[str, _Recording] = {}

    async def add(
        self,
        name: str,
        ring: SampleRing,
        *,
        rate: float,
        type_definition: int | ua.NodeId = ua.ObjectIds.BaseObjectType,
    ) -> ua.NodeId:
        """Add an object for a ring and return its NodeId. ``rate``: samples per second of the ring, 0 if it varies."""
        node = ua.NodeId(f"{self._folder.Identifier}/{name}", self._folder.NamespaceIndex)
        qualified = ua.QualifiedName(name, self._folder.NamespaceIndex)
        recording = await self._server.get_node(self._folder).add_object(node, qualified, objecttype=None)
        await recording.delete_reference(
            ua.ObjectIds.BaseObjectType, ua.ObjectIds.HasTypeDefinition, bidirectional=False
        )
        await recording.add_reference(type_definition, ua.ObjectIds.HasTypeDefinition, bidirectional=False)
        names, units = ([column.name for column in ring.columns], [column.unit for column in ring.columns])
        for member, value in (("Columns", names), ("Units", units)):
            await _add_list(recording, *self._named(node, member), value, _Type.String)
        await recording.add_property(*self._named(node, "Rate"), rate, _Type.Double)
        numbers = [
            (await recording.add_variable(*self._named(node, member), 0, _Type.UInt64)).nodeid
            for member in ("NextSequence", "Oldest")
        ]

        async def read(_: ua.NodeId, *arguments: ua.Variant) -> list[ua.Variant] | ua.StatusCode:
            self._on_read()
            return _read(ring, arguments)

        method = await recording.add_method(*self._named(node, "Read"), read)
        for member, arguments in (("InputArguments", _INPUTS), ("OutputArguments", _OUTPUTS)):
            place, _ = self._named(method.nodeid, member)
            await _add_list(
                method, place, ua.QualifiedName(member, 0), arguments, _Type.ExtensionObject, ua.ObjectIds.Argument
            )
        self._add_method(method.nodeid, read, role=Role.OBSERVER)
        self._recordings[name] = _Recording(ring, *numbers)
        await self._publish(self._recordings[name])
        return node

    async def extend(
        self,
        name: str,
        timestamps: Sequence[float] | NDArray[np.float64],
        rows: Sequence[Sequence[float]] | NDArray[np.float64],
    ) -> None:
        """Add samples to a recording and notify its subscribers."""
        recording = self._recordings[name]
        recording.ring.extend(timestamps, rows)
        await self._publish(recording)
        if self._monitored(recording.next_sequence):
            self._on_read()

    def _monitored(self, node: ua.NodeId) -> bool:
        return bool(self._server.iserver.aspace[node].attributes[ua.AttributeIds.Value].datachange_callbacks)

    async def _publish(self, recording: _Recording) -> None:
        now = datetime.now(UTC)
        ring = recording.ring
        for node, number in ((recording.next_sequence, ring.next_sequence), (recording.oldest, ring.oldest)):
            value = ua.DataValue(ua.Variant(number, _Type.UInt64), SourceTimestamp=now, ServerTimestamp=now)
            await self._server.write_attribute_value(node, value)

    def _named(self, above: ua.NodeId, name: str) -> tuple[ua.NodeId, ua.QualifiedName]:
        return ua.NodeId(f"{above.Identifier}/{name}", above.NamespaceIndex), ua.QualifiedName(name, self._namespace)


async def _add_list(
    above: Node, node: ua.NodeId, name: ua.QualifiedName, values: Sequence[Any], kind: ua.VariantType, data: int = 0
) -> None:
    """Add a property with a list; ``data`` is its data type, if that is not the built-in type."""
    made = await above.add_property(node, name, list(values), kind, ua.NodeId(data or kind.value))
    await made.write_value_rank(ua.ValueRank.OneDimension)


def _argument(name: str, kind: ua.VariantType, description: str, *, is_array: bool = False) -> ua.Argument:
    return ua.Argument(
        Name=name,
        DataType=ua.NodeId(kind.value),
        ValueRank=ua.ValueRank.OneDimension if is_array else ua.ValueRank.Scalar,
        ArrayDimensions=[0] if is_array else [],
        Description=ua.LocalizedText(description, "en"),
    )


_INPUTS = [
    _argument("FromSequence", _Type.UInt64, "Number of the first sample wanted."),
    _argument("MaxSamples", _Type.UInt32, "At most so many samples; 0: as many as a block can hold."),
]
_OUTPUTS = [
    _argument("FirstSequence", _Type.UInt64, "Number of the first sample in the block."),
    _argument("Timestamps", _Type.DateTime, "When each sample was taken.", is_array=True),
    _argument("Values", _Type.Double, "The samples one after another, each with all its columns.", is_array=True),
    _argument("Columns", _Type.UInt32, "How many numbers a sample has."),
    _argument("Lost", _Type.UInt64, "How many samples from FromSequence on are gone."),
]


def _read(ring: SampleRing, arguments: Sequence[ua.Variant]) -> list[ua.Variant] | ua.StatusCode:
    numbers = [argument.Value for argument in arguments]
    if len(numbers) < len(_INPUTS):
        return ua.StatusCode(ua.StatusCodes.BadArgumentsMissing)
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
    most = max(1, MAX_VALUES // len(ring.columns))
    block = ring.read(numbers[0], min(numbers[1] or most, most))
    times = [_EPOCH + timedelta(seconds=seconds) for seconds in block.timestamps.tolist()]
    return [
        ua.Variant(block.first, _Type.UInt64),
        ua.Variant(times, _Type.DateTime, is_array=True),
        ua.Variant(block.values.ravel().tolist(), _Type.Double, is_array=True),
        ua.Variant(len(ring.columns), _Type.UInt32),
        ua.Variant(block.lost, _Type.UInt64),
    ]
