"""The Attribute services: what a role may read and write."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.audit import AuditFailed
from cellkit.access.caller import Caller, Role
from cellkit.access.journal import Journal
from cellkit.opcua.security.arguments import BadArgument, TypeChecker, plain
from cellkit.opcua.security.methods import MethodTable

log = logging.getLogger(__name__)

WriteCallback = Callable[[Any], Awaitable[None]]
_READ = 1 << ua.AccessLevel.CurrentRead.value
_WRITE = 1 << ua.AccessLevel.CurrentWrite.value
_HISTORY_WRITE = 1 << ua.AccessLevel.HistoryWrite.value
_BINARY = (None, "Default Binary")


@dataclass(frozen=True, slots=True)
class Writable:
    """The write callback of a variable whose value clients may write, and the role they need."""

    callback: WriteCallback
    role: Role


class AttributeGuard:
    """Answers network clients' reads and writes; every write that was not allowed explicitly is refused."""

    def __init__(self, aspace: AddressSpace, types: TypeChecker, methods: MethodTable, journal: Journal) -> None:
        self._aspace = aspace
        self._types = types
        self._methods = methods
        self._journal = journal
        self._writable: dict[ua.NodeId, Writable] = {}

    def add_writable(self, variable: ua.NodeId, callback: WriteCallback, role: Role) -> None:
        """Let clients of a role write the variable's value. Raises ``ValueError`` if the node does not exist."""
        if variable not in self._aspace:
            raise ValueError(f"the variable {variable} does not exist")
        self._writable[variable] = Writable(callback, role)

    def refusal(self, node: ua.NodeId, attribute: int) -> ua.StatusCode | None:
        """Return the status that refuses reading or monitoring this attribute, or None."""
        if attribute != ua.AttributeIds.Value:
            return None
        level = self._aspace.read_attribute_value(node, ua.AttributeIds.AccessLevel).Value
        if level is not None and isinstance(level.Value, int) and not level.Value & _READ:
            return ua.StatusCode(ua.StatusCodes.BadNotReadable)
        return None

    def read(self, caller: Caller, item: ua.ReadValueId, timestamps: ua.TimestampsToReturn) -> ua.DataValue:
        """Read one attribute as this caller may see it."""
        refused = self.refusal(item.NodeId, item.AttributeId)
        if refused is not None:
            return ua.DataValue(StatusCode=refused)
        if item.DataEncoding is not None and item.DataEncoding.Name not in _BINARY:
            is_value = item.AttributeId == ua.AttributeIds.Value
            code = ua.StatusCodes.BadDataEncodingUnsupported if is_value else ua.StatusCodes.BadDataEncodingInvalid
            return ua.DataValue(StatusCode=ua.StatusCode(code))
        value = self._aspace.read_attribute_value(item.NodeId, item.AttributeId)
        if item.AttributeId != ua.AttributeIds.Value:
            visible = self._for_caller(caller, item, value)
            return dataclasses.replace(visible, SourceTimestamp=None, ServerTimestamp=None)
        if item.IndexRange:
            value = _in_range(value, item.IndexRange)
        return _stamped(value, timestamps)

    def _for_caller(self, caller: Caller, item: ua.ReadValueId, value: ua.DataValue) -> ua.DataValue:
        """Adapt an attribute that states access rights to the rights of this caller."""
        if value.Value is None or value.StatusCode is None or not value.StatusCode.is_good():
            return value
        stored, attribute = value.Value.Value, item.AttributeId
        if attribute in {ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel} and isinstance(stored, int):
            writable = self._writable.get(item.NodeId)
            level = stored & ~(_WRITE | _HISTORY_WRITE)
            if writable is not None and (attribute == ua.AttributeIds.AccessLevel or caller.role >= writable.role):
                level |= _WRITE
            return _changed(value, level, ua.VariantType.Byte)
        if attribute in {ua.AttributeIds.WriteMask, ua.AttributeIds.UserWriteMask}:
            return _changed(value, 0, ua.VariantType.UInt32)
        if attribute == ua.AttributeIds.UserExecutable:
            return _changed(value, self._methods.executable(item.NodeId, caller.role), ua.VariantType.Boolean)
        return value

    async def write(self, caller: Caller, item: ua.WriteValue) -> ua.StatusCode:
        """Write one value; a refusal is returned as a status, not raised."""
        try:
            await self._write(caller, item)
        except BadArgument as error:
            return ua.StatusCode(error.argument_code)
        except UaStatusCodeError as error:
            return ua.StatusCode(error.code)
        return ua.StatusCode()

    async def _write(self, caller: Caller, item: ua.WriteValue) -> None:
        node = item.NodeId
        if node not in self._aspace:
            raise UaStatusCodeError(ua.StatusCodes.BadNodeIdUnknown)
        if item.AttributeId not in self._aspace[node].attributes:
            raise UaStatusCodeError(ua.StatusCodes.BadAttributeIdInvalid)
        writable = self._writable.get(node) if item.AttributeId == ua.AttributeIds.Value else None
        name = str(node.Identifier) if isinstance(node.Identifier, str) else node.to_string()
        if writable is None:
            self._journal.write_ended(caller, name, None, "BadNotWritable", node)
            raise UaStatusCodeError(ua.StatusCodes.BadNotWritable)
        if caller.role < writable.role:
            self._journal.write_ended(caller, name, None, "BadUserAccessDenied", node)
            raise UaStatusCodeError(ua.StatusCodes.BadUserAccessDenied)
        value = self._checked(item)
        old = self._aspace.read_attribute_value(node, ua.AttributeIds.Value).Value
        try:
            self._journal.write_begins(caller, name, value)
        except AuditFailed as failed:
            log.error("a write to %s was refused because the audit log cannot be written: %s", name, failed)  # noqa: TRY400
            raise UaStatusCodeError(ua.StatusCodes.BadResourceUnavailable) from None
        outcome = "ended early"
        try:
            await writable.callback(value)
            outcome = "Good"
        except UaStatusCodeError as error:
            outcome = ua.StatusCode(error.code).name
            raise
        except Exception as error:
            outcome = "BadInternalError"
            self._journal.internal_error(f"a write to {name}", error)
            raise UaStatusCodeError(ua.StatusCodes.BadInternalError) from None
        finally:
            self._journal.write_ended(caller, name, value, outcome, node, old)

    def _checked(self, item: ua.WriteValue) -> Any:
        if item.IndexRange or (item.Value.StatusCode is not None and not item.Value.StatusCode.is_good()):
            raise UaStatusCodeError(ua.StatusCodes.BadWriteNotSupported)
        facts = {
            attribute: self._aspace.read_attribute_value(item.NodeId, attribute).Value
            for attribute in (ua.AttributeIds.DataType, ua.AttributeIds.ValueRank, ua.AttributeIds.ArrayDimensions)
        }
        data_type, rank, dimensions = (None if fact is None else fact.Value for fact in facts.values())
        value = item.Value.Value
        if value is None or not self._types.fits(
            value, data_type or ua.NodeId(), ua.ValueRank.Scalar if rank is None else rank, dimensions
        ):
            raise UaStatusCodeError(ua.StatusCodes.BadTypeMismatch)
        return plain(value)


def _changed(value: ua.DataValue, content: Any, kind: ua.VariantType) -> ua.DataValue:
    return dataclasses.replace(value, Value=ua.Variant(content, kind))


def _stamped(value: ua.DataValue, timestamps: ua.TimestampsToReturn) -> ua.DataValue:
    """Return the value with the requested timestamps; a missing server timestamp is the present time."""
    source = timestamps in {ua.TimestampsToReturn.Source, ua.TimestampsToReturn.Both}
    server = timestamps in {ua.TimestampsToReturn.Server, ua.TimestampsToReturn.Both}
    return dataclasses.replace(
        value,
        SourceTimestamp=value.SourceTimestamp if source else None,
        SourcePicoseconds=value.SourcePicoseconds if source else None,
        ServerTimestamp=(value.ServerTimestamp or datetime.now(UTC)) if server else None,
        ServerPicoseconds=value.ServerPicoseconds if server else None,
    )


def _in_range(value: ua.DataValue, text: str) -> ua.DataValue:
    """Return a range of a one-dimensional array, for example ``2:4``."""
    first, _, last = text.partition(":")
    if not (first.isdecimal() and (last.isdecimal() or ":" not in text)) or len(text) > 22:
        return ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadIndexRangeInvalid))
    begin, end = int(first), int(last or first)
    if ":" in text and begin >= end:
        return ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadIndexRangeInvalid))
    content: Any = None if value.Value is None else value.Value.Value
    flat = isinstance(content, list | tuple) and not any(isinstance(item, list) for item in content)
    if not (flat or isinstance(content, str | bytes)) or begin >= len(content):
        return ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadIndexRangeNoData))
    return dataclasses.replace(value, Value=ua.Variant(content[begin : end + 1], value.Value.VariantType))
