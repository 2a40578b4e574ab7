"""Which events a client wants: the where clause of an event filter (OPC UA Part 4).

asyncua's own evaluation knows no subtypes (``OfType`` an alarm misses every alarm), sees only the first name of a
path, and can be kept busy for hours by a small filter whose elements refer to each other. This one looks at each
element once.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from asyncua import ua
from asyncua.common.events import Event
from asyncua.common.events import Event
from asyncua.server.address_space import AddressSpace

MAX_ELEMENTS = 200
"""A filter with more elements lets nothing through."""

_Op = ua.FilterOperator
_COMPARISONS: dict[ua.FilterOperator, Callable[[Any, Any], bool]] = {
    _Op.Equals: operator.eq,
    _Op.GreaterThan: operator.gt,
    _Op.LessThan: operator.lt,
    _Op.GreaterThanOrEqual: operator.ge,
    _Op.LessThanOrEqual: operator.le,
}


class EventFilter:
    """One where clause, with the constructor and the ``eval`` of the evaluator that it takes the place of."""

    def __init__(self, logger: object, space: AddressSpace, where: ua.ContentFilter) -> None:
        self._space = space
        self._elements: Sequence[ua.ContentFilterElement] = where.Elements

    def eval(self, event: Event) -> bool:
        """Whether the event passes. What cannot be decided (a field that is not there) does not."""
        if not self._elements:
            return True
        if len(self._elements) > MAX_ELEMENTS:
            return False
        results: dict[int, Any] = {}
        for index in range(len(self._elements) - 1, -1, -1):  # an element may only refer to later ones
            results[index] = self._element(self._elements[index], event, results)
        return results[0] is True

    def _element(self, element: ua.ContentFilterElement, event: Event, results: dict[int, Any]) -> Any:
        """True, False or None: unknown, which is what any comparison with nothing gives."""
        kind = element.FilterOperator
        values = [self._operand(one, event, results) for one in element.FilterOperands]
        try:
            return self._apply(kind, values, event)
        except (TypeError, ValueError, IndexError, AttributeError, re.error):
            return None  # operands that cannot be compared, or too few of them

    def _apply(self, kind: ua.FilterOperator, values: list[Any], event: Event) -> Any:
        first = values[0]
        if kind == _Op.IsNull:
            return first is None
        if kind == _Op.And:
            return False if False in values else None if None in values else True
        if kind == _Op.Or:
            return True if True in values else None if None in values else False
        if kind == _Op.OfType:
            return self._is_of_type(event.EventType, first)
        if first is None:
            return None
        if kind in _COMPARISONS:
            return None if values[1] is None else _COMPARISONS[kind](first, values[1])
        if kind == _Op.Not:
            return not first
        if kind == _Op.Between:
            return values[1] <= first <= values[2]
        if kind == _Op.InList:
            return first in values[1:]
        if kind == _Op.Like:
            return re.fullmatch(_pattern(values[1]), str(getattr(first, "Text", first)), re.DOTALL) is not None
        return None

    def _operand(self, operand: object, event: Event, results: dict[int, Any]) -> Any:
        if isinstance(operand, ua.LiteralOperand):
            return None if operand.Value is None else operand.Value.Value
        if isinstance(operand, ua.ElementOperand):
            return results.get(operand.Index)
        if isinstance(operand, ua.SimpleAttributeOperand):
            path = "/".join(name.Name or "" for name in operand.BrowsePath or ())
            if not path and operand.AttributeId == ua.AttributeIds.NodeId:
                path = "NodeId"  # how asyncua calls the ConditionId
            return getattr(event, path) if path in event.data_types else None
        return None

    def _is_of_type(self, kind: ua.NodeId, wanted: ua.NodeId) -> bool:
        """Whether an event type is another one or below it."""
        has_subtype = ua.NodeId(ua.ObjectIds.HasSubtype)
        while kind != wanted:
            data = self._space.get(kind)
            above = (
                []
                if data is None
                else [one.NodeId for one in data.references if one.ReferenceTypeId == has_subtype and not one.IsForward]
            )
            if not above:
                return False
            kind = above[0]
        return True


def _pattern(like: str) -> str:
    """A regular expression for Part 4's ``Like``: ``%`` any text, ``_`` one character, ``[abc]`` ``[^abc]`` one of.

    What stands between two ``%`` is found once and for all (atomic groups), so that no text takes long to refuse.
    """
    pieces = [""]
    for part in re.findall(r"\\.|\[\^?[^\]]+\]|.", like, re.DOTALL):
        if part == "%":
            pieces.append("")
        elif part == "_":
            pieces[-1] += "."
        elif part.startswith("[") and len(part) > 2:
            inverse = "^" if part[1] == "^" else ""
            inside = re.escape(part[1 + len(inverse) : -1]).replace("\\-", "-")
            pieces[-1] += f"[{inverse}{inside}]"
        else:
            pieces[-1] += re.escape(part.removeprefix("\\") or part)
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last
