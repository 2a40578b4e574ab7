"""The nodes of a state machine: current state, last transition and its reason, and an event for each transition."""

from __future__ import annotations

from datetime import datetime

from asyncua import ua

from cellkit.opcua.events import NamedNode, raise_transition
from cellkit.opcua.model.instances import Instance
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import set_value
from cellkit.opcua.publisher import Publisher
from cellkit.supervision.states import Reason, standard_name

T = ua.VariantType

_STATES = (ua.NodeId(ua.ObjectIds.StateType), ua.NodeId(ua.ObjectIds.InitialStateType))
_TRANSITIONS = (ua.NodeId(ua.ObjectIds.TransitionType),)


class StateMachineNodes:
    """One state machine of an instance, at a path below it (empty: the instance itself).

    ``type_name`` names the type that declares the states. ``raises_events``: whether transitions raise events.
    """

    def __init__(
        self, publisher: Publisher, instance: Instance, path: str, type_name: str, *, raises_events: bool = True
    ) -> None:
        self._publisher = publisher
        self._model = publisher.model
        self._instance = instance
        self._path = f"{path}/" if path else ""
        self._type = type_name
        self._alias = type_name.partition(":")[0]
        self._raises_events = raises_events
        self.state = ""
        for name, kinds in (("AvailableStates", _STATES), ("AvailableTransitions", _TRANSITIONS)):
            node = instance.nodes.get(f"{self._path}{name}")
            if node is not None:
                ids = _children(self._model, self._model.node_id(type_name), kinds)
                set_value(self._model, node, ua.Variant(ids, T.NodeId, is_array=True))

    async def become(self, state: str, reason: int, when: datetime, *, notify: tuple[ua.NodeId, ...] = ()) -> None:
        """Write a new state by its name, and the transition that is named after both states, if the type has one."""
        before, self.state = self.state, state
        if before == state:
            return
        await self._write("CurrentState", ua.LocalizedText(state), T.LocalizedText, when)
        await self._write("CurrentState/Id", self._node(state), T.NodeId, when)
        transition = self._transition(before, state) if before else None
        if transition is None:
            return
        name, node = transition
        reason_text = standard_name(Reason(reason))
        await self._write("LastTransition", ua.LocalizedText(name), T.LocalizedText, when)
        await self._write("LastTransition/Id", node, T.NodeId, when)
        await self._write("LastTransition/TransitionTime", when, T.DateTime, when)
        await self._write("LastTransitionReason", reason, T.Int16, when)
        await self._write("LastTransitionReason/ValueAsText", ua.LocalizedText(reason_text), T.LocalizedText, when)
        if self._raises_events:
            source = self._instance[self._path.rstrip("/")]
            await raise_transition(
                self._model.server,
                source,
                str(source.Identifier),
                f"{before} to {state} ({reason_text.lower()})",
                NamedNode(before, self._node(before)),
                NamedNode(state, self._node(state)),
                NamedNode(name, node),
                when,
                notifiers=notify,
            )

    async def leave(self) -> None:
        """Set the current state to BadStateNotActive, because the parent machine is in another state."""
        self.state = ""
        for path in ("CurrentState", "CurrentState/Id"):
            node = self._instance.nodes.get(self._path + path)
            if node is not None:
                await self._publisher.write_bad(node, ua.StatusCodes.BadStateNotActive)

    def _node(self, name: str) -> ua.NodeId:
        return self._model.node_id(f"{self._type}/{self._alias}:{name}")

    def _transition(self, before: str, after: str) -> tuple[str, ua.NodeId] | None:
        name = f"{before}To{after}".replace("AtProgramStart", "ProgramStart")
        try:
            return name, self._node(name)
        except KeyError:
            return None

    async def _write(self, path: str, value: object, variant: ua.VariantType, when: datetime) -> None:
        node = self._instance.nodes.get(self._path + path)
        if node is not None:
            await self._publisher.write(node, value, variant, when)


def _children(model: Model, node: ua.NodeId, kinds: tuple[ua.NodeId, ...]) -> list[ua.NodeId]:
    """Return the members of a type whose type definition is one of ``kinds``."""
    return [
        reference.NodeId
        for reference in model.data(node).references
        if reference.IsForward and reference.TypeDefinition in kinds
    ]
