"""A gateway's state folder for benchmarks and tests: users of every role, and a trusted client."""

from __future__ import annotations

from pathlib import Path

from cellkit.access.users import UserDirectory, users_file
from cellkit.opcua.security.certificates import der_of
from cellkit.opcua.security.pki import Pki

PATIENCE = 120.0  # s of wall time: generous, only a hang takes longer
PASSWORD = "a long enough password"  # of users that live for one run
CLIENT_URI = "urn:cellkit:test:client"
USERS = {"watcher": "observer", "plc": "operator", "mes": "operator", "fitter": "engineer", "boss": "admin"}


class State:
    """A state folder with users of every role, and a client whose certificate is trusted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        users = UserDirectory(users_file(folder))
        for name, role in USERS.items():
            users.add(name, role, password=PASSWORD)
        self.client = Pki(folder / "client")
        certificate, _ = self.client.own_certificate("test client", CLIENT_URI, "localhost")
        self.server = Pki(folder / "pki")
        self.server.trust_certificate(certificate)
        self.certificate = der_of(certificate)
