"""Loads a model by its id or from a user's own file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cellkit import registry
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import GripperFile, ParallelGripperModel, VacuumGripperModel
from cellkit.yamlfile import Document, near_names, read_yaml, validate

AnyModel = ArmModel | ParallelGripperModel | VacuumGripperModel
_SCHEMAS = {"cellkit/arm/1": "arm", "cellkit/gripper/1": "gripper"}


def model_file(reference: str) -> Path:
    """The file of a shipped model's id, or of a path (anything with a slash or ending in .yaml).

    Raises ``DriverNotFound`` for an unknown id, naming those that are alike.
    """
    if "/" in reference or reference.endswith((".yaml", ".yml")):
        return Path(reference)
    files = registry.model_files()
    if reference not in files:
        raise DriverNotFound(f"unknown model {reference!r}; {near_names(reference, files)}")
    return files[reference]


def load_arm(reference: str) -> ArmModel:
    """An arm model. Raises ``ConfigError`` when it is a gripper's or the file is wrong."""
    model = load_model(reference)
    if not isinstance(model, ArmModel):
        raise ConfigError(f"{reference!r} is a gripper, expected an arm; {near_names(reference, model_ids('arm'))}")
    return model


def load_gripper(reference: str) -> ParallelGripperModel | VacuumGripperModel:
    """A gripper model. Raises ``ConfigError`` when it is an arm's or the file is wrong."""
    model = load_model(reference)
    if isinstance(model, ArmModel):
        raise ConfigError(f"{reference!r} is an arm, expected a gripper; {near_names(reference, model_ids('gripper'))}")
    return model


def load_model(reference: str) -> AnyModel:
    """A model of either kind."""
    return _load(model_file(reference).absolute())


def model_ids(kind: str) -> list[str]:
    """Ids of all shipped models of a kind, ``arm`` or ``gripper``, in alphabetical order."""
    return [name for name, file in sorted(registry.model_files().items()) if _kind_of(file) == kind]


@lru_cache(maxsize=128)
def _kind_of(file: Path) -> str | None:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("schema:"):
                return _SCHEMAS.get(line.removeprefix("schema:").strip())
    return None


@lru_cache(maxsize=128)
def _load(file: Path) -> AnyModel:
    document = read_yaml(file)
    schema = document.data.get("schema") if isinstance(document.data, dict) else None
    if schema not in _SCHEMAS:
        raise document.error(f"schema: expected one of {', '.join(_SCHEMAS)}, not {schema!r}", ("schema",))
    if _SCHEMAS[schema] == "gripper":
        # The kind decides which fields there are; validation needs the discriminator one level up.
        wrapped = Document(
            file, {"gripper": document.data}, {("gripper", *at): line for at, line in document.lines.items()}
        )
        return validate(GripperFile, wrapped).gripper
    model = validate(ArmModel, document)
    if model.urdf is None:
        return model
    urdf = file.parent / model.urdf
    if not urdf.is_file():
        raise document.error(f"urdf: no such file {urdf}", ("urdf",))
    return model.model_copy(update={"urdf": str(urdf)})
