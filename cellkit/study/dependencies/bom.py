"""The bill of materials of a cell: every device with vendor, origin, driver and protocol, and the software."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.cell.driver_selection import wire_at
from cellkit.cell.kinds.analog_io import AnalogIoDevice
from cellkit.cell.kinds.digital_io import IoDevice
from cellkit.cell.kinds.wire_error import WireError
from cellkit.cell.plan import CellPlan
from cellkit.models.load import AnyModel
from cellkit.study.dependencies.licences import installed_packages
from cellkit.study.dependencies.result import Bom, BomItem, Origin, Place, SoftwareItem
from cellkit.study.dependencies.subject import Subject
from cellkit.study.dependencies.suppliers import Fact, Supplier, Suppliers, suppliers_file

CONTROLLER = "robot controller"
WORDS = {"digital_io": "digital signals", "analog_io": "analog signals", "force_torque": "force/torque sensor"}


def bill_of_materials(subject: Subject, suppliers: Suppliers, prices: Mapping[str, float]) -> Bom:
    """Return the bill of materials. ``prices`` are EUR by role or by the id of a model; the role goes first."""
    items = [item for role in subject.plan.file.devices for item in _items(subject, role, suppliers, prices)]
    bought = [item for item in items if item.included_in is None]
    unpriced = [item.role for item in bought if item.price is None]
    value = None if unpriced else sum(item.price or 0.0 for item in bought)
    by_value = value is not None and value > 0.0
    weights = {item.role: ((item.price or 0.0) / value if by_value and value else 1.0 / len(bought)) for item in bought}
    items = [item.model_copy(update={"share": weights.get(item.role, 0.0)}) for item in items]
    return Bom(
        items=items,
        software=[*installed_packages(), *_firmware(items)],
        basis="value" if by_value else "count",
        unpriced=unpriced,
        value=value,
        checked=suppliers_file().checked,
    )


def _items(subject: Subject, role: str, suppliers: Suppliers, prices: Mapping[str, float]) -> list[BomItem]:
    plan = subject.plan
    device = plan.file.devices[role]
    model = model_in(plan, role)
    supplier = None if model is None else suppliers.of(model.vendor)
    on = device.on if isinstance(device, IoDevice | AnalogIoDevice) else None
    driver, protocol, no_wire = _wire(plan, role)
    words = WORDS.get(device.kind, device.kind.replace("_", " "))
    vendor = None if model is None or supplier is None else model.vendor.name
    item = BomItem(
        role=role,
        kind=device.kind,
        model=None if model is None else model.id,
        name=model.name if model is not None else f"{words} of the {CONTROLLER}" if on is not None else words,
        vendor=vendor,
        origin=None if supplier is None else _origin(supplier),
        included_in=on,
        driver=driver,
        protocol=protocol,
        no_wire=no_wire,
        price=None if on is not None else prices.get(role, prices.get("" if model is None else model.id)),
    )
    if device.kind != "arm":
        return [item]
    controller = item.model_copy(
        update={
            "role": f"{role}.controller",
            "kind": "arm_controller",
            "name": f"{CONTROLLER} of {item.name}",
            "model": None,
            "included_in": role,
            "price": None,
            "driver": None,
            "protocol": None,
            "no_wire": None,
        }
    )
    return [item, controller]


def model_in(plan: CellPlan, role: str) -> AnyModel | None:
    """Return the model in a role; None where the cell file names no product."""
    return plan.arms.get(role) or plan.grippers.get(role) or plan.sensors.get(role)


def _wire(plan: CellPlan, role: str) -> tuple[str | None, str | None, str | None]:
    """Return driver and protocol of a role, or the reason why neither exists; all None for a role without a link."""
    try:
        wire = wire_at(plan, role)
    except WireError as error:
        return None, None, error.message
    return (None, None, None) if wire is None else (wire[0].name, wire[1].protocol, None)


def _origin(supplier: Supplier) -> Origin:
    hq, owner, production, pending = supplier.headquarters, supplier.owner, supplier.production, supplier.pending
    return Origin(
        headquarters=_place(hq, hq.country, hq.city),
        production=[] if production is None else [_place(production, code) for code in production.countries],
        owner=_place(owner, owner.country, owner.name if owner.since is None else f"{owner.name}, since {owner.since}"),
        pending=None if pending is None else _place(pending, pending.country, pending.name),
    )


def _place(fact: Fact, country: str | None, name: str = "") -> Place:
    source = suppliers_file().sources.get(fact.source)
    title = fact.source if source is None else source.title
    return Place(country=country, name=name, verified=fact.verified, source=title, note=fact.note)


def _firmware(items: list[BomItem]) -> list[SoftwareItem]:
    """Return the software inside bought devices with a named vendor; an arm's software is in its controller."""
    firmware = suppliers_file().firmware
    return [
        SoftwareItem(
            name=f"software of {item.name}",
            version=None,
            licence=None,
            licence_class=firmware.licence,
            of=item.role,
            vendor=item.vendor,
            verified=firmware.verified,
        )
        for item in items
        if item.vendor is not None and item.kind != "arm"
    ]
