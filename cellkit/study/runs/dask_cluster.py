"""Spreads tasks over a running Dask cluster. The only module that knows Dask, an optional dependency.

If a worker dies, Dask gives its task to another worker. A task that kills several workers, or finds no worker any more,
is recorded as failed; the other tasks continue.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from cellkit.errors import ConfigError
from cellkit.study.runs.software import software
from cellkit.study.runs.task import ResultCallback, ResultT, Task

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 10.0
"""Longest time (s) until the scheduler answers, and until its first worker is connected."""
_CHECK_PERIOD = 1.0  # s between two checks for workers
_MAX_CHECKS = 30  # consecutive checks without a worker, after which no worker is expected any more
_ONE_AT_A_TIME = threading.Lock()


def run_on_dask(tasks: Sequence[Task[ResultT]], address: str, on_result: ResultCallback[ResultT]) -> list[ResultT]:
    """Carry out all tasks and return their results in order. Raises ``ConfigError`` without a usable cluster."""
    return asyncio.run(_run(tasks, address, on_result))


async def _run(tasks: Sequence[Task[ResultT]], address: str, on_result: ResultCallback[ResultT]) -> list[ResultT]:
    results: dict[int, ResultT] = {}

    def add(number: int, result: ResultT) -> None:
        results[number] = result
        on_result(number, result)

    async with connected(address) as client:
        loop = asyncio.get_running_loop()
        ended: asyncio.Queue[int] = asyncio.Queue()
        futures = [client.submit(carry_out_alone, task, pure=False) for task in tasks]
        try:
            for number, future in enumerate(futures):  # Dask calls the callbacks from a thread of its own
                future.add_done_callback(lambda _, number=number: loop.call_soon_threadsafe(ended.put_nowait, number))
            checks = 0
            while len(results) < len(tasks) and checks < _MAX_CHECKS:
                try:
                    number = await asyncio.wait_for(ended.get(), _CHECK_PERIOD)
                except TimeoutError:
                    checks = 0 if await _has_workers(client) else checks + 1
                    continue
                add(number, await _result(futures[number], tasks[number]))
            for number in sorted(set(range(len(tasks))) - set(results)):
                add(number, tasks[number].failed("no Dask worker was left"))
        except BaseException:
            await client.cancel(futures, force=True)
            raise
    return [results[number] for number in range(len(tasks))]


def carry_out_alone(task: Task[ResultT]) -> ResultT:
    """Carry out one task at a time: a worker with several threads must not run two worlds side by side."""
    with _ONE_AT_A_TIME:
        return task.carry_out()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Client]:
    """Open a client of a cluster whose workers have the same software as this process. Raises ``ConfigError``.

    The client is asynchronous. A blocking client that finds no scheduler is only half made, and when the garbage
    collector ends it, it may wait for ever for a lock that its own thread holds.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError("--dask needs the package distributed: pip install 'cellkit-robotics[dask]'") from None
    client = Client(address, timeout=PATIENCE, set_as_default=False, asynchronous=True)
    try:
        try:
            await client
        except (OSError, ValueError) as error:  # a TimeoutError is an OSError
            raise ConfigError(
                f"--dask {address}: no scheduler answers at this address ({_first_line(error)})"
            ) from None
        try:
            await client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ConfigError(f"--dask {address}: the scheduler has no worker") from None
        for worker, software in (await client.run(local_software, on_error="return")).items():
            if isinstance(software, OSError):
                continue  # the worker has just died; its tasks will report that
            if isinstance(software, BaseException):
                reason = _first_line(software)
                raise ConfigError(f"--dask {address}: the worker {worker} cannot import this cellkit ({reason})")
            for name, version in local_software().items():
                if software.get(name) != version:
                    text = f"the worker {worker} has {name} {software.get(name)}, this machine has {version}"
                    raise ConfigError(f"--dask {address}: {text} (restart a worker that has run for a long time)")
        yield client
    finally:
        await client.close(timeout=PATIENCE)


def local_software() -> dict[str, str]:
    """Return the software of this process that determines results, by name, in types that any version understands."""
    own = software()
    versions = {"cellkit": own.cellkit, "Python": own.python, **own.packages, "system": own.machine}
    return {**versions, "cellkit's source": own.source[:12]}


async def _has_workers(client: Client) -> bool:
    try:
        return bool(await client.nthreads())
    except (OSError, RuntimeError):  # the scheduler is lost, or the client has stopped trying
        return False


async def _result(future: Future[ResultT], task: Task[ResultT]) -> ResultT:
    if future.status == "finished":
        result: ResultT = await future.result()
        return result
    if future.status == "cancelled":
        return task.failed("the Dask scheduler was lost")
    error: Any = await future.exception()
    if type(error).__name__ == "KilledWorker":
        return task.failed("its process died, and so did the processes of the workers that tried it again")
    return task.failed(f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
