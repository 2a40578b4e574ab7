"""Selects the driver, protocol and settings that reach a device on the wire path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from cellkit import registry
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.kinds.table import cell_kind
from cellkit.cell.kinds.wire_error import SIGNALS, WireError
from cellkit.cell.plan import CellPlan
from cellkit.devices.wired import DriverConfig
from cellkit.errors import ConfigError
from cellkit.models.arm import ArmModel
from cellkit.models.load import AnyModel
from cellkit.registry import DriverSpec, WireSpec
from cellkit.yamlfile import near_names


def wire_of(
    kind: str, model: AnyModel | None, chosen: WireConfig, arm: ArmModel | None = None
) -> tuple[DriverSpec, WireSpec]:
    """Return driver and protocol for a device; ``arm`` is the model of the arm that carries it.

    Raises ``WireError`` when none exists, when the named one does not exist, or when it does not work on this arm.
    """
    spec = _driver(kind, model, chosen)
    wires = spec.wires_of(kind)
    if chosen.protocol is not None:
        wires = [wire for wire in wires if wire.protocol == chosen.protocol]
        if not wires:
            known = near_names(chosen.protocol, [wire.protocol for wire in spec.wires_of(kind)])
            text = f"driver {spec.name!r} has no protocol {chosen.protocol!r} for this; {known}"
            raise WireError(text, ("wire", "protocol"))
    carrier = None if arm is None else registry.driver_of_model(arm.id)
    for wire in wires:
        if not wire.arms or (carrier is not None and carrier.name in wire.arms):
            return spec, wire
    vendors = ", ".join(dict.fromkeys(registry.driver(name).title for wire in wires for name in wire.arms))
    on = "no arm" if arm is None else arm.id
    device = "it" if model is None else model.id
    raise WireError(f"no wire path for {device} on {on}: it is reached through an arm of {vendors}")


def _driver(kind: str, model: AnyModel | None, chosen: WireConfig) -> DriverSpec:
    offering = [spec for spec in map(registry.driver, registry.driver_names()) if spec.wires_of(kind)]
    names = [spec.name for spec in offering]
    usual = [spec for spec in offering if any(wire.simulated for wire in spec.wires_of(kind))]
    if chosen.driver is not None:
        named = next((spec for spec in offering if spec.name == chosen.driver), None)
        if named is None:
            text = f"no driver {chosen.driver!r} for a device of this kind; {near_names(chosen.driver, names)}"
            raise WireError(text, ("wire", "driver"))
        return named
    if model is not None:
        spec = registry.driver_of_model(model.id)
        if spec is not None and spec.wires_of(kind):
            return spec
        if spec is None:
            why = "it is a model of your own, and no installed driver names it"
        else:
            why = f"cellkit has models of {model.vendor.name}, and no wire driver yet"
        raise WireError(f"no wire path for {model.id}: {why}; --path direct needs none")
    if len(usual) == 1:
        return usual[0]
    if not offering:
        raise WireError(f"no installed driver has a wire path for a device of kind {kind}")
    raise WireError(f"the wire path needs a model, or a driver for it (`wire: {{driver: …}}`): {', '.join(names)}")


def require_virtual(wire: WireSpec) -> None:
    """Raise ``WireError`` for a protocol without a virtual device."""
    if not wire.simulated:
        raise WireError(f"protocol {wire.protocol!r} has no virtual device; use such a device with --path live")


def settings_of(wire: WireSpec, chosen: WireConfig) -> DriverConfig:
    """Return the driver's settings. Raises ``WireError`` for a setting that does not exist or is wrong."""
    try:
        config: DriverConfig = registry.load_object(wire.config)(**chosen.settings)
    except ValidationError as error:
        first = error.errors()[0]
        at = ("wire", "settings", *first["loc"])
        if first["type"] == "extra_forbidden":
            known = registry.load_object(wire.config).model_fields  # type: ignore[attr-defined]
            place = [str(part) for part in first["loc"]]
            near = f"; {near_names(place[0], known)}" if len(place) == 1 else ""
            raise WireError(f"{'.'.join(place)}: no such setting{near}", at) from None
        if first["type"] == "missing":
            raise WireError(f"{'.'.join(map(str, first['loc']))} is missing among the settings", at) from None
        text, given = first["msg"].removeprefix("Value error, "), first.get("input")
        shown = f" (got {given!r})" if isinstance(given, str | int | float | bool) or given is None else ""
        name = ".".join(str(part) for part in first["loc"])
        raise WireError(f"{name}: {text[:1].lower()}{text[1:]}{shown}", at) from None
    return config


def simulated(config: DriverConfig, host: str, lines: Mapping[str, str]) -> DriverConfig:
    """Return the settings for the virtual device at ``host``, with the vendor's ports and the serial ``lines``."""
    fields = type(config).model_fields
    places: dict[str, Any] = {"host": host, "local_host": host}
    places |= {name: field.default for name, field in fields.items() if name.endswith("_port")}
    places |= {name: fields[name].default for name in config.as_installed}
    places |= {f"{name}_line": path for name, path in lines.items()}
    return config.model_copy(update=places)


def located(wire: WireSpec, chosen: WireConfig, carrier: DriverConfig | None = None) -> DriverConfig:
    """Return the settings of a driver for a real device; ``carrier`` are the settings of the arm that carries it.

    Raises ``WireError`` when the settings do not contain the address of the device.
    """
    if wire.arms and carrier is not None and "host" not in chosen.settings:  # it is reached through its arm
        chosen = chosen.model_copy(update={"settings": {"host": carrier.host} | chosen.settings})
    config = settings_of(wire, chosen)
    if config.place_missing is not None:
        address = f"`wire: {{settings: {{{config.place_missing}}}}}`"
        raise WireError(f"it has no address, which --path live needs; write its address: {address}")
    return config


def check_wires(plan: CellPlan, chosen: Mapping[str, str] | None = None, live: bool = False) -> None:
    """Raise ``ConfigError`` for the first device that the wire path cannot reach, with the line of the cell file.

    ``chosen``: protocols by role that the command line selects in place of the file; an error names the option then.
    ``live``: every device is real and needs an address.
    """
    chosen = chosen or {}
    for role in plan.file.devices:
        try:
            _check_wire(plan, role, role in chosen, live)
        except WireError as error:
            if role in chosen and error.at[:2] != ("wire", "settings"):
                raise ConfigError(f"--protocol {role}={chosen[role]}: {error.message}") from None
            raise plan.document.error(error.message, ("devices", role, *error.at)) from None


def _check_wire(plan: CellPlan, role: str, chosen: bool, live: bool) -> None:
    kind, section, model = plan.kind(role).name, plan.file.devices[role], plan.model(role)
    if not cell_kind(kind).has_own_line(section):
        if plan.wires[role] != WireConfig():
            on = getattr(section, "on", None)
            raise WireError(f"its signals are those of {on!r} and use the wire of {on!r}: select no other")
        return
    if not cell_kind(kind).wired_in_simulation and not live:
        if chosen:
            raise WireError(f"a {kind} is simulated without a wire, so it speaks no protocol")
        return
    if model is None and cell_kind(kind).needs_model_by_wire:
        raise WireError("the wire path needs to know which sensor it is (`model: …`)", ())
    _, wire = wire_of(kind, model, plan.wires[role], _carrier(plan, role))
    if not live:
        require_virtual(wire)
        settings_of(wire, plan.wires[role])
    elif wire.protocol == SIGNALS:
        settings_of(wire, plan.wires[role])
    else:
        located(wire, plan.wires[role], _settings_of_carrier(plan, role))


def _carrier(plan: CellPlan, role: str) -> ArmModel | None:
    """Return the model of the arm that carries a device."""
    on = getattr(plan.file.devices[role], "on", None)
    return None if on is None else plan.arms[on]


def _settings_of_carrier(plan: CellPlan, role: str) -> DriverConfig | None:
    on = getattr(plan.file.devices[role], "on", None)
    if on is None:
        return None
    _, wire = wire_of(plan.kind(on).name, plan.arms[on], plan.wires[on])
    return settings_of(wire, plan.wires[on])


def wire_at(plan: CellPlan, role: str) -> tuple[DriverSpec, WireSpec] | None:
    """Return driver and protocol of a role's device; None for the signals of an arm's controller, which have no line.

    Raises ``WireError`` for a device without a wire driver, such as a camera.
    """
    kind = plan.kind(role).name
    if not cell_kind(kind).has_own_line(plan.file.devices[role]):
        return None
    return wire_of(kind, plan.model(role), plan.wires[role], _carrier(plan, role))


def hangs_on_signals(plan: CellPlan, role: str) -> bool:
    """Return whether a device has no line of its own because it is wired to another device's digital signals."""
    kind = plan.kind(role).name
    if not cell_kind(kind).wired_in_simulation:
        return False
    return wire_of(kind, plan.model(role), plan.wires[role], _carrier(plan, role))[1].protocol == SIGNALS
