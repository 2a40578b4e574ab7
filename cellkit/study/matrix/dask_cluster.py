"""Spreads runs over a Dask cluster that is there already. The only module that knows Dask, an optional dependency.

A task whose worker dies is given to another one by Dask itself; one that takes several workers with it, or finds none
any more, is recorded as failed, and the others go on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from cellkit import __version__
from cellkit.errors import ConfigError
from cellkit.study.matrix.local import Told
from cellkit.study.matrix.work import Job, Outcome, carry_out, failed

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 10.0
"""s that a scheduler may take to answer, and its first worker to come."""
_LOOK = 1.0  # s between two looks at whether anybody is left
_LOOKS = 30  # looks without any worker, after which nobody is waited for any more
_ONE_AT_A_TIME = threading.Lock()


def run_on_dask(jobs: Sequence[Job], address: str, told: Told) -> list[Outcome]:
    """All outcomes, in the order of ``jobs``. Raises ``ConfigError`` when there is no usable cluster at ``address``."""
    return asyncio.run(_run(jobs, address, told))


async def _run(jobs: Sequence[Job], address: str, told: Told) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}

    def have(number: int, outcome: Outcome) -> None:
        outcomes[number] = outcome
        told(number, outcome)

    async with connected(address) as client:
        loop = asyncio.get_running_loop()
        ended: asyncio.Queue[int] = asyncio.Queue()
        futures = [client.submit(carry_out_alone, job, pure=False) for job in jobs]
        try:
            for number, future in enumerate(futures):  # the callbacks come from a thread of Dask's
                future.add_done_callback(lambda _, number=number: loop.call_soon_threadsafe(ended.put_nowait, number))
            looks = 0
            while len(outcomes) < len(jobs) and looks < _LOOKS:
                try:
                    number = await asyncio.wait_for(ended.get(), _LOOK)
                except TimeoutError:
                    looks = 0 if await _anybody(client) else looks + 1
                    continue
                have(number, await _outcome(futures[number], jobs[number]))
            for number in sorted(set(range(len(jobs))) - set(outcomes)):
                have(number, Outcome(failed(jobs[number], "no Dask worker was left")))
        except BaseException:
            await client.cancel(futures, force=True)
            raise
    return [outcomes[number] for number in range(len(jobs))]


def carry_out_alone(job: Job) -> Outcome:
    """A worker with several threads runs one cell at a time: a world is no place for two."""
    with _ONE_AT_A_TIME:
        return carry_out(job)


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Client]:
    """A client of a cluster whose workers have this version of cellkit. Raises ``ConfigError``.

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
        for worker, found in (await client.run(_version, on_error="return")).items():
            if isinstance(found, BaseException):
                raise ConfigError(f"--dask {address}: the worker {worker} has no cellkit ({_first_line(found)})")
            if found != __version__:
                raise ConfigError(f"--dask {address}: the worker {worker} has cellkit {found}, here is {__version__}")
        yield client
    finally:
        await client.close(timeout=PATIENCE)


def _version() -> str:
    return __version__


async def _anybody(client: Client) -> bool:
    try:
        return bool(await client.nthreads())
    except (OSError, RuntimeError):  # the scheduler is gone, or the client has given it up
        return False


async def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    if future.status == "finished":
        found: Outcome = await future.result()
        return found
    if future.status == "cancelled":
        return Outcome(failed(job, "the Dask scheduler was lost"))
    error: Any = await future.exception()
    if type(error).__name__ == "KilledWorker":
        return Outcome(failed(job, "its process died, and so did those of the workers that tried it after that"))
    return Outcome(failed(job, f"{type(error).__name__}: {_first_line(error)}"))


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
