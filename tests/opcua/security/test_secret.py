"""The encrypted password of a log-in: what lengths and paddings are taken, with the nonce that was sent last."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.crypto import uacrypto

from tests.opcua.security.secure_rig import PASSWORDS, RigClient, card, rig, run, server_card

OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep"


class Padding(RigClient):
    """Encrypts length, password, nonce and whatever comes behind them."""

    behind = b""
    more = 0

    def _encrypt_password(self, password: str, policy_uri: str) -> tuple[bytes, str]:
        content = password.encode() + (self._server_nonce or b"")
        secret = struct.pack("<I", len(content) + self.more) + content + self.behind
        encrypted: Any = uacrypto.encrypt_rsa_oaep(server_card().certificate.public_key(), secret)
        return encrypted, OAEP


CASES: list[tuple[bytes, int, bool]] = [
    (b"", 0, True),
    (bytes(100), 0, True),  # open62541 fills the block
    (bytes(99) + b"x", 0, False),
    (b"", 5, False),
    (b"", -5, False),
    (b"", 2**31, False),
]


def test_what_is_behind_the_nonce(tmp_path: Path) -> None:
    async def test() -> None:
        async with rig(tmp_path) as made:
            for behind, more, let_in in CASES:
                client = Padding(made.url, card())
                client.behind, client.more = behind, more
                client.set_user("otto")
                client.set_password(PASSWORDS["otto"][1])
                if let_in:
                    await client.connect()
                    await client.disconnect()
                else:
                    with pytest.raises(ua.UaStatusCodeError) as refused:
                        await client.connect()
                    assert refused.value.code == ua.StatusCodes.BadIdentityTokenInvalid, (behind, more)

    run(test)
