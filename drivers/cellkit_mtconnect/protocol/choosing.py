"""Which of an agent's devices and data items are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from cellkit_mtconnect.protocol.documents import Component, DataItem, Devices


class Unsuited(Exception):
    """The agent has no machine that fits; the message names what is missing or what there is to choose from."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of the data items of one machine; None for those that it may lack and does lack."""

    path: str
    """Its part of the address, quoted."""
    availability: str
    door: str
    execution: str
    chuck: str | None
    mode: str | None
    conditions: tuple[str, ...]


def choose(document: Devices, device: str | None, named: Mapping[str, str | None]) -> Chosen:
    """Return the machine, and its data items. ``named``: ids or names for ``door``, ``chuck``, ``execution``, ``mode``.

    Raises ``Unsuited``.
    """
    machine = _machine(document, device)
    items = [item for item in machine.all_items() if item.category == "EVENT"]
    own = [item for item in machine.items if item.type == "AVAILABILITY"]
    words = {
        "availability": ("AVAILABILITY", own or items, None),
        "door": ("DOOR_STATE", items, named.get("door")),
        "execution": ("EXECUTION", items, named.get("execution")),
        "chuck": ("CHUCK_STATE", items, named.get("chuck")),
        "mode": ("CONTROLLER_MODE", items, named.get("mode")),
    }
    found = {what: _item(what, *word) for what, word in words.items()}
    missing = [words[what][0] for what in ("availability", "door", "execution") if found[what] is None]
    if missing:
        raise Unsuited(f"device {machine.name or machine.uuid!r} does not tell {', '.join(missing)}")
    return Chosen(
        quote(machine.name or machine.uuid, safe=""),
        found["availability"] or "",
        found["door"] or "",
        found["execution"] or "",
        found["chuck"],
        found["mode"],
        tuple(item.id for item in machine.all_items() if item.category == "CONDITION"),
    )


def _machine(document: Devices, device: str | None) -> Component:
    # Since 1.7 an agent describes itself, as one more device.
    machines = [one for one in document.devices if one.element == "Device"]
    names = ", ".join(one.name or one.uuid for one in machines) or "none at all"
    if device is not None:
        found = next((one for one in machines if device in (one.name, one.uuid)), None)
        if found is None:
            raise Unsuited(f"no device {device!r}; the agent has {names}")
        return found
    if len(machines) != 1:
        raise Unsuited(f"the agent has several devices ({names}): say which one (device)" if machines else "no device")
    return machines[0]


def _item(what: str, kind: str, items: Sequence[DataItem], named: str | None) -> str | None:
    fitting = [item for item in items if item.type == kind]
    ids = ", ".join(item.id for item in fitting) or "none"
    if named is not None:
        found = next((item.id for item in fitting if named in (item.id, item.name)), None)
        if found is None:
            raise Unsuited(f"no {kind} {named!r}; there is {ids}")
        return found
    if len(fitting) > 1:
        raise Unsuited(f"several data items are of type {kind} ({ids}): say which one ({what})")
    return fitting[0].id if fitting else None
