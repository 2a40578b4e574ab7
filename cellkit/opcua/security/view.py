"""Browsing in bounded portions, with continuation points that belong to a session."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace, ViewService
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.opcua.security.settings import Limits

PATH_LENGTH = 32
SCANNED = 300_000  # references that one request may have looked at: a third of a second
ANSWERED = 20_000  # references in one answer
_NULL = ua.NodeId()


class ContinuationPoints:
    """The unread rests of one session's browse results; each can be used once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rests: OrderedDict[bytes, tuple[list[Any], int]] = OrderedDict()

    def keep(self, rest: list[Any], portion: int) -> bytes | None:
        """A name for the rest; None when there are too many already."""
        if len(self._rests) >= self._most:
            return None
        point = secrets.token_bytes(16)
        self._rests[point] = (rest, portion)
        return point

    def take(self, point: bytes | None) -> tuple[list[Any], int] | None:
        """The rest of that name, which is forgotten by it."""
        return None if point is None else self._rests.pop(point, None)


class BoundedView(ViewService):
    """asyncua's browsing, which knows no portions, with the subtypes of references looked up once."""

    def __init__(self, aspace: AddressSpace, limits: Limits) -> None:
        super().__init__(aspace)
        self._limits = limits
        self._scanned = 0
        self._subtypes: dict[ua.NodeId, frozenset[ua.NodeId]] = {}

    def forget_types(self) -> None:
        """Reference types may have been added."""
        self._subtypes.clear()

    def browse_in_portions(self, params: ua.BrowseParameters, points: ContinuationPoints) -> list[ua.BrowseResult]:
        """A Browse request; every description is answered.

        Raises ``UaStatusCodeError`` when all of them together are too much: the client asks for fewer nodes then.
        """
        if not (params.View.ViewId is None or params.View.ViewId.is_null()):
            return [_failed(ua.StatusCodes.BadViewIdUnknown) for _ in params.NodesToBrowse]
        asked = int(params.RequestedMaxReferencesPerNode)
        portion = min(asked or self._limits.browse_references, self._limits.browse_references)
        self._scanned = 0
        results, answered = [], 0
        for description in params.NodesToBrowse:
            results.append(self._browse_one(description, portion, points))
            answered += len(results[-1].References)
            if answered > ANSWERED:
                raise UaStatusCodeError(ua.StatusCodes.BadResponseTooLarge)
        return results

    def _browse_one(
        self, description: ua.BrowseDescription, portion: int, points: ContinuationPoints
    ) -> ua.BrowseResult:
        if description.NodeId not in self._aspace:
            return _failed(ua.StatusCodes.BadNodeIdUnknown)
        kind = description.ReferenceTypeId
        if kind != _NULL and not self._is_reference_type(kind):
            return _failed(ua.StatusCodes.BadReferenceTypeIdInvalid)
        self._look_at(description.NodeId)
        references = self._browse(description).References
        return _portion(references, portion, points)

    def next(self, params: ua.BrowseNextParameters, points: ContinuationPoints) -> list[ua.BrowseResult]:
        """A BrowseNext request."""
        results = []
        for point in params.ContinuationPoints:
            kept = points.take(point)
            if kept is None:
                results.append(_failed(ua.StatusCodes.BadContinuationPointInvalid))
            elif params.ReleaseContinuationPoints:
                results.append(ua.BrowseResult())
            else:
                results.append(_portion(kept[0], kept[1], points))
        return results

    def _is_reference_type(self, node: ua.NodeId) -> bool:
        node_class = self._aspace.read_attribute_value(node, ua.AttributeIds.NodeClass).Value
        return node_class is not None and node_class.Value == ua.NodeClass.ReferenceType

    def _suitable_reftype(self, ref1: ua.NodeId, ref2: ua.NodeId, subtypes: bool) -> bool:
        if ref1 in (_NULL, ref2):
            return True
        if not subtypes:
            return False
        if ref1 not in self._subtypes:
            self._subtypes[ref1] = frozenset(self._get_sub_ref(ref1))
        return ref2 in self._subtypes[ref1]

    def translate_browsepaths_to_nodeids(self, browsepaths: list[ua.BrowsePath]) -> list[ua.BrowsePathResult]:
        """A TranslateBrowsePaths request. Raises ``UaStatusCodeError`` when it is too much work."""
        self._scanned = 0
        return list(super().translate_browsepaths_to_nodeids(browsepaths))

    def _look_at(self, node: ua.NodeId) -> None:
        """Going through a node's references costs. Raises ``UaStatusCodeError``."""
        self._scanned += len(self._aspace[node].references)
        if self._scanned > SCANNED:
            raise UaStatusCodeError(ua.StatusCodes.BadTooManyOperations)

    def _translate_browsepath_to_nodeid(self, path: ua.BrowsePath) -> ua.BrowsePathResult:
        elements = path.RelativePath.Elements or []
        if not elements or len(elements) > PATH_LENGTH:
            code = ua.StatusCodes.BadTooManyOperations if elements else ua.StatusCodes.BadNothingToDo
            return ua.BrowsePathResult(StatusCode=ua.StatusCode(code))
        return super()._translate_browsepath_to_nodeid(path)

    def _navigate(self, start_nodeid: ua.NodeId, elements: list[ua.RelativePathElement]) -> list[ua.NodeId]:
        """Each node once at every step: back and forth along a path must not multiply."""
        current = [start_nodeid]
        for element in elements:
            found: dict[ua.NodeId, None] = {}
            for node in current:
                if node in self._aspace:
                    self._look_at(node)
                    found.update(dict.fromkeys(self._find_elements_in_node(element, node)))
            current = list(found)
        return current


def _portion(references: list[Any], portion: int, points: ContinuationPoints) -> ua.BrowseResult:
    result = ua.BrowseResult(References=references[:portion])
    if len(references) > portion:
        point = points.keep(references[portion:], portion)
        if point is None:
            return _failed(ua.StatusCodes.BadNoContinuationPoints)
        result.ContinuationPoint = point
    return result


def _failed(code: int) -> ua.BrowseResult:
    return ua.BrowseResult(StatusCode=ua.StatusCode(code))
