"""Strict reading of YAML files: safe loader, no duplicate keys, and every error with its file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cellkit.errors import ConfigError
from cellkit.inputfile import read_text_input

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[str | int, ...]
MAX_BYTES = 1_000_000


class StrictModel(BaseModel):
    """The base of all models that are read from a file.

    Unknown keys, NaN and silent conversions are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Document:
    """Parsed YAML, and the line of each key or list item."""

    file: Path
    data: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int | None:
        """Return the line of a location, or of the nearest enclosing location that the file has."""
        while location:
            if location in self.lines:
                return self.lines[location]
            location = location[:-1]
        return self.lines.get(())

    def error(self, message: str, location: Location = ()) -> ConfigError:
        """Return a ``ConfigError`` that points at a location of this file."""
        return ConfigError(message, file=self.file, line=self.line(location))


def near_names(name: str, valid: Iterable[str]) -> str:
    """Return the end of an error message: the names similar to ``name``, or else all valid names."""
    names = sorted(valid)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return f"valid: {', '.join(names)}" if names else "there are none"


def read_yaml(file: Path) -> Document:
    """Parse one YAML file.

    Raises ``ConfigError`` for a missing file, bad YAML, a duplicate key, or an alias bomb.
    """
    text = read_text_input(file, MAX_BYTES, "a YAML file")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise ConfigError(f"is not valid YAML: {error.problem}", file=file, line=line) from None
    except RecursionError:
        raise ConfigError("is nested too deeply", file=file) from None
    except (ValueError, OverflowError) as error:  # PyYAML does not check an escape such as "\U00110000"
        raise ConfigError(f"is not valid YAML: {error}", file=file) from None
    except yaml.YAMLError as error:
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
                raise ConfigError(f"{key!r} is given twice (first on line {first})", file=file, line=key_line)
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
    except Exception as error:  # PyYAML's converters raise many kinds of errors for a text that does not fit its tag
        reason = f"{_shortened(node.value)!r} is no {node.tag.rsplit(':', 1)[-1]}"
        raise ConfigError(f"bad value: {reason} ({type(error).__name__})", file=file, line=line) from None
    if value is not None and not isinstance(value, str | int | float | bool):
        return str(node.value)  # dates and the like keep the text that the user wrote
    return value


def validate(model: type[ModelT], document: Document) -> ModelT:
    """Return the document as ``model``.

    Raises ``ConfigError`` for the first error, with its line and the valid values.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise _first_error(model, document, error) from None


def _first_error(model: type[BaseModel], document: Document, error: ValidationError) -> ConfigError:
    problems = error.errors(include_url=False)
    # A misspelt key explains the "missing" that comes with it, so it is reported first.
    problem = next((entry for entry in problems if entry["type"] == "extra_forbidden"), problems[0])
    location = _without_tags(document, tuple(problem["loc"]), problem["type"] == "missing")
    name = ".".join(str(part) for part in location) or document.file.name
    if problem["type"] == "extra_forbidden":
        missing = [
            entry["loc"][-1]
            for entry in problems
            if entry["type"] == "missing" and entry["loc"][:-1] == problem["loc"][:-1]
        ]
        keys = _valid_keys(model, document.data, location[:-1]) | {str(key) for key in missing}
        return document.error(f"unknown key {name!r}; {near_names(str(location[-1]), keys)}", location)
    if problem["type"] == "missing":
        return document.error(f"{name!r} is missing", location)
    if problem["type"].startswith("union_tag_"):
        context = problem["ctx"]
        key = f"{name}.{context['discriminator'].strip(chr(39))}"
        if problem["type"] == "union_tag_not_found":
            return document.error(f"{key!r} is missing", location)
        valid = near_names(str(context["tag"]), context["expected_tags"].replace("'", "").split(", "))
        at = (*location, context["discriminator"].strip("'"))
        return document.error(f"{key}: unknown kind {_shortened(str(context['tag']))!r}; {valid}", at)
    if problem["type"] == "string_pattern_mismatch" and tuple(problem["loc"])[-1:] == ("[key]",):
        text = (
            f"{_shortened(str(problem['input']))!r} is not a valid name: "
            "use lower-case letters, digits and _, beginning with a letter"
        )
        return document.error(text, location)
    text = problem["msg"].removeprefix("Value error, ")
    if problem["type"] in ("model_type", "model_attributes_type", "dict_type"):
        text = "expected a mapping of keys to values"
    given = problem.get("input")
    given = _shortened(given) if isinstance(given, str) else given
    shown = f" (got {given!r})" if isinstance(given, str | int | float | bool) or given is None else ""
    return document.error(f"{name}: {text[:1].lower()}{text[1:]}{shown}", location)


def _without_tags(document: Document, location: Location, missing: bool) -> Location:
    """Return the part of a location that the file itself holds; pydantic adds the tags of unions."""
    result: Location = ()
    for part in location[:-1]:
        if (*result, part) in document.lines:
            result = (*result, part)
    last = (*result, *location[-1:])
    return last if missing or last in document.lines else result


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def _valid_keys(model: type[BaseModel], data: Any, location: Location) -> set[str]:
    """Return the keys that the schema allows at a location.

    In a union, only those of the member that ``data`` selects, where it selects one.
    """
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolve(part: dict[str, Any], data: Any) -> list[dict[str, Any]]:
        if "$ref" in part:
            return resolve(definitions[part["$ref"].split("/")[-1]], data)
        tag = part.get("discriminator")
        if tag is not None and isinstance(data, dict) and str(data.get(tag["propertyName"])) in tag["mapping"]:
            return resolve({"$ref": tag["mapping"][str(data[tag["propertyName"]])]}, data)
        several = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
        return [schema for member in several for schema in resolve(member, data)] if several else [part]

    level = resolve(schema, data)
    for step in location:
        data = data[step]
        inside: list[dict[str, Any] | None] = []
        for part in level:
            if isinstance(step, int):
                inside += [part.get("items"), *part.get("prefixItems", [])]
            elif step in part.get("properties", {}):
                inside.append(part["properties"][step])
            else:  # a mapping from names that the user chooses
                inside += [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
        level = [member for part in inside if isinstance(part, dict) for member in resolve(part, data)]
    return {key for part in level for key in part.get("properties", {})}
