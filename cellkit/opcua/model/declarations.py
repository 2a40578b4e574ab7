"""What a type declares: its members, gathered from itself, its supertypes, its interfaces and its members' types.

Where to look for members is a tuple of nodes, nearest first: a type with its interfaces and supertypes, or a member's
declarations followed by its type definition. The nearest declaration of a BrowseName says what the member is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asyncua import ua
from asyncua.server.address_space import AddressSpace

Places = tuple[ua.NodeId, ...]

_HIERARCHICAL = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
_HAS_SUBTYPE = ua.NodeId(ua.ObjectIds.HasSubtype)
_HAS_INTERFACE = ua.NodeId(ua.ObjectIds.HasInterface)
_HAS_RULE = ua.NodeId(ua.ObjectIds.HasModellingRule)
_HAS_TYPE = ua.NodeId(ua.ObjectIds.HasTypeDefinition)
_MANDATORY = ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory)
_OPTIONAL = ua.NodeId(ua.ObjectIds.ModellingRule_Optional)
_INSTANCES = (ua.NodeClass.Object, ua.NodeClass.Variable, ua.NodeClass.Method)


@dataclass(frozen=True, slots=True)
class Member:
    """A member that instances have, or may have; ``places`` is where its own members are declared."""

    browse_name: ua.QualifiedName
    node_class: ua.NodeClass
    reference: ua.NodeId
    is_mandatory: bool
    type_definition: ua.NodeId | None
    declarations: Places
    places: Places


class Declarations:
    """The declarations in an address space whose types are complete; what was found is kept."""

    def __init__(self, space: AddressSpace) -> None:
        self._space = space
        self._of_type: dict[ua.NodeId, Places] = {}
        self._members: dict[Places, tuple[Member, ...]] = {}
        self._hierarchical = frozenset(self._subtypes(_HIERARCHICAL)) - {_HAS_SUBTYPE}

    def of_type(self, type_id: ua.NodeId) -> Places:
        """A type, its interfaces, then the same of its supertypes."""
        if type_id not in self._of_type:
            found = [type_id]
            for interface in self._targets(type_id, _HAS_INTERFACE):
                found.extend(self.of_type(interface))
            for supertype in self._targets(type_id, _HAS_SUBTYPE, is_forward=False):
                found.extend(self.of_type(supertype))
            self._of_type[type_id] = tuple(dict.fromkeys(found))
        return self._of_type[type_id]

    def members(self, places: Places) -> tuple[Member, ...]:
        """The mandatory and optional members that are declared in some places."""
        if places not in self._members:
            self._members[places] = tuple(self._gather(places))
        return self._members[places]

    def _gather(self, places: Places) -> Iterator[Member]:
        found: dict[tuple[int, str], list[ua.ReferenceDescription]] = {}
        for place in places:
            for reference in self._space[place].references:
                if (
                    reference.IsForward
                    and reference.ReferenceTypeId in self._hierarchical
                    and reference.NodeClass in _INSTANCES
                ):
                    name = reference.BrowseName
                    found.setdefault((name.NamespaceIndex, name.Name), []).append(reference)
        for references in found.values():
            nearest = references[0]
            rules = self._targets(nearest.NodeId, _HAS_RULE)
            if _MANDATORY not in rules and _OPTIONAL not in rules:
                continue
            declarations = tuple(dict.fromkeys(reference.NodeId for reference in references))
            types = self._targets(nearest.NodeId, _HAS_TYPE)
            interfaces = [of for node in declarations for of in self._targets(node, _HAS_INTERFACE)]
            further = [place for of in (*interfaces, *types) for place in self.of_type(of)]
            yield Member(
                browse_name=nearest.BrowseName,
                node_class=ua.NodeClass(nearest.NodeClass),
                reference=nearest.ReferenceTypeId,
                is_mandatory=_MANDATORY in rules,
                type_definition=types[0] if types else None,
                declarations=declarations,
                places=tuple(dict.fromkeys((*declarations, *further))),
            )

    def _targets(self, node: ua.NodeId, kind: ua.NodeId, *, is_forward: bool = True) -> list[ua.NodeId]:
        return [
            reference.NodeId
            for reference in self._space[node].references
            if reference.ReferenceTypeId == kind and reference.IsForward == is_forward
        ]

    def _subtypes(self, kind: ua.NodeId) -> Iterator[ua.NodeId]:
        yield kind
        for subtype in self._targets(kind, _HAS_SUBTYPE):
            yield from self._subtypes(subtype)
