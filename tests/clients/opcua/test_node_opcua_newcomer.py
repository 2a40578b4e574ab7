"""An unknown client becomes trusted, and is untrusted again, by the command line alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from strangers import run_node, settings_of

from cellkit.cli.app import app
from tests.opcua.gateway_rig import ServedCell

pytestmark = pytest.mark.clients

URI = "urn:cellkit:test:newcomer"


def test_a_newcomer_is_refused_trusted_and_rejected(
    cell: ServedCell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = str(cell.state.folder)

    def certs(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            app(["certs", *words, "--state", state], standalone_mode=True)
        assert ended.value.code == 0
        return capsys.readouterr().out

    def place() -> tuple[str, str]:
        listed = json.loads(certs("list", "--json", "-"))["certificates"]
        [found] = [(entry["place"], entry["thumbprint"]) for entry in listed if entry["uri"] == URI]
        return found

    places: list[str] = []

    def answer(question: Any) -> bool:
        where, thumbprint = place()
        places.append(where)
        certs("trust" if question == "to be trusted" else "reject", thumbprint[:12])
        return True

    found = run_node("newcomer.cjs", settings_of(cell, tmp_path, uri=URI), answer)
    assert found == {"first": None, "then": "Running", "last": None}
    assert places == ["rejected", "trusted"]
    assert place()[0] == "rejected"
