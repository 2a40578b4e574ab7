"""A Dask cluster of separate processes, for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

QUIET = {**os.environ, "DASK_DISTRIBUTED__DASHBOARD__LINK": "", "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=QUIET) as started:
        try:
            yield started
        finally:
            started.kill()


class Cluster:
    """A scheduler and workers, without nannies: a killed worker is not restarted."""

    def __init__(self, stack: ExitStack) -> None:
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self._stack = stack
        options = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        self.scheduler = stack.enter_context(process("distributed.cli.dask_scheduler", *options))

    def worker(self, threads: int = 1) -> subprocess.Popen[bytes]:
        options = ("--host", "127.0.0.1", "--nthreads", str(threads), "--no-nanny", "--no-dashboard")
        return self._stack.enter_context(process("distributed.cli.dask_worker", self.address, *options))


@contextmanager
def cluster_ready(cluster: Cluster) -> Iterator[None]:
    end = time.monotonic() + 60
    port = int(cluster.address.rpartition(":")[2])
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield
