"""Event filters that clients send: checked when they come, so that nothing fails when an event does.

asyncua's own evaluation takes ``OfType`` an alarm to mean that very type and none below it, breaks off on a field
that an event has not, and can be kept busy for hours by elements that refer to each other. This one looks at each
element once and answers true, false or unknown.
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
_RESERVED = frozenset(dir(Event()))  # what asyncua would take for a field of the event, but is not
_ATTRIBUTES = frozenset(int(attribute) for attribute in ua.AttributeIds)
_HAS_SUBTYPE = ua.NodeId(ua.ObjectIds.HasSubtype)


class FilterRefused(Exception):
    """A filter that cannot be used; ``code`` is OPC UA's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class EventRequest:
    """One event filter that can be used. Raises ``FilterRefused``."""

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
        """What the client selected; null for what this event has not."""
        return [_field(event, name) for name in self._names]

    def passes(self, event: Any) -> bool:
        """Whether the client wants this event; what cannot be decided is not wanted."""
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
            if not place < operand.Index < count:  # forward only, so that there is no circle
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
    """Part 4's ``Like``: ``%`` is any text, ``_`` one character, ``[abc]`` and ``[^abc]`` one of some."""
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
    # Each middle piece is found where it comes first and never looked for again: no text takes long to refuse.
    found = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.fullmatch(f"{first}{found}.*{last}", text, re.DOTALL) is not None


def _one_of(characters: str) -> str:
    inverse = "^" if characters.startswith("^") and len(characters) > 1 else ""
    kept = "".join(one if one == "-" else re.escape(one) for one in characters.removeprefix(inverse))
    try:
        re.compile(f"[{inverse}{kept}]")
    except re.error:  # a range that runs backwards
        kept = kept.replace("-", r"\-")
    return f"[{inverse}{kept}]"


def _field(event: Any, name: str) -> ua.Variant:
    kind = event.data_types.get(name)
    value = None if kind is None else getattr(event, name, None)
    if isinstance(value, ua.Variant):
        return value
    if value is None:
        return ua.Variant(None)
    if isinstance(kind, ua.VariantType):
        return ua.Variant(copy.deepcopy(value), kind)
    try:  # asyncua knows the data type's node only; the value tells the rest
        return ua.Variant(copy.deepcopy(value))
    except ua.uaerrors.UaError:
        return ua.Variant(None)


def _field_name(clause: ua.SimpleAttributeOperand) -> str:
    """The name that asyncua keeps a field under: its path, or NodeId for the condition itself.

    Raises ``FilterRefused``.
    """
    names = [part.Name or "" for part in clause.BrowsePath or []]
    name = "/".join(names) if names else "NodeId" if clause.AttributeId == ua.AttributeIds.NodeId else ""
    if name in _RESERVED or clause.AttributeId not in _ATTRIBUTES:
        raise FilterRefused(ua.StatusCodes.BadEventFilterInvalid)
    return name


def is_subtype(aspace: AddressSpace, node: ua.NodeId, ancestor: ua.NodeId) -> bool:
    """Whether a type is the other or below it."""
    seen: set[ua.NodeId] = set()
    current: ua.NodeId | None = node
    while current is not None and current not in seen:
        if current == ancestor:
            return True
        seen.add(current)
        data = aspace.get(current)
        above = [] if data is None else data.references
        current = next((ref.NodeId for ref in above if ref.ReferenceTypeId == _HAS_SUBTYPE and not ref.IsForward), None)
    return False
