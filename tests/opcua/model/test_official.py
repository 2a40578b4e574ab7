"""A user's folder of NodeSet files: an error in it is reported with the file's name, before anything is imported."""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from cellkit.errors import ConfigError
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import COMPANIONS, Namespace
from cellkit.opcua.model.official import import_official, normalise

XMLNS = 'xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"'
TYPES = 'xmlns="http://opcfoundation.org/UA/2008/02/Types.xsd"'
SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"


def nodeset(uri: str, version: str) -> str:
    return f'<UANodeSet {XMLNS}><Models><Model ModelUri="{uri}" Version="{version}"/></Models></UANodeSet>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of every specification, as new as needed."""
    for namespace in COMPANIONS:
        (tmp_path / f"{namespace.alias}.xml").write_text(nodeset(namespace.uri, namespace.version))
    return tmp_path


def refusal(model: Model, loop: asyncio.Runner, folder: Path) -> str:
    before = len(model.space.keys())
    with pytest.raises(ConfigError) as refused:
        loop.run(import_official(model.server, folder))
    assert len(model.space.keys()) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_no_folder(model: Model, loop: asyncio.Runner, tmp_path: Path) -> None:
    assert "is not a folder" in refusal(model, loop, tmp_path / "nowhere")


@pytest.mark.parametrize("namespace", COMPANIONS, ids=lambda namespace: namespace.alias)
def test_a_missing_file(model: Model, loop: asyncio.Runner, folder: Path, namespace: Namespace) -> None:
    (folder / f"{namespace.alias}.xml").unlink()
    assert f"{folder}: has no NodeSet2 file of {namespace.uri}" in refusal(model, loop, folder)


@pytest.mark.parametrize("version", ["1.01.2", "1", "0.9.9", "draft", "", "1.02-rc"])
def test_a_version_that_is_too_old_or_none(model: Model, loop: asyncio.Runner, folder: Path, version: str) -> None:
    uri = "http://opcfoundation.org/UA/Robotics/"
    (folder / "RB.xml").write_text(nodeset(uri, version))
    assert f"{folder / 'RB.xml'}: has version {version} of {uri}; version 1.02 or newer" in refusal(model, loop, folder)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<UANodeSet",
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<?xml version="1.0" encoding="no-such"?><x/>',
        "\x00\x01",
    ],
)
def test_a_file_that_is_no_honest_xml(model: Model, loop: asyncio.Runner, folder: Path, content: str) -> None:
    (folder / "PML.xml").write_text(content)
    assert f"{folder / 'PML.xml'}: is not readable as XML" in refusal(model, loop, folder)


def test_a_file_that_breaks_after_its_head(model: Model, loop: asyncio.Runner, folder: Path) -> None:
    file = folder / "PML.xml"
    file.write_text(file.read_text().replace("</UANodeSet>", '<UAObject NodeId="ns=1;i=1">'))
    assert f"{file}: is not readable as XML" in refusal(model, loop, folder)


def test_a_node_that_the_importer_refuses(model: Model, loop: asyncio.Runner, folder: Path) -> None:
    file = folder / "DI.xml"
    node = (
        '<UAObject NodeId="ns=1;i=1" BrowseName="1:X" ParentNodeId="ns=1;i=2"><DisplayName>X</DisplayName></UAObject>'
    )
    file.write_text(file.read_text().replace("</UANodeSet>", f"{node}</UANodeSet>"))
    assert f"{file}: cannot be imported: " in refusal(model, loop, folder)


def test_other_files_do_not_matter(model: Model, loop: asyncio.Runner, folder: Path) -> None:
    (folder / "types.xml").write_text("<schema/>")
    (folder / "other.xml").write_text(nodeset("urn:somebody", "7"))
    (folder / "notes.txt").write_text("<")
    (folder / "IA.xml").unlink()
    assert "has no NodeSet2 file of http://opcfoundation.org/UA/IA/" in refusal(model, loop, folder)


def test_a_child_that_only_its_parent_refers_to_gets_the_reference_back() -> None:
    root = fromstring(
        f"""<UANodeSet {XMLNS}>
        <UAObjectType NodeId="ns=1;i=1" BrowseName="1:T"><References>
            <Reference ReferenceType="HasProperty">ns=1;i=2</Reference>
            <Reference ReferenceType="HasComponent">ns=1;i=3</Reference>
            <Reference ReferenceType="HasComponent">ns=1;i=4</Reference>
        </References></UAObjectType>
        <UAVariable NodeId="ns=1;i=2" BrowseName="1:P" ParentNodeId="ns=1;i=1"/>
        <UAObject NodeId="ns=1;i=3" BrowseName="1:C" ParentNodeId="ns=1;i=1"><References>
            <Reference ReferenceType="HasComponent" IsForward="false">ns=1;i=1</Reference>
        </References></UAObject>
        <UAObject NodeId="ns=1;i=4" BrowseName="1:Tool" DesignToolOnly="true"/>
        </UANodeSet>"""
    )
    normalise(root)
    references = {
        node.get("BrowseName"): [
            (reference.get("ReferenceType"), reference.get("IsForward", "true"), reference.text)
            for reference in node.iter(f"{SET}Reference")
        ]
        for node in root
    }
    assert references == {
        "1:T": [("HasProperty", "true", "ns=1;i=2"), ("HasComponent", "true", "ns=1;i=3")],
        "1:P": [("HasProperty", "false", "ns=1;i=1")],
        "1:C": [("HasComponent", "false", "ns=1;i=1")],
    }


def test_an_enumeration_of_one_empty_entry_is_none() -> None:
    def values(text: str) -> int:
        entry = f"<EnumValueType><Value>0</Value><DisplayName><Text>{text}</Text></DisplayName></EnumValueType>"
        root = fromstring(
            f"""<UANodeSet {XMLNS}><UAVariable NodeId="ns=1;i=1" BrowseName="EnumValues">
            <Value><ListOfExtensionObject {TYPES}><ExtensionObject><Body>{entry}</Body></ExtensionObject>
            </ListOfExtensionObject></Value></UAVariable></UANodeSet>"""
        )
        normalise(root)
        return len(list(root.iter(f"{SET}Value")))

    assert values("") == 0
    assert values("Unknown") == 1
