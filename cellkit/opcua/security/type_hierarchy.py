"""The hierarchy of types in an address space."""

from __future__ import annotations

from asyncua import ua
from asyncua.server.address_space import AddressSpace

_HAS_SUBTYPE = ua.NodeId(ua.ObjectIds.HasSubtype)


def supertype_of(aspace: AddressSpace, node: ua.NodeId) -> ua.NodeId | None:
    """Return the supertype of a type; None if it has none."""
    data = aspace.get(node)
    for reference in [] if data is None else data.references:
        if reference.ReferenceTypeId == _HAS_SUBTYPE and not reference.IsForward:
            return reference.NodeId
    return None


def is_subtype(aspace: AddressSpace, node: ua.NodeId, ancestor: ua.NodeId) -> bool:
    """Return whether a type is the ancestor or one of its subtypes."""
    seen: set[ua.NodeId] = set()
    current: ua.NodeId | None = node
    while current is not None and current not in seen:
        if current == ancestor:
            return True
        seen.add(current)
        current = supertype_of(aspace, current)
    return False
