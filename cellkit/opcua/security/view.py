"""The View services in bounded portions, with continuation points that belong to a session."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace, ViewService
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.opcua.security.settings import ServerLimits

PATH_LENGTH = 32
SCANNED = 300_000  # maximum of references that one request may visit: a third of a second
ANSWERED = 20_000  # maximum of references in one response
_NULL = ua.NodeId()


class ContinuationPoints:
    """The remaining references of one session's browse results; each continuation point can be used once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rests: OrderedDict[bytes, tuple[list[Any], int]] = OrderedDict()

    def keep(self, rest: list[Any], portion: int) -> bytes | None:
        """Store remaining references and return their continuation point; None if the session has too many."""
        if len(self._rests) >= self._most:
            return None
        point = secrets.token_bytes(16)
        self._rests[point] = (rest, portion)
        return point

    def take(self, point: bytes | None) -> tuple[list[Any], int] | None:
        """Return and remove the references of a continuation point and their portion size; None if it is unknown."""
        return None if point is None else self._rests.pop(point, None)


class BoundedView(ViewService):
    """asyncua's view service, extended by portions, limits and a cache of reference subtypes."""

    def __init__(self, aspace: AddressSpace, limits: ServerLimits) -> None:
        super().__init__(aspace)
        self._limits = limits
        self._scanned = 0
        self._subtypes: dict[ua.NodeId, frozenset[ua.NodeId]] = {}

    def clear_type_cache(self) -> None:
        """Clear the cached subtypes, after reference types were added."""
        self._subtypes.clear()

    def browse_in_portions(self, params: ua.BrowseParameters, points: ContinuationPoints) -> list[ua.BrowseResult]:
        """Answer a Browse request with one result per description.

        Raises ``UaStatusCodeError`` when the results together exceed a limit; the client must ask for fewer nodes.
        """
        if not (params.View.ViewId is None or params.View.ViewId.is_null()):
            return [_failed(ua.StatusCodes.BadViewIdUnknown) for _ in params.NodesToBrowse]
        requested = int(params.RequestedMaxReferencesPerNode)
        portion = min(requested or self._limits.browse_references, self._limits.browse_references)
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
        self._count_scanned(description.NodeId)
        references = self._browse(description).References
        return _portion(references, portion, points)

    def next(self, params: ua.BrowseNextParameters, points: ContinuationPoints) -> list[ua.BrowseResult]:
        """Answer a BrowseNext request."""
        results = []
        for point in params.ContinuationPoints:
            rest = points.take(point)
            if rest is None:
                results.append(_failed(ua.StatusCodes.BadContinuationPointInvalid))
            elif params.ReleaseContinuationPoints:
                results.append(ua.BrowseResult())
            else:
                results.append(_portion(*rest, points))
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
        """Answer a TranslateBrowsePathsToNodeIds request. Raises ``UaStatusCodeError`` for one that visits too much."""
        self._scanned = 0
        return list(super().translate_browsepaths_to_nodeids(browsepaths))

    def _count_scanned(self, node: ua.NodeId) -> None:
        """Count a node's references as visited. Raises ``UaStatusCodeError`` above the request's limit."""
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
        """Follow a path; each node is visited once per element, so that a path back and forth cannot multiply work."""
        current = [start_nodeid]
        for element in elements:
            found: dict[ua.NodeId, None] = {}
            for node in current:
                if node in self._aspace:
                    self._count_scanned(node)
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
