"""The import of the companion specifications' official NodeSet2 files from a folder of the user.

asyncua's importer needs two corrections, made in memory: nodes for design tools only are left out, and a child to
which only its parent refers gets the inverse reference, because the importer would invent one.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from asyncua import Server
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse, parse

from cellkit.errors import ConfigError
from cellkit.opcua.model.namespaces import COMPANIONS, Namespace

_SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
_VALUES = "{http://opcfoundation.org/UA/2008/02/Types.xsd}"
_BROKEN = (ParseError, DefusedXmlException, OSError, UnicodeError, LookupError)


async def import_official(server: Server, folder: Path) -> None:
    """Import the complete companion specifications. Raises ``ConfigError`` for a missing, broken or too old file."""
    files = _files_by_uri(folder)
    missing = [namespace for namespace in COMPANIONS if namespace.uri not in files]
    if missing:
        raise ConfigError(f"has no NodeSet2 file of {missing[0].uri} ({missing[0].version} or newer)", file=folder)
    # An import cannot be undone, so all files are read before the first import.
    roots = {files[namespace.uri]: _read(files[namespace.uri], namespace) for namespace in COMPANIONS}
    for file, root in roots.items():
        normalise(root)
        try:
            with _quiet_importer():
                await server.import_xml(xmlstring=tostring(root))
        except Exception as error:  # the importer raises any kind of error for a broken file
            raise ConfigError(f"cannot be imported: {str(error) or type(error).__name__}", file=file) from error


@contextlib.contextmanager
def _quiet_importer() -> Iterator[None]:
    """Suppress the importer's warnings of placeholders that several declarations share, which is intended."""
    logger = logging.getLogger("asyncua.common.xmlimporter")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def normalise(root: Element) -> None:
    """Correct a NodeSet in place: the two corrections of this module, and enumerations with one empty entry."""
    nodes = {node.get("NodeId", ""): node for node in root if node.get("NodeId")}
    left_out = {name for name, node in nodes.items() if node.get("DesignToolOnly") == "true"}
    for name in left_out:
        root.remove(nodes.pop(name))
    for name, node in nodes.items():
        references = _references(node)
        for reference in [reference for reference in references if _target(reference) in left_out]:
            references.remove(reference)
        parent = nodes.get(node.get("ParentNodeId", ""))
        if parent is not None and not any(_is_inverse_to(parent, reference) for reference in references):
            for forward in _references(parent):
                if _target(forward) == name and forward.get("IsForward") != "false":
                    kind = forward.get("ReferenceType", "")
                    inverse = SubElement(references, f"{_SET}Reference", ReferenceType=kind, IsForward="false")
                    inverse.text = parent.get("NodeId")
        _drop_nameless_enumeration(node)


def _drop_nameless_enumeration(node: Element) -> None:
    """Remove an EnumValues with one empty entry, so that instances get the EnumValues of the type."""
    value = node.find(f"{_SET}Value")
    if value is None or not node.get("BrowseName", "").endswith("EnumValues"):
        return
    if not any(text.text for text in value.iter(f"{_VALUES}Text")):
        node.remove(value)


def _references(node: Element) -> Element:
    references = node.find(f"{_SET}References")
    return SubElement(node, f"{_SET}References") if references is None else references


def _target(reference: Element) -> str:
    return (reference.text or "").strip()


def _is_inverse_to(parent: Element, reference: Element) -> bool:
    return reference.get("IsForward") == "false" and _target(reference) == parent.get("NodeId")


def _files_by_uri(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigError("is not a folder; it must hold the official NodeSet2 files", file=folder)
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.xml")):
        model = _first_model(file)
        if model is not None:
            files.setdefault(model, file)
    return files


def _first_model(file: Path) -> str | None:
    """Return the URI of a NodeSet's model, from the head of the file; None for other XML files."""
    try:
        with file.open("rb") as stream:
            for _, element in iterparse(stream, events=["start"]):
                if element.tag == f"{_SET}Model":
                    return str(element.get("ModelUri"))
                if element.get("NodeId"):
                    return None
    except _BROKEN as error:
        raise ConfigError(f"is not readable as XML: {error}", file=file) from error
    return None


def _read(file: Path, namespace: Namespace) -> Element:
    try:
        root = parse(file).getroot()
    except _BROKEN as error:
        raise ConfigError(f"is not readable as XML: {error}", file=file) from error
    assert root is not None  # an empty file is a ParseError
    model = root.find(f"{_SET}Models/{_SET}Model")
    version = "none" if model is None else model.get("Version", "none")
    if not re.fullmatch(r"\d+(\.\d+)*", version) or _parts(version) < _parts(namespace.version):
        raise ConfigError(
            f"has version {version} of {namespace.uri}; version {namespace.version} or newer is needed", file=file
        )
    return root


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
