"""The members that a type declares: its own, and those of its supertypes, its interfaces and its members' types.

A search path is a tuple of nodes, the nearest first: a type with its interfaces and supertypes, or a member's
declarations followed by its type definition. The nearest declaration of a BrowseName defines the member.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asyncua import ua
from asyncua.server.address_space import AddressSpace

SearchPath = tuple[ua.NodeId, ...]

_HIERARCHICAL = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
_HAS_SUBTYPE = ua.NodeId(ua.ObjectIds.HasSubtype)
_HAS_INTERFACE = ua.NodeId(ua.ObjectIds.HasInterface)
_HAS_RULE = ua.NodeId(ua.ObjectIds.HasModellingRule)
_HAS_TYPE = ua.NodeId(ua.ObjectIds.HasTypeDefinition)
_MANDATORY = ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory)
_OPTIONAL = ua.NodeId(ua.ObjectIds.ModellingRule_Optional)
_INSTANCES = (ua.NodeClass.Object, ua.NodeClass.Variable, ua.NodeClass.Method)


@dataclass(frozen=True, slots=True)
class MemberDeclaration:
    """A mandatory or optional member of instances; the nodes of ``search_path`` declare its own members."""

    browse_name: ua.QualifiedName
    node_class: ua.NodeClass
    reference: ua.NodeId
    is_mandatory: bool
    type_definition: ua.NodeId | None
    declarations: SearchPath
    search_path: SearchPath


class Declarations:
    """The declarations in an address space whose types are complete; results are cached."""

    def __init__(self, space: AddressSpace) -> None:
        self._space = space
        self._of_type: dict[ua.NodeId, SearchPath] = {}
        self._members: dict[SearchPath, tuple[MemberDeclaration, ...]] = {}
        self._hierarchical = frozenset(self._subtypes(_HIERARCHICAL)) - {_HAS_SUBTYPE}

    def of_type(self, type_id: ua.NodeId) -> SearchPath:
        """Return the search path of a type: the type, its interfaces, then the same of its supertypes."""
        if type_id not in self._of_type:
            nodes = [type_id]
            for interface in self._targets(type_id, _HAS_INTERFACE):
                nodes.extend(self.of_type(interface))
            for supertype in self._targets(type_id, _HAS_SUBTYPE, is_forward=False):
                nodes.extend(self.of_type(supertype))
            self._of_type[type_id] = tuple(dict.fromkeys(nodes))
        return self._of_type[type_id]

    def members(self, search_path: SearchPath) -> tuple[MemberDeclaration, ...]:
        """Return the mandatory and optional members that the nodes of a search path declare."""
        if search_path not in self._members:
            self._members[search_path] = tuple(self._gather(search_path))
        return self._members[search_path]

    def _gather(self, search_path: SearchPath) -> Iterator[MemberDeclaration]:
        by_name: dict[tuple[int, str], list[ua.ReferenceDescription]] = {}
        for node in search_path:
            for reference in self._space[node].references:
                if (
                    reference.IsForward
                    and reference.ReferenceTypeId in self._hierarchical
                    and reference.NodeClass in _INSTANCES
                ):
                    name = reference.BrowseName
                    by_name.setdefault((name.NamespaceIndex, name.Name), []).append(reference)
        for references in by_name.values():
            nearest = references[0]
            rules = self._targets(nearest.NodeId, _HAS_RULE)
            if _MANDATORY not in rules and _OPTIONAL not in rules:
                continue
            declarations = tuple(dict.fromkeys(reference.NodeId for reference in references))
            types = self._targets(nearest.NodeId, _HAS_TYPE)
            interfaces = [interface for node in declarations for interface in self._targets(node, _HAS_INTERFACE)]
            further = [node for type_id in (*interfaces, *types) for node in self.of_type(type_id)]
            yield MemberDeclaration(
                browse_name=nearest.BrowseName,
                node_class=ua.NodeClass(nearest.NodeClass),
                reference=nearest.ReferenceTypeId,
                is_mandatory=_MANDATORY in rules,
                type_definition=types[0] if types else None,
                declarations=declarations,
                search_path=tuple(dict.fromkeys((*declarations, *further))),
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
