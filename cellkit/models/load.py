"""Loading of a model by its id or from a user's own file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from cellkit import registry
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import SensorModel
from cellkit.registry import KindSpec
from cellkit.yamlfile import Document, near_names, read_yaml, validate

GripperModel = ParallelGripperModel | VacuumGripperModel
AnyModel = ArmModel | GripperModel | SensorModel
SensorT = TypeVar("SensorT", bound=SensorModel)
ARM_SCHEMA = "cellkit/arm/1"
_SCHEMAS = {ARM_SCHEMA: "arm", "cellkit/gripper/1": "gripper", "cellkit/sensor/1": "sensor"}
_WORDS = {"arm": "an arm", "gripper": "a gripper", "sensor": "a sensor"}


def is_path(reference: str) -> bool:
    """Return whether a model is named by its file (with a slash or ending in .yaml) and not by its id."""
    return "/" in reference or reference.endswith((".yaml", ".yml"))


def beside(folder: Path, reference: str) -> str:
    """Return a model's reference from a cell file in ``folder``; a file's path is relative to that folder."""
    return str(folder / reference) if reference.endswith((".yaml", ".yml")) else reference


def model_file(reference: str) -> Path:
    """Return the file of a shipped model's id, or of a path.

    Raises ``DriverNotFound`` for an unknown id; the message names similar ids.
    """
    if is_path(reference):
        return Path(reference)
    files = registry.model_files()
    if reference not in files:
        raise DriverNotFound(f"unknown model {reference!r}; {near_names(reference, files)}")
    return files[reference]


def load_arm(reference: str) -> ArmModel:
    """Load an arm model. Raises ``ConfigError`` for another kind of model or an error in the file."""
    model = load_model(reference)
    if not isinstance(model, ArmModel):
        raise _wrong_kind(reference, model, "arm")
    return model


def load_gripper(reference: str) -> GripperModel:
    """Load a gripper model. Raises ``ConfigError`` for another kind of model or an error in the file."""
    model = load_model(reference)
    if not isinstance(model, GripperModel):
        raise _wrong_kind(reference, model, "gripper")
    return model


def load_sensor(reference: str, kind: type[SensorT]) -> SensorT:
    """Load a sensor model of a kind. Raises ``ConfigError`` for another kind of model or an error in the file."""
    model = load_model(reference)
    if not isinstance(model, kind):
        raise _not_one_of(reference, model, "sensor", [kind])
    return model


def load_as(reference: str, kinds: Sequence[KindSpec]) -> AnyModel:
    """Load a model that describes one of some kinds of devices. Raises ``ConfigError`` and ``DriverNotFound``."""
    model = load_model(reference)
    classes = [_class(row) for row in kinds if row.model is not None]
    if type(model) not in classes:
        raise _not_one_of(reference, model, kinds[0].schema or "", classes)
    return model


def model_classes(schema: str) -> list[type[Any]]:
    """Return the classes of the models of a schema (``gripper`` or ``sensor``), including kinds of other packages."""
    return [_class(row) for row in registry.kinds().values() if row.schema == schema and row.model is not None]


def _class(row: KindSpec) -> type[AnyModel]:
    loaded: Any = registry.load_object(row.model or "")
    return loaded  # type: ignore[no-any-return]


def _kind_word(model: type[Any]) -> str:
    """Return the ``kind`` that files of a model class state."""
    return str(get_args(model.model_fields["kind"].annotation)[0])


def _not_one_of(reference: str, model: AnyModel, schema: str, classes: Sequence[type[Any]]) -> ConfigError:
    if schema == "sensor" and isinstance(model, SensorModel):
        wanted = " or ".join(_kind_word(model_class) for model_class in classes)
        return ConfigError(f"{reference!r} is a sensor of kind {_kind_word(type(model))}, expected {wanted}")
    return _wrong_kind(reference, model, schema)


def _wrong_kind(reference: str, model: AnyModel, wanted: str) -> ConfigError:
    given = "arm" if isinstance(model, ArmModel) else "gripper" if isinstance(model, GripperModel) else "sensor"
    known = near_names(reference, model_ids(wanted))
    return ConfigError(f"{reference!r} is {_WORDS[given]}, expected {_WORDS[wanted]}; {known}")


def load_model(reference: str) -> AnyModel:
    """Load a model of any kind."""
    file = model_file(reference).absolute()
    return _load(file, _stamp(file))


def model_ids(kind: str) -> list[str]:
    """Return the ids of all shipped models of a kind (``arm``, ``gripper`` or ``sensor``), in alphabetical order."""
    return [name for name, file in sorted(registry.model_files().items()) if _kind_of(file) == kind]


@lru_cache(maxsize=128)
def _kind_of(file: Path) -> str | None:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("schema:"):
                return _SCHEMAS.get(line.removeprefix("schema:").strip())
    return None


def _stamp(file: Path) -> tuple[int, int] | None:
    """Return the file's time and size, so that a long-lived process reads an edited file again."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None  # reading the file reports the error
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=128)
def _load(file: Path, stamp: tuple[int, int] | None) -> AnyModel:
    document = read_yaml(file)
    schema = document.data.get("schema") if isinstance(document.data, dict) else None
    if schema not in _SCHEMAS:
        raise document.error(f"schema: expected one of {', '.join(_SCHEMAS)}, not {schema!r}", ("schema",))
    if schema != ARM_SCHEMA:
        model: AnyModel = validate(_kind_of_document(_SCHEMAS[schema], document), document)
        return model
    arm = validate(ArmModel, document)
    if arm.urdf is None:
        return arm
    urdf = file.parent / arm.urdf
    if not urdf.is_file():
        raise document.error(f"urdf: no such file {urdf}", ("urdf",))
    return arm.model_copy(update={"urdf": str(urdf)})


def _kind_of_document(schema: str, document: Document) -> type[Any]:
    """Return the model class that the key ``kind`` selects. Raises ``ConfigError``."""
    kinds = {_kind_word(model_class): model_class for model_class in model_classes(schema)}
    if "kind" not in document.data:
        raise document.error(f"'kind' is missing; valid: {', '.join(kinds)}")
    kind = str(document.data["kind"])
    if kind not in kinds:
        raise document.error(f"kind: unknown kind {kind[:80]!r}; {near_names(kind, kinds)}", ("kind",))
    return kinds[kind]
