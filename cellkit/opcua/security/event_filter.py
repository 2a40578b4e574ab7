"""Event filters of clients: checked on creation, so that evaluating an event cannot fail.

asyncua's own evaluation has three defects: ``OfType`` matches the very type without its subtypes, a field that the
event does not have raises, and elements that refer to each other can keep it busy for hours. This evaluation visits
each element once and returns true, false or unknown.
"""

from __future__ import annotations

import copy
import operator
import re
from collections.abc import Callable
from typing import Any

from asyncua import ua
from asyncua.common.events import Event
from asyncua.server.address_space import AddressSpace

from cellkit.opcua.security.type_hierarchy import is_subtype

SELECT_CLAUSES = 200
WHERE_ELEMENTS = 50
PATTERN_LENGTH = 200

_COMPARE: dict[ua.FilterOperator, Callable[[Any, Any], bool]] = {
    ua.FilterOperator.Equals: operator.eq,
    ua.FilterOperator.GreaterThan: operator.gt,
    ua.FilterOperator.LessThan: operator.lt,
    ua.FilterOperator.GreaterThanOrEqual: operator.ge,
    ua.FilterOperator.LessThanOrEqual: operator.le,
}
_OPERANDS = {
    **dict.fromkeys(_COMPARE, 2),
    ua.FilterOperator.Like: 2,
    ua.FilterOperator.And: 2,
    ua.FilterOperator.Or: 2,
    ua.FilterOperator.Not: 1,
    ua.FilterOperator.IsNull: 1,
    ua.FilterOperator.OfType: 1,
    ua.FilterOperator.Between: 3,
    ua.FilterOperator.InList: 2,
}
_RESERVED = frozenset(dir(Event()))  # attributes of asyncua's class that are not fields of the event
_ATTRIBUTES = frozenset(int(attribute) for attribute in ua.AttributeIds)


class FilterRefused(Exception):
    """A filter that cannot be used; ``code`` is the OPC UA status code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ClientEventFilter:
    """One valid event filter. Raises ``FilterRefused``."""

    def __init__(self, aspace: AddressSpace, given: Any) -> None:
        if not isinstance(given, ua.EventFilter) or not given.SelectClauses:
            raise FilterRefused(ua.StatusCodes.BadEventFilterInvalid)
        self._where = list(given.WhereClause.Elements or [])
        if len(given.SelectClauses) > SELECT_CLAUSES or len(self._where) > WHERE_ELEMENTS:
            raise FilterRefused(ua.StatusCodes.BadEventFilterInvalid)
        self.given = given
        self._aspace = aspace
        self._names = [_field_name(clause) for clause in given.SelectClauses]
        for place, element in enumerate(self._where):
            _check(place, element, len(self._where))

    def fields(self, event: Any) -> list[ua.Variant]:
        """Return the selected fields; null for a field that the event does not have."""
        return [_field(event, name) for name in self._names]

    def passes(self, event: Any) -> bool:
        """Return whether the event passes the where clause; an undecidable event does not pass."""
        results: dict[int, Any] = {}
        for place in range(len(self._where) - 1, -1, -1):  # an element refers to later ones only
            results[place] = self._element(self._where[place], event, results)
        return not self._where or results[0] is True

    def _element(self, element: ua.ContentFilterElement, event: Any, results: dict[int, Any]) -> Any:
        values = [_operand(operand, event, results) for operand in element.FilterOperands]
        kind, first = element.FilterOperator, values[0]
        if kind == ua.FilterOperator.IsNull:
            return first is None
        if kind == ua.FilterOperator.OfType:
            return isinstance(first, ua.NodeId) and is_subtype(self._aspace, event.EventType, first)
        if kind == ua.FilterOperator.And:
            return False if False in values else None if None in values else True
        if kind == ua.FilterOperator.Or:
            return True if True in values else None if None in values else False
        if first is None:
            return None
        if kind == ua.FilterOperator.Not:
            return not first
        if kind == ua.FilterOperator.InList:
            return first in values[1:]
        try:
            if kind == ua.FilterOperator.Between:
                return values[1] <= first <= values[2]
            if kind == ua.FilterOperator.Like:
                return like(str(getattr(first, "Text", first) or ""), values[1])
            return _COMPARE[kind](first, values[1])
        except TypeError:
            return None


def _check(place: int, element: ua.ContentFilterElement, count: int) -> None:
    least = _OPERANDS.get(element.FilterOperator)
    if least is None:
        raise FilterRefused(ua.StatusCodes.BadFilterOperatorUnsupported)
    operands = element.FilterOperands or []
    if len(operands) < least or (len(operands) > least and element.FilterOperator != ua.FilterOperator.InList):
        raise FilterRefused(ua.StatusCodes.BadFilterOperandCountMismatch)
    for operand in operands:
        if isinstance(operand, ua.ElementOperand):
            if not place < operand.Index < count:  # forward references only, so that no circle can exist
                raise FilterRefused(ua.StatusCodes.BadFilterOperandInvalid)
        elif isinstance(operand, ua.SimpleAttributeOperand):
            _field_name(operand)
        elif not isinstance(operand, ua.LiteralOperand):
            raise FilterRefused(ua.StatusCodes.BadFilterOperandInvalid)


def _operand(operand: Any, event: Any, results: dict[int, Any]) -> Any:
    if isinstance(operand, ua.ElementOperand):
        return results.get(operand.Index)
    if isinstance(operand, ua.LiteralOperand):
        return None if operand.Value is None else operand.Value.Value
    return _field(event, _field_name(operand)).Value


def like(text: str, pattern: Any) -> bool | None:
    """Match a text by Part 4's ``Like``; None for an invalid pattern.

    ``%`` is any text, ``_`` any character, ``[abc]`` one of these characters, ``[^abc]`` any other one.
    """
    if not isinstance(pattern, str) or len(pattern) > PATTERN_LENGTH:
        return None
    pieces = [""]
    for part in re.findall(r"\\.|\[\^?[^\]]+\]|.", pattern, re.DOTALL):
        if part == "%":
            pieces.append("")
        elif part == "_":
            pieces[-1] += "."
        elif part.startswith("[") and len(part) > 2:
            pieces[-1] += _one_of(part[1:-1])
        else:
            pieces[-1] += re.escape(part[-1])
    if len(pieces) == 1:
        return re.fullmatch(pieces[0], text, re.DOTALL) is not None
    first, *middle, last = pieces
    # Each middle piece matches at its first place without backtracking, so no text takes long to refuse.
    atomic = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.fullmatch(f"{first}{atomic}.*{last}", text, re.DOTALL) is not None


def _one_of(characters: str) -> str:
    inverse = "^" if characters.startswith("^") and len(characters) > 1 else ""
    members = "".join(char if char == "-" else re.escape(char) for char in characters.removeprefix(inverse))
    try:
        re.compile(f"[{inverse}{members}]")
    except re.error:  # a range that runs backwards
        members = members.replace("-", r"\-")
    return f"[{inverse}{members}]"


def _field(event: Any, name: str) -> ua.Variant:
    kind = event.data_types.get(name)
    value = None if kind is None else getattr(event, name, None)
    if isinstance(value, ua.Variant):
        return value
    if value is None:
        return ua.Variant(None)
    if isinstance(kind, ua.VariantType):
        return ua.Variant(copy.deepcopy(value), kind)
    try:  # asyncua knows only the node of the data type; the variant type follows from the value
        return ua.Variant(copy.deepcopy(value))
    except ua.uaerrors.UaError:
        return ua.Variant(None)


def _field_name(clause: ua.SimpleAttributeOperand) -> str:
    """Return asyncua's name of a field: its path, or NodeId for the condition itself. Raises ``FilterRefused``."""
    names = [part.Name or "" for part in clause.BrowsePath or []]
    name = "/".join(names) if names else "NodeId" if clause.AttributeId == ua.AttributeIds.NodeId else ""
    if name in _RESERVED or clause.AttributeId not in _ATTRIBUTES:
        raise FilterRefused(ua.StatusCodes.BadEventFilterInvalid)
    return name
