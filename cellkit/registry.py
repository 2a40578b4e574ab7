"""Finds drivers, worlds, models and scenarios of every installed package, by entry point. Imports nothing early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from cellkit.errors import ConfigError, DriverNotFound
from cellkit.yamlfile import near_names

SpecT = TypeVar("SpecT")


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of device: one row that names its part in every layer, as ``module:name``, imported when first used.

    * ``name``: what driver packages (``WireSpec.kind``) and outsiders call it; ``title``: what a person calls it.
    * ``interface``: the open interface (``cellkit.devices``).
    * ``cell``: a ``CellKind``: section of the cell file, and how its devices and their plants are made.
    * ``supervision``: a ``SupervisedKind``: readings, commands and alarms for outsiders.
    * ``contract`` and ``rig``: the rules that a driver must keep, and what tries them on a device bench.
    * ``reference``: the reference device, made with name, what its kind is given, plant and line.
    * ``schema`` and ``model``: the model files that describe it (``arm``, ``gripper`` or ``sensor``) and their class.
    * ``nodes``: a ``DeviceNodes``: how the OPC UA gateway shows it; None: one variable a reading.
    * ``recording``: a ``RecordedKind``: topic of a recording, and what a view's card shows; None: nothing is recorded.
    """

    name: str
    title: str
    interface: str
    cell: str
    supervision: str
    contract: str
    rig: str
    reference: str
    schema: str | None = None
    model: str | None = None
    nodes: str | None = None
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class WireSpec:
    """How a package speaks one protocol with one kind of device. ``device``, ``config``, ``virtual``: ``module:name``.

    ``kind`` is the name of a ``KindSpec``. ``device`` makes the driver, ``config(…)`` its settings, ``virtual`` the
    virtual device that speaks the same protocol; both get the arguments of their kind. ``arms``: drivers of the arms
    that the device needs, where it works on a certain vendor's alone. Without ``virtual`` the device is a part of their
    controllers; without ``arms`` as well it cannot be simulated and is used live.
    """

    kind: str
    protocol: str
    device: str
    config: str
    virtual: str | None = None
    arms: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the device can be simulated."""
        return self.virtual is not None or bool(self.arms)


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """What a driver package offers; ``module:name`` is imported when first used.

    * ``factory()`` makes a ``DeviceFactory`` straight over the plants of a world (the direct path).
    * ``wires``: kinds of devices and protocols (the wire path), of each kind the usual one first.
    * ``rig()`` makes what the conformance suite needs (see ``cellkit.testing``).

    A package without ``factory`` and ``wires`` brings models only.
    """

    name: str
    title: str
    package: str
    factory: str | None = None
    wires: tuple[WireSpec, ...] = ()
    rig: str | None = None

    def wires_of(self, kind: str) -> list[WireSpec]:
        """The protocols for a kind of device, the usual one first."""
        return [wire for wire in self.wires if wire.kind == kind]


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A world: its name, one line about its fidelity, ``module:name`` of what makes it, whether it can be seen."""

    name: str
    title: str
    factory: str
    pictures: bool = False


def load_object(reference: str) -> Callable[..., Any]:
    """The object behind ``module:name``. References come from installed packages, never from a file."""
    module, _, name = reference.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


@cache
def _specs(group: str) -> dict[str, metadata.EntryPoint]:
    return {entry.name: entry for entry in sorted(metadata.entry_points(group=group), key=lambda entry: entry.name)}


def _load(group: str, name: str, what: str, spec_type: type[SpecT]) -> SpecT:
    entries = _specs(group)
    if name not in entries:
        raise DriverNotFound(f"unknown {what} {name!r}; {near_names(name, entries)}")
    try:
        spec = entries[name].load()
    except Exception as error:
        where = entries[name].value
        raise DriverNotFound(
            f"{what} {name!r} cannot be loaded from {where}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(spec, spec_type):
        raise DriverNotFound(f"{what} {name!r}: {entries[name].value} is not a {spec_type.__name__}")
    return spec


@cache
def kinds() -> Mapping[str, KindSpec]:
    """Every installed kind of device by its name. Raises ``DriverNotFound`` for one that cannot be loaded."""
    rows = [_load("cellkit.kinds", entry, "kind of device", KindSpec) for entry in _specs("cellkit.kinds")]
    return {row.name: row for row in rows}


def kind(name: str) -> KindSpec:
    """A kind of device by name. Raises ``DriverNotFound``, naming those that are alike."""
    if name not in kinds():
        raise DriverNotFound(f"unknown kind of device {name!r}; {near_names(name, kinds())}")
    return kinds()[name]


def driver_names() -> list[str]:
    """Names of all installed drivers."""
    return list(_specs("cellkit.drivers"))


def driver(name: str) -> DriverSpec:
    """A driver by name. Raises ``DriverNotFound``, naming those that are alike."""
    return _load("cellkit.drivers", name, "driver", DriverSpec)


def world(name: str) -> WorldSpec:
    """A world by name. Raises ``DriverNotFound``, naming those that are alike."""
    return _load("cellkit.worlds", name, "world", WorldSpec)


def _package_files(package: str, folder: str, pattern: str) -> list[Path]:
    root = Path(str(files(package))) / folder
    return sorted(root.glob(pattern)) if root.is_dir() else []


@cache
def _models() -> dict[str, tuple[Path, DriverSpec]]:
    """File and driver of every shipped model."""
    found: dict[str, tuple[Path, DriverSpec]] = {}
    for spec in map(driver, driver_names()):
        for file in _package_files(spec.package, "models", "*.yaml"):
            if file.stem in found:
                raise ConfigError(f"model {file.stem!r} is also in {found[file.stem][0]}", file=file)
            found[file.stem] = file, spec
    return found


@cache
def model_files() -> dict[str, Path]:
    """Every shipped model by its id; the file's name is the id."""
    return {model: file for model, (file, _) in _models().items()}


def driver_of_model(model: str) -> DriverSpec | None:
    """The driver in whose package a model ships; None for a model that a user brings."""
    found = _models().get(model)
    return None if found is None else found[1]


@cache
def scenario_files() -> dict[str, Path]:
    """Every shipped scenario by its name; each is a folder that holds ``scenario.yaml``."""
    found: dict[str, Path] = {}
    for entry in _specs("cellkit.scenarios").values():
        for file in _package_files(entry.value, ".", "*/scenario.yaml"):
            found[file.parent.name] = file
    return found


@cache
def exercise_files() -> dict[str, Path]:
    """Every shipped exercise by its name; each is a folder that holds ``exercise.yaml``."""
    found: dict[str, Path] = {}
    for entry in _specs("cellkit.exercises").values():
        for file in _package_files(entry.value, ".", "*/exercise.yaml"):
            found[file.parent.name] = file
    return found


def task_packages() -> list[Path]:
    """Folders of the packages that hold scenarios and exercises, with their programs."""
    entries = [*_specs("cellkit.scenarios").values(), *_specs("cellkit.exercises").values()]
    return [Path(str(files(entry.value))) for entry in entries]


def device_packages() -> list[Path]:
    """Folders of the packages that hold drivers and worlds."""
    entries = [*_specs("cellkit.drivers").values(), *_specs("cellkit.worlds").values()]
    return [Path(str(files(name))) for name in dict.fromkeys(entry.module.partition(".")[0] for entry in entries)]
