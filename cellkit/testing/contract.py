"""Shared parts of all contracts: a new rig for every rule, in virtual time, and checks of commands and errors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, cast, overload

import pytest

from cellkit import registry
from cellkit.cell.kinds.table import kind_of_model
from cellkit.devices import Device, DeviceEvent, Lifecycle
from cellkit.errors import CellkitError, CommandRejected, ConfigError, ConnectionFailed, DriverNotFound
from cellkit.models.load import is_path, load_model
from cellkit.testing.rig import DeviceRig, DriverRig
from cellkit.timing import Speed, run
from cellkit.yamlfile import near_names

RigT = TypeVar("RigT", bound=DeviceRig)
ErrorT = TypeVar("ErrorT", bound=BaseException)

AT_ONCE = 0.05  # s of cell time within which "at once" must happen
NOTICED = 5.0  # s of cell time within which a cut or silent line must be noticed
LATE = 0.1  # s of delay of everything from a device in the test of a slow line
GARBAGE = bytes(range(256)) * 8
TASKS_END = 30  # s of cell time within which the tasks of a closed device must have ended
PATIENCE = 600.0  # s of cell time after which a rule's test counts as hung


_Played: TypeAlias = Callable[[Any, Any], Coroutine[Any, Any, None]]
_Test: TypeAlias = Callable[[Any], None]


@overload
def rule(test: _Played, /) -> _Test: ...


@overload
def rule(*, safe: bool) -> Callable[[_Played], _Test]: ...


def rule(test: _Played | None = None, /, *, safe: bool = False) -> _Test | Callable[[_Played], _Test]:
    """Make a test of a coroutine that is given a new, started rig whose device is not connected.

    ``safe``: the rule may run against a vendor's simulator or a real controller. It moves, stops and writes nothing,
    cuts no line, changes no setting, and uses nothing of the bench.
    """
    if test is None:
        return lambda test: _rule(test, safe)
    return _rule(test, safe)


def is_safe(test: object) -> bool:
    """Return whether a rule may run against a real controller."""
    return getattr(test, "safe", False) is True


def _rule(test: _Played, safe: bool) -> _Test:
    def play(self: Contract[Any]) -> None:
        __tracebackhide__ = True
        run(self._played(test), speed=self.speed)

    # functools.wraps would show pytest the argument `rig`, and pytest would look for a fixture of this name.
    play.__name__, play.__qualname__, play.__doc__ = test.__name__, test.__qualname__, test.__doc__
    play.__module__ = test.__module__
    play.safe = safe  # type: ignore[attr-defined]
    play.rule = test  # type: ignore[attr-defined]
    return play


class Contract(Generic[RigT]):
    """Base of all contracts. A subclass names a driver; every ``test_…`` is one rule and is named after it."""

    kind: ClassVar[str]

    driver: ClassVar[str] = ""
    """Name of an installed driver that has a rig."""
    model: ClassVar[str | None] = None
    """Id of a model, or path of a model file; None: the usual model of the driver's rig."""
    speed: ClassVar[Speed] = "max"
    """Speed of time: ``"max"`` is virtual time, 1.0 real time."""

    def driver_rig(self) -> DriverRig:
        """Return the driver's rigs; override it for a driver that is not installed."""
        return driver_rig(self.driver)

    def fresh_rig(self) -> RigT:
        """Return a rig that was not started yet, of a device that no other test uses."""
        return cast(RigT, self.driver_rig().rig(self.kind, self.model))

    async def _played(self, test: Callable[[Any, RigT], Coroutine[Any, Any, None]]) -> None:
        # One rule of its own checks for errors that no task retrieved. In other rules the garbage collector would
        # report them in the middle of other tests; CPython 3.11 cannot handle that while it parses a module.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        async with self.started() as rig:
            try:
                async with asyncio.timeout(PATIENCE) as deadline:
                    await test(self, rig)
            except TimeoutError:
                if not deadline.expired():
                    raise
                pytest.fail(f"the test waited {PATIENCE:g} s of cell time for something that never happened")

    @contextlib.asynccontextmanager
    async def started(self) -> Any:
        """Start a new rig; take it down afterwards."""
        rig = self.fresh_rig()
        await rig.start()
        try:
            yield rig
        finally:
            # Closing has rules of its own; an error here must not hide the test's result.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(rig.device.close(), PATIENCE)
            await rig.finish()

    def needs(self, rig: RigT, *switches: str) -> None:
        """Skip the test where the vendor's controller has no counterpart for a switch."""
        for switch in switches:
            if switch in rig.lacks:
                pytest.skip(f"the rig of {rig.device.name} has no {switch}(): {rig.lacks[switch]}")


class LifecycleContract(Contract[RigT]):
    """A contract with the rule that every device connects and closes cleanly."""

    def ask(self, device: Any) -> Coroutine[Any, Any, object]:
        """Read what the device reports."""
        raise NotImplementedError

    @rule(safe=True)
    async def test_connects_and_closes_twice_cleanly(self, rig: RigT) -> None:
        """Check that connecting and closing can be repeated, and that only an open device can be read."""
        device: Device = rig.device
        assert_lifecycle(device, Lifecycle.CLOSED)
        for _ in range(2):
            await device.connect()
            await device.connect()
            assert_lifecycle(device, Lifecycle.OPEN)
            await self.ask(device)
            await device.close()
            await device.close()
            assert_lifecycle(device, Lifecycle.CLOSED)
            await refused(self.ask(device), CommandRejected, because="reading a closed device")

    @rule
    async def test_a_lost_device_stays_lost_until_a_connection_succeeds(self, rig: RigT) -> None:
        """Check that attempts to connect that fail leave the device as it was, so that the next one is made."""
        self.needs(rig, "drop_link", "restore_link")
        device: Device = rig.device
        await device.connect()
        rig.drop_link()
        for _ in range(1000):  # drivers notice at different times
            if device.lifecycle is not Lifecycle.OPEN:
                break
            await asyncio.sleep(0.01)
        assert_lifecycle(device, Lifecycle.LOST)
        for _ in range(3):
            await refused(device.connect(), ConnectionFailed, because="connecting while the link is down")
            assert_lifecycle(device, Lifecycle.LOST)
            await asyncio.sleep(1.0)
        rig.restore_link()
        await device.connect()
        assert_lifecycle(device, Lifecycle.OPEN)
        await self.ask(device)


def driver_rig(name: str) -> DriverRig:
    """Return an instance of the rig class of an installed driver.

    Raises ``DriverNotFound`` for an unknown driver and ``ConfigError`` for one without a valid rig.
    """
    spec = registry.driver(name)
    if spec.rig is None:
        raise ConfigError(
            f"driver {name!r} has no rig, so that the driver contract cannot test it: "
            f"set DriverSpec.rig to 'module:Class', see cellkit.testing.rig"
        )
    try:
        rig = registry.load_object(spec.rig)()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"driver {name!r}: its rig {spec.rig!r} cannot be loaded: {error}") from error
    if not isinstance(rig, DriverRig):
        raise ConfigError(f"driver {name!r}: its rig {spec.rig!r} has no offers() and rig(); see cellkit.testing.rig")
    return rig


def chosen_kinds(name: str, model: str | None) -> list[tuple[str, str | None]]:
    """Return the kinds and models to test of a driver: every kind with its usual model, or the one kind of ``model``.

    Raises ``DriverNotFound`` for an unknown driver or model and ``ConfigError`` for a driver without a rig.
    """
    offers = driver_rig(name).offers()
    if model is None:
        return [(kind, models[0] if models else None) for kind, models in offers.items()]
    kinds = [kind for kind, models in offers.items() if model in models]
    if not kinds and is_path(model):
        loaded = load_model(model)
        kind = kind_of_model(loaded).name
        kinds = [kind] if kind in offers else []
    if not kinds:
        known = [model_id for models in offers.values() for model_id in models]
        raise DriverNotFound(f"driver {name!r} cannot be tested with model {model!r}; {near_names(model, known)}")
    return [(kind, model) for kind in kinds]


def assert_lifecycle(device: Device, lifecycle: Lifecycle) -> None:
    """Check that the device is closed, open or lost."""
    __tracebackhide__ = True
    assert device.lifecycle is lifecycle, f"the device must be {lifecycle.value}, but is {device.lifecycle.value}"


async def refused(command: Coroutine[Any, Any, Any], kind: type[ErrorT], *words: str, because: str) -> ErrorT:
    """Await a command that must raise ``kind`` with a message that contains all ``words``; return the error."""
    __tracebackhide__ = True
    error = await _error(command)
    if error is None:
        pytest.fail(f"{because}: expected {kind.__name__}, but the command succeeded")
    if not isinstance(error, kind):
        pytest.fail(f"{because}: expected {kind.__name__}, got {type(error).__name__}: {error}")
    for word in words:
        assert word in str(error), f"{because}: the message must contain {word!r}, but is {str(error)!r}"
    return error


def each(*commands: tuple[Coroutine[Any, Any, Any], str]) -> Iterator[tuple[Coroutine[Any, Any, Any], str]]:
    """Yield commands with their descriptions in turn; those that are not reached are closed without being run."""
    try:
        yield from commands
    finally:
        for command, _ in commands:
            command.close()


async def _error(command: Coroutine[Any, Any, Any]) -> CellkitError | None:
    try:
        await command
    except CellkitError as error:
        return error
    return None


async def ending(task: asyncio.Task[Any], within: float, because: str) -> BaseException | None:
    """Return the error that ended a task, or None; the task must end within ``within`` s of cell time."""
    __tracebackhide__ = True
    await asyncio.wait({task}, timeout=within)
    assert task.done(), f"{because}: the command has not ended {within:g} s later"
    return asyncio.CancelledError() if task.cancelled() else task.exception()


async def raised(task: asyncio.Task[Any], kind: type[ErrorT], within: float, because: str) -> ErrorT:
    """Return the error of ``kind`` that must end a task within ``within`` s of cell time."""
    __tracebackhide__ = True
    error = await ending(task, within, because)
    assert isinstance(error, kind), f"{because}: expected {kind.__name__}, got {error!r}"
    return error


@contextlib.contextmanager
def events(device: Device) -> Iterator[list[DeviceEvent]]:
    """Collect the events of a device during the block."""
    collected: list[DeviceEvent] = []
    end = device.on_event(collected.append)
    try:
        yield collected
    finally:
        end()


@contextlib.asynccontextmanager
async def assert_no_task_is_left() -> AsyncIterator[None]:
    """Check that every task that was started in the block ends within ``TASKS_END`` s after it."""
    __tracebackhide__ = True
    before = asyncio.all_tasks()
    yield
    # A virtual device in this process may need a period of its own to notice that its client is gone.
    for _ in range(TASKS_END):
        await asyncio.sleep(1.0)
        if not asyncio.all_tasks() - before:
            return
    left = [task.get_name() + ": " + repr(task.get_coro()) for task in asyncio.all_tasks() - before]
    assert not left, f"these tasks still run: {left}"
