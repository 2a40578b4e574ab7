"""Finds drivers, worlds, models and scenarios of all installed packages by entry point.

A module is imported only when it is used.
"""

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

PartT = TypeVar("PartT")
SpecT = TypeVar("SpecT")


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of device: one row that names its part in every layer, as ``module:name``, imported when first used.

    * ``name``: the identifier in driver packages (``WireSpec.kind``) and for clients; ``title``: the name for people.
    * ``interface``: the open interface (``cellkit.devices``).
    * ``cell``: a ``CellKind``: the section of the cell file, and the making of devices and their plants.
    * ``supervision``: a ``SupervisedKind``: readings, commands and alarms for clients outside the cell.
    * ``contract`` and ``rig``: the rules that a driver must fulfil, and the rig that tests them on a device bench.
    * ``reference``: the reference device, made with name, arguments of the kind, plant and line.
    * ``schema`` and ``model``: the model files that describe it (``arm``, ``gripper`` or ``sensor``) and their class.
    * ``nodes``: a ``DeviceNodes``: its nodes in the OPC UA gateway; None: one variable per reading.
    * ``recording``: a ``RecordedKind``: topic of a recording and content of a view's card; None: not recorded.
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
    """One protocol of a driver package with one kind of device. ``device``, ``config``, ``virtual``: ``module:name``.

    ``kind`` is the name of a ``KindSpec``. ``device`` makes the driver, ``config(…)`` its settings, ``virtual`` the
    virtual device that speaks the same protocol; driver and virtual device get the arguments of their kind. ``arms``:
    drivers of the arms that the device needs, if it works only with the arms of certain vendors. Without ``virtual``
    the device is a part of these arms' controllers; without ``virtual`` and ``arms`` it cannot be simulated.
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
    """The content of a driver package; ``module:name`` is imported when first used.

    * ``factory()`` makes a ``DeviceFactory`` for the plants of a world (the direct path).
    * ``wires``: kinds of devices and protocols (the wire path), the usual protocol of each kind first.
    * ``rig()`` makes the rig that the conformance suite needs (``cellkit.testing``).

    A package without ``factory`` and ``wires`` contains models only.
    """

    name: str
    title: str
    package: str
    factory: str | None = None
    wires: tuple[WireSpec, ...] = ()
    rig: str | None = None

    def wires_of(self, kind: str) -> list[WireSpec]:
        """Return the protocols for a kind of device, the usual one first."""
        return [wire for wire in self.wires if wire.kind == kind]


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A world: its name, one line about its fidelity, ``module:name`` of its factory, whether it renders pictures."""

    name: str
    title: str
    factory: str
    pictures: bool = False


def load_object(reference: str) -> Callable[..., Any]:
    """Import and return the object ``module:name``. A reference comes from an installed package, never from a file."""
    module, _, name = reference.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    return loaded


def load_part(kind_name: str, reference: str, part_type: type[PartT]) -> PartT:
    """Import the object that a kind of device names for a layer. Raises ``ConfigError`` if it has another type."""
    part: Any = load_object(reference)
    if not isinstance(part, part_type):
        raise ConfigError(f"kind {kind_name!r}: {reference} is not a {part_type.__name__}")
    return part


@cache
def _specs(group: str) -> dict[str, metadata.EntryPoint]:
    return {entry.name: entry for entry in sorted(metadata.entry_points(group=group), key=lambda entry: entry.name)}


def _load(group: str, name: str, noun: str, spec_type: type[SpecT]) -> SpecT:
    entries = _specs(group)
    if name not in entries:
        raise DriverNotFound(f"unknown {noun} {name!r}; {near_names(name, entries)}")
    try:
        spec = entries[name].load()
    except (Exception, SystemExit) as error:
        where = entries[name].value
        raise DriverNotFound(
            f"{noun} {name!r} cannot be loaded from {where}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(spec, spec_type):
        raise DriverNotFound(f"{noun} {name!r}: {entries[name].value} is not a {spec_type.__name__}")
    return spec


@cache
def kinds() -> Mapping[str, KindSpec]:
    """Return all installed kinds of devices by name. Raises ``DriverNotFound`` for a kind that cannot be loaded."""
    rows = [_load("cellkit.kinds", entry, "kind of device", KindSpec) for entry in _specs("cellkit.kinds")]
    return {row.name: row for row in rows}


def kind(name: str) -> KindSpec:
    """Return a kind of device by name. Raises ``DriverNotFound``, with similar names."""
    if name not in kinds():
        raise DriverNotFound(f"unknown kind of device {name!r}; {near_names(name, kinds())}")
    return kinds()[name]


def driver_names() -> list[str]:
    """Return the names of all installed drivers."""
    return list(_specs("cellkit.drivers"))


def driver(name: str) -> DriverSpec:
    """Return a driver by name. Raises ``DriverNotFound``, with similar names."""
    return _load("cellkit.drivers", name, "driver", DriverSpec)


def world(name: str) -> WorldSpec:
    """Return a world by name. Raises ``DriverNotFound``, with similar names."""
    return _load("cellkit.worlds", name, "world", WorldSpec)


def _package_files(package: str, folder: str, pattern: str) -> list[Path]:
    root = Path(str(files(package))) / folder
    return sorted(root.glob(pattern)) if root.is_dir() else []


@cache
def _models() -> dict[str, tuple[Path, DriverSpec]]:
    """Return file and driver of every shipped model by id. Raises ``ConfigError`` for an id that exists twice."""
    models: dict[str, tuple[Path, DriverSpec]] = {}
    for spec in map(driver, driver_names()):
        for file in _package_files(spec.package, "models", "*.yaml"):
            if file.stem in models:
                raise ConfigError(f"model {file.stem!r} is also in {models[file.stem][0]}", file=file)
            models[file.stem] = file, spec
    return models


@cache
def model_files() -> dict[str, Path]:
    """Return the files of all shipped models by id, which is the name of the file."""
    return {model: file for model, (file, _) in _models().items()}


def driver_of_model(model: str) -> DriverSpec | None:
    """Return the driver whose package contains a model; None for a user's own model."""
    shipped = _models().get(model)
    return None if shipped is None else shipped[1]


@cache
def scenario_files() -> dict[str, Path]:
    """Return the files of all shipped scenarios by name; each is a folder with a ``scenario.yaml``."""
    return _task_files("cellkit.scenarios", "scenario.yaml")


@cache
def exercise_files() -> dict[str, Path]:
    """Return the files of all shipped exercises by name; each is a folder with an ``exercise.yaml``."""
    return _task_files("cellkit.exercises", "exercise.yaml")


def _task_files(group: str, name: str) -> dict[str, Path]:
    packages = [entry.value for entry in _specs(group).values()]
    return {file.parent.name: file for package in packages for file in _package_files(package, ".", f"*/{name}")}


def task_packages() -> list[Path]:
    """Return the folders of the packages with scenarios, exercises and their programs."""
    entries = [*_specs("cellkit.scenarios").values(), *_specs("cellkit.exercises").values()]
    return [Path(str(files(entry.value))) for entry in entries]


def device_packages() -> list[Path]:
    """Return the folders of the packages with drivers and worlds."""
    entries = [*_specs("cellkit.drivers").values(), *_specs("cellkit.worlds").values()]
    return [Path(str(files(name))) for name in dict.fromkeys(entry.module.partition(".")[0] for entry in entries)]
