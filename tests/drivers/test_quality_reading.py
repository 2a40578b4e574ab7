"""Reading quality records: the meaning of `reached`, and errors that are reported with the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.quality import ClientEvidence, Evidence, Level, MachineEvidence, VirtualEvidence, quality
from cellkit.registry import DriverSpec

GOOD = 'driver = "acme"\ndevices = ["arm"]\nprotocols = ["ACME 1"]\nmodels = ["acme-7"]\n'
CLIENT = ClientEvidence(name="x", version="1", did="all", refused="none", not_covered="none", test="t")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DriverSpec:
    package = tmp_path / "cellkit_quality_probe"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cellkit_quality_probe", raising=False)
    return DriverSpec("acme", "ACME", "cellkit_quality_probe")


def record(spec: DriverSpec, tmp_path: Path, text: str) -> None:
    (tmp_path / "cellkit_quality_probe" / "quality.toml").write_text(text)


def test_a_good_record(spec: DriverSpec, tmp_path: Path) -> None:
    record(spec, tmp_path, GOOD)
    assert quality(spec).evidence.reached is Level.NONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "colour = 1\n", "colour"),
        (GOOD.replace('["arm"]', "[]"), "devices"),
        (GOOD.replace('["arm"]', '["leg"]'), "devices"),
        (GOOD + 'abilities = ["flying"]\n', "abilities"),
        ("driver = acme\n", "Invalid value"),
    ],
)
def test_a_bad_one_names_the_file_and_what_is_wrong(spec: DriverSpec, tmp_path: Path, text: str, words: str) -> None:
    record(spec, tmp_path, text)
    with pytest.raises(ConfigError, match=words) as error:
        quality(spec)
    assert "quality.toml" in str(error.value)


def test_a_missing_one_is_an_error(spec: DriverSpec) -> None:
    with pytest.raises(ConfigError, match=r"quality\.toml: does not exist"):
        quality(spec)


def test_what_reached_means() -> None:
    virtual = [VirtualEvidence(what="contract", test="t")]
    by_hand = CLIENT.model_copy(update={"by_hand": "it is in no registry"})
    machine = [MachineEvidence(model="m", firmware="1", date="2026-01-01", what="all")]
    assert Evidence(virtual=virtual).reached is Level.VIRTUAL
    assert Evidence(virtual=virtual, client=[by_hand]).reached is Level.VIRTUAL
    assert Evidence(virtual=virtual, client=[by_hand, CLIENT]).reached is Level.CLIENT
    assert Evidence(hardware=machine).reached is Level.HARDWARE
