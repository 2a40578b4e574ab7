"""A client without access is refused with the right status, as early as possible; the next good client gets in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cards import Cards
from strangers import run_node, settings_of

from tests.opcua.gateway_rig import PASSWORD, ServedCell

pytestmark = pytest.mark.clients

CHECKS = "BadSecurityChecksFailed"


@pytest.fixture(scope="module")
def found(cell: ServedCell, cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    attempts: dict[str, dict[str, Any]] = {
        "nobody": {"user": None, "pretend": True},
        "a wrong password": {"user": "mes", "password": "a long enough guess"},
        "an unknown user": {"user": "nobody"},
        "an untrusted certificate": cards.untrusted.files,
        "an expired one": cards.expired.files,
        "one that is not valid yet": cards.tomorrow.files,
        "a revoked one": cards.revoked.files,
        "one of an authority that is only known": cards.known.files,
        "an untrusted one that would name a trusted one": {
            **cards.untrusted.files,
            "names": cards.trusted.files["certificate"],
        },
        "a trusted one that names another": {**cards.trusted.files, "names": cards.issued.files["certificate"]},
        "no security": {"mode": "None", "policy": "None", "pretend": True},
        "signed and not encrypted": {"mode": "Sign", "pretend": True},
        "one of a trusted authority": cards.issued.files,
        "a trusted one": cards.trusted.files,
    }
    folder = tmp_path_factory.mktemp("refused")
    return run_node("refused.cjs", settings_of(cell, folder, attempts=attempts))


REFUSALS = {
    # Certificates are judged before anything else is listened to.
    "an untrusted certificate": ([], CHECKS),
    "an expired one": ([], CHECKS),
    "one that is not valid yet": ([], CHECKS),
    "a revoked one": ([], CHECKS),
    "one of an authority that is only known": ([], CHECKS),
    "an untrusted one that would name a trusted one": ([], CHECKS),
    "signed and not encrypted": ([], CHECKS),
    # Without security one may ask what there is, no more.
    "no security": (["GetEndpoints"], "BadSecurityModeInsufficient"),
    "a trusted one that names another": (["GetEndpoints"], CHECKS),
    # Users are judged once the channel and its application are in order.
    "nobody": (["GetEndpoints", "CreateSession"], "BadIdentityTokenRejected"),
    "a wrong password": (["GetEndpoints", "CreateSession"], "BadUserAccessDenied"),
    "an unknown user": (["GetEndpoints", "CreateSession"], "BadUserAccessDenied"),
}


@pytest.mark.parametrize("who", REFUSALS)
def test_is_refused(found: dict[str, Any], who: str) -> None:
    attempt = found["attempts"][who]
    assert not attempt["session"]
    answered = [name for name in attempt["answered"] if name != "CloseSession"]
    assert (answered, attempt["status"]) == REFUSALS[who], attempt["said"]
    assert attempt["next"]


def test_whoever_is_good_gets_in(found: dict[str, Any]) -> None:
    others = {who: attempt["session"] for who, attempt in found["attempts"].items() if who not in REFUSALS}
    assert others == {"one of a trusted authority": True, "a trusted one": True}


def test_only_encrypted_endpoints_are_offered(found: dict[str, Any]) -> None:
    assert [mode for mode, *_ in found["endpoints"]] == ["SignAndEncrypt"] * 3
    assert {policy for _, policy, _ in found["endpoints"]} == {
        "Basic256Sha256",
        "Aes128_Sha256_RsaOaep",
        "Aes256_Sha256_RsaPss",
    }
    assert all(set(tokens) == {"UserName", "Certificate"} for *_, tokens in found["endpoints"])


def test_an_observer_changes_nothing(found: dict[str, Any]) -> None:
    assert len(found["watcher"]) == 6
    assert set(found["watcher"].values()) == {"BadUserAccessDenied"}


def test_who_was_refused_is_on_record(found: dict[str, Any], cell: ServedCell) -> None:
    assert found["attempts"]
    lines = [json.loads(line) for line in (cell.state.folder / "audit.jsonl").read_text().splitlines()]
    refusals = {line["result"] for line in lines if line["what"] == "certificate refused"}
    assert refusals == {"BadCertificateUntrusted", "BadCertificateTimeInvalid", "BadCertificateRevoked"}
    assert PASSWORD not in json.dumps(lines)
    assert "a long enough guess" not in json.dumps(lines)
