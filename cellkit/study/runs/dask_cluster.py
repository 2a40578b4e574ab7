"""Spreads tasks over a Dask cluster that is there already. The only module that knows Dask, an optional dependency.

A task whose worker dies is given to another one by Dask itself; one that takes several workers with it, or finds none
any more, is recorded as failed, and the others go on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from cellkit.errors import ConfigError
from cellkit.study.runs.software import software
from cellkit.study.runs.task import ResultT, Task, Told

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 10.0
"""s that a scheduler may take to answer, and its first worker to come."""
_LOOK = 1.0  # s between two looks at whether anybody is left
_LOOKS = 30  # looks without any worker, after which nobody is waited for any more
_ONE_AT_A_TIME = threading.Lock()


def run_on_dask(tasks: Sequence[Task[ResultT]], address: str, told: Told[ResultT]) -> list[ResultT]:
    """All results, in the order of ``tasks``. Raises ``ConfigError`` when there is no usable cluster at ``address``."""
    return asyncio.run(_run(tasks, address, told))


async def _run(tasks: Sequence[Task[ResultT]], address: str, told: Told[ResultT]) -> list[ResultT]:
    results: dict[int, ResultT] = {}

    def have(number: int, result: ResultT) -> None:
        results[number] = result
        told(number, result)

    async with connected(address) as client:
        loop = asyncio.get_running_loop()
        ended: asyncio.Queue[int] = asyncio.Queue()
        futures = [client.submit(carry_out_alone, task, pure=False) for task in tasks]
        try:
            for number, future in enumerate(futures):  # the callbacks come from a thread of Dask's
                future.add_done_callback(lambda _, number=number: loop.call_soon_threadsafe(ended.put_nowait, number))
            looks = 0
            while len(results) < len(tasks) and looks < _LOOKS:
                try:
                    number = await asyncio.wait_for(ended.get(), _LOOK)
                except TimeoutError:
                    looks = 0 if await _anybody(client) else looks + 1
                    continue
                have(number, await _result(futures[number], tasks[number]))
            for number in sorted(set(range(len(tasks))) - set(results)):
                have(number, tasks[number].failed("no Dask worker was left"))
        except BaseException:
            await client.cancel(futures, force=True)
            raise
    return [results[number] for number in range(len(tasks))]


def carry_out_alone(task: Task[ResultT]) -> ResultT:
    """A worker with several threads runs one cell at a time: a world is no place for two."""
    with _ONE_AT_A_TIME:
        return task.carry_out()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Client]:
    """A client of a cluster whose workers have the software that is here. Raises ``ConfigError``.

    It is an asynchronous one: a blocking client that finds nobody is left half made, and when the garbage collector
    ends it, it may wait for ever for a lock that its own thread holds.
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
            raise ConfigError(f"--dask {address}: no scheduler answers there ({_first_line(error)})") from None
        try:
            await client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ConfigError(f"--dask {address}: the scheduler has no worker") from None
        for worker, found in (await client.run(software_here, on_error="return")).items():
            if isinstance(found, OSError):
                continue  # it has died just now, which its tasks will tell
            if isinstance(found, BaseException):
                raise ConfigError(f"--dask {address}: the worker {worker} has no such cellkit ({_first_line(found)})")
            for what, here in software_here().items():
                if found.get(what) != here:
                    text = f"the worker {worker} has {what} {found.get(what)}, here is {here}"
                    raise ConfigError(f"--dask {address}: {text} (one that has run for long may have to be restarted)")
        yield client
    finally:
        await client.close(timeout=PATIENCE)


def software_here() -> dict[str, str]:
    """What determines results, by its name, in types that any version understands."""
    here = software()
    own = {"cellkit": here.cellkit, "Python": here.python, **here.packages, "system": here.machine}
    return {**own, "cellkit's source": here.source[:12]}


async def _anybody(client: Client) -> bool:
    try:
        return bool(await client.nthreads())
    except (OSError, RuntimeError):  # the scheduler is gone, or the client has given it up
        return False


async def _result(future: Future[ResultT], task: Task[ResultT]) -> ResultT:
    if future.status == "finished":
        found: ResultT = await future.result()
        return found
    if future.status == "cancelled":
        return task.failed("the Dask scheduler was lost")
    error: Any = await future.exception()
    if type(error).__name__ == "KilledWorker":
        return task.failed("its process died, and so did those of the workers that tried it after that")
    return task.failed(f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
