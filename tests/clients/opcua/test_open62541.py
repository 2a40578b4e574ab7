"""A client in C, made with open62541 of Debian, watches and commands the cell by each security policy."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from cards import Card, Cards
from debian import compile_client
from npm import HERE

from cellkit.opcua.security.settings import POLICIES
from tests.opcua.gateway_rig import CLIENT_URI, PASSWORD, PATIENCE, ServedCell

pytestmark = pytest.mark.clients

HONEST = {"Good", "BadWaitingForInitialData", "BadNotSupported", "BadStateNotActive", "BadNoData"}
Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Drive:
    """Run the client once; what it found."""
    program, environment = compile_client(HERE / "open62541_client.c", tmp_path_factory.mktemp("c") / "client")
    cell: ServedCell = request.getfixturevalue("cell")

    def run(policy: str, card: Card, password: str = PASSWORD) -> dict[str, Any]:
        uri = f"http://opcfoundation.org/UA/SecurityPolicy#{policy}"
        files, trusted = card.files, str(cell.state.server.certificate_file)
        words = [cell.url, uri, files["certificate"], files["key"], trusted, CLIENT_URI, "plc", password, cell.cell]
        done = subprocess.run(
            [str(program), *words], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


@pytest.mark.parametrize("policy", POLICIES)
def test_everything_is_read_and_the_arm_moves(drive: Drive, cards: Cards, policy: str) -> None:
    found = drive(policy, cards.trusted)
    assert found["connected"] == "Good"
    assert found["nodes"] > 7000
    assert found["browse_next"] > 100
    assert found["variables"] > 1400
    assert set(found["statuses"]) <= HONEST
    assert sum(found["statuses"].values()) == found["variables"]
    assert (found["undecoded"], found["unit"]) == (0, 17476)
    assert found["unowned"] == "BadResourceUnavailable"
    assert (found["home"], found["moved"]) == (5, 5)
    assert found["changes"] > 15
    assert found["five"] == ["BadInvalidArgument", "BadOutOfRange"]
    assert (found["missing"], found["much"], found["released"]) == ("BadArgumentsMissing", "BadOutOfRange", "Good")


@pytest.mark.parametrize("who", ["untrusted", "expired", "revoked", "known"])
def test_a_bad_certificate_is_refused(drive: Drive, cards: Cards, who: str) -> None:
    assert drive("Aes256_Sha256_RsaPss", getattr(cards, who)) == {"connected": "BadSecurityChecksFailed"}


def test_a_wrong_password_is_refused(drive: Drive, cards: Cards) -> None:
    assert drive("Basic256Sha256", cards.trusted, "a long enough guess") == {"connected": "BadUserAccessDenied"}
