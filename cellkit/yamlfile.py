"""YAML files read strictly: safe loader, no key twice, and every complaint with its file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cellkit.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[str | int, ...]
MAX_BYTES = 4_000_000


class StrictModel(BaseModel):
    """Base of everything read from a file: unknown keys, NaN and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Document:
    """Parsed YAML and the line on which each key or list item stands."""

    file: Path
    data: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int | None:
        """The line of a location, or of the nearest enclosing one that is in the file."""
        while location:
            if location in self.lines:
                return self.lines[location]
            location = location[:-1]
        return self.lines.get(())

    def error(self, message: str, location: Location = ()) -> ConfigError:
        """A ``ConfigError`` that points at a location of this file."""
        return ConfigError(message, file=self.file, line=self.line(location))


def near_names(name: str, valid: Iterable[str]) -> str:
    """The end of an error message: names that are alike, or else all the valid ones."""
    names = sorted(valid)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return f"valid: {', '.join(names)}" if names else "there are none"


def read_yaml(file: Path) -> Document:
    """Parse one YAML file.

    Raises ``ConfigError`` for a missing file, bad YAML, a key that stands twice, or an alias bomb.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)  # no further: the file may be a pipe or a device
    except FileNotFoundError:
        raise ConfigError("no such file", file=file) from None
    except IsADirectoryError:
        raise ConfigError("is a folder, expected a YAML file", file=file) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
    except ValueError as error:  # a file name with a null character in it
        raise ConfigError(f"cannot be read: {error}", file=repr(str(file))) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"is larger than {MAX_BYTES // 1_000_000} MB", file=file)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 text (byte {error.start})", file=file) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise ConfigError(f"is not valid YAML: {error.problem}", file=file, line=line) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"is not valid YAML: {str(error).splitlines()[0]}", file=file) from None
    if node is None:
        raise ConfigError("is empty", file=file)
    lines: dict[Location, int] = {}
    constructor = yaml.SafeLoader("")
    try:
        data = _build(node, (), lines, constructor, file, 0)
    except RecursionError:
        raise ConfigError("is nested too deeply", file=file) from None
    return Document(file, data, lines)


def _build(
    node: yaml.Node, at: Location, lines: dict[Location, int], constructor: yaml.SafeLoader, file: Path, depth: int
) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(at, line)
    if len(lines) > 200_000:
        raise ConfigError("holds too many values (is an alias repeated?)", file=file, line=line)
    if depth > 50:
        raise ConfigError("is nested more than 50 levels deep", file=file, line=line)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError("a key must be plain text", file=file, line=key_line)
            key = str(key_node.value)
            if key in mapping:
                first = lines[(*at, key)]
                raise ConfigError(f"{key!r} stands twice (first on line {first})", file=file, line=key_line)
            lines[(*at, key)] = key_line
            mapping[key] = _build(value_node, (*at, key), lines, constructor, file, depth + 1)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(item, (*at, index), lines, constructor, file, depth + 1) for index, item in enumerate(node.value)
        ]
    try:
        value = constructor.construct_object(node)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"bad value: {error.problem}", file=file, line=line) from None
    except Exception as error:  # PyYAML's own converters raise nearly anything for text that a tag does not fit
        why = f"{node.value!r} is no {node.tag.rsplit(':', 1)[-1]}"
        raise ConfigError(f"bad value: {why} ({type(error).__name__})", file=file, line=line) from None
    if value is not None and not isinstance(value, str | int | float | bool):
        return str(node.value)  # dates and the like stay the text that the user wrote
    return value


def validate(model: type[ModelT], document: Document) -> ModelT:
    """The document as ``model``.

    Raises ``ConfigError`` for the first thing that is wrong, with its line and what would be valid.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise _first_complaint(model, document, error) from None


def _first_complaint(model: type[BaseModel], document: Document, error: ValidationError) -> ConfigError:
    problems = error.errors(include_url=False)
    # A misspelt key explains the "missing" that comes with it, so it is told first.
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    location = _without_tags(document, tuple(problem["loc"]))
    name = ".".join(str(part) for part in location) or document.file.name
    if problem["type"] == "extra_forbidden":
        missing = [
            one["loc"][-1] for one in problems if one["type"] == "missing" and one["loc"][:-1] == problem["loc"][:-1]
        ]
        keys = _valid_keys(model, location[:-1]) | {str(key) for key in missing}
        return document.error(f"unknown key {name!r}; {near_names(str(location[-1]), keys)}", location)
    if problem["type"] == "missing":
        return document.error(f"{name!r} is missing", location)
    text = problem["msg"].removeprefix("Value error, ")
    given = problem.get("input")
    shown = f" (got {given!r})" if isinstance(given, str | int | float | bool) or given is None else ""
    return document.error(f"{name}: {text[:1].lower()}{text[1:]}{shown}", location)


def _without_tags(document: Document, location: Location) -> Location:
    """pydantic puts the tag of a union into a location; only what the file itself holds is told."""
    kept: Location = ()
    for part in location[:-1]:
        if (*kept, part) in document.lines:
            kept = (*kept, part)
    last = (*kept, *location[-1:])
    # What is missing is not in the file either, but it is missing in a mapping; a tag stands behind a plain value.
    return last if last in document.lines or _is_mapping(document, kept) else kept


def _is_mapping(document: Document, location: Location) -> bool:
    data = document.data
    for part in location:
        data = data[part]
    return isinstance(data, dict)


def _valid_keys(model: type[BaseModel], location: Location) -> set[str]:
    """The keys that the schema allows at a location (over all members of a union)."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolve(part: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in part:
            return resolve(definitions[part["$ref"].split("/")[-1]])
        several = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
        return [found for one in several for found in resolve(one)] if several else [part]

    level = resolve(schema)
    for step in location:
        deeper: list[dict[str, Any]] = []
        for part in level:
            if isinstance(step, int):
                deeper += [
                    found for one in [part.get("items"), *part.get("prefixItems", [])] if one for found in resolve(one)
                ]
            elif step in part.get("properties", {}):
                deeper += resolve(part["properties"][step])
            elif isinstance(part.get("additionalProperties"), dict):
                deeper += resolve(part["additionalProperties"])
        level = deeper
    return {key for part in level for key in part.get("properties", {})}
