"""A served cell in processes of its own, with users and a trusted client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from bench.opcua_state import CLIENT_URI, PASSWORD, State
from tests.patience import PATIENCE

__all__ = [
    "CLIENT_URI",
    "PASSWORD",
    "PATIENCE",
    "ServedCell",
    "Session",
    "State",
    "patient_client",
    "served",
    "session",
]


class ServedCell:
    """A running ``cellkit serve --json``; what can happen to its devices happens by words."""

    def __init__(self, process: subprocess.Popen[str], state: State) -> None:
        self.process = process
        self.state = state
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        ready = self._wait(lambda said: "serving" in said)
        self.url: str = ready["serving"]
        self.cell: str = ready["cell"]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(json.loads(line))
        self._said.put(None)

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            said = self._said.get(timeout=PATIENCE)
            if said is None:
                assert self.process.stderr is not None
                raise AssertionError(f"the served cell has ended: {self.process.stderr.read()}")
            if wanted(said):
                return said

    def switch(self, words: str) -> str:
        """Throw one of its switches; what it said."""
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return str(self._wait(lambda said: said.get("switch") == words)["said"])


@contextlib.contextmanager
def served(state: State, cell: str, *options: str) -> Iterator[ServedCell]:
    """Serve a cell, on a free port, until the block ends."""
    command = [sys.executable, "-m", "cellkit", "serve", cell, "--port", "0", "--json"]
    command += ["--state", str(state.folder), *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield ServedCell(process, state)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream is not None
                stream.close()


class Session:
    """One client's session: values, jobs and methods of a served cell, by path."""

    def __init__(self, client: Client, namespace: int, cell: str) -> None:
        self.client = client
        self._namespace = namespace
        self._cell = cell

    def id(self, path: str) -> ua.NodeId:
        """The NodeId of a path below the cell."""
        return ua.NodeId(f"{self._cell}/{path}" if path else self._cell, self._namespace)

    async def value(self, path: str) -> ua.DataValue:
        """A variable's value with its status."""
        found: ua.DataValue = await self.client.get_node(self.id(path)).read_data_value(raise_on_bad_status=False)
        return found

    async def read(self, path: str) -> Any:
        """A variable's bare value."""
        value = await self.value(path)
        return None if value.Value is None else value.Value.Value

    async def call(self, path: str, *arguments: Any) -> Any:
        """Call a method; arguments get the types that the node names."""
        parent, _, _name = path.rpartition("/")
        node = self.client.get_node(self.id(path))
        described = [] if not arguments else await (await node.get_child("0:InputArguments")).read_value()
        variants = [
            ua.Variant(value, ua.VariantType(argument.DataType.Identifier), is_array=argument.ValueRank > 0)
            for value, argument in zip(arguments, described, strict=True)
        ]
        return await self.client.get_node(self.id(parent)).call_method(node.nodeid, *variants)

    async def control(self, lease: float = 60.0) -> None:
        """Take command."""
        _, status, reason = await self.call("Services/Ownership/RequestControl", lease)
        assert status == 0, reason

    async def submit(self, device: str, command: str, *arguments: Any) -> str:
        """Submit a command; the operation's id."""
        operation, _, status, reason = await self.call(f"Services/Commands/{device}/{command}", *arguments)
        assert status == 0, reason
        return str(operation)

    async def ended(self, operation: str) -> dict[str, Any]:
        """Wait for an operation's end; what became of it."""
        async with asyncio.timeout(PATIENCE):
            while (state := await self.read(f"Services/Operations/{operation}/State")) < 5:  # noqa: ASYNC110 - the server is elsewhere
                await asyncio.sleep(0.02)
        fields = {name: await self.read(f"Services/Operations/{operation}/{name}") for name in ("Failure", "Reason")}
        result = json.loads(await self.read(f"Services/Operations/{operation}/Result"))
        return {"state": state, **fields, "result": result}

    async def do(self, device: str, command: str, *arguments: Any) -> dict[str, Any]:
        """Submit a command and wait for its end."""
        return await self.ended(await self.submit(device, command, *arguments))

    async def until(self, path: str, wanted: Callable[[ua.DataValue], bool]) -> ua.DataValue:
        """Wait until a variable is as wanted."""
        async with asyncio.timeout(PATIENCE):
            while not wanted(value := await self.value(path)):  # noqa: ASYNC110 - the server is elsewhere
                await asyncio.sleep(0.02)
        return value


def patient_client(url: str) -> Client:
    """Return a client that loses no connection because the machine is busy."""
    return Client(url, timeout=PATIENCE, watchdog_intervall=PATIENCE)


async def new_client(cell: ServedCell, user: str | None, password: str = PASSWORD) -> Client:
    """A client that signs and encrypts, not connected yet."""
    client = patient_client(cell.url)
    client.application_uri = CLIENT_URI
    state = cell.state
    await client.set_security(
        SecurityPolicyBasic256Sha256,
        certificate=str(state.client.certificate_file),
        private_key=str(state.client.key_file),
        server_certificate=str(state.server.certificate_file),
    )
    if user is not None:
        client.set_user(user)
        client.set_password(password)
    return client


@contextlib.asynccontextmanager
async def session(cell: ServedCell, user: str | None = "plc", password: str = PASSWORD) -> AsyncIterator[Session]:
    """Open a session of a user."""
    client = await new_client(cell, user, password)
    async with client:
        namespace = await client.get_namespace_index(f"urn:cellkit:cell:{cell.cell}")
        yield Session(client, namespace, cell.cell)
