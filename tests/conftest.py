"""Settings for all tests."""

import gc
import os
from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

# The commands are the same in every call, and to describe all of them to the parser costs more than most calls.
typer.main.get_command = cache(typer.main.get_command)

# A busy machine makes the generation of inputs slow; no test depends on its speed.
# `make test-long` makes more inputs of the same tests.
EXAMPLES = int(os.environ.get("CELLKIT_EXAMPLES", "25"))
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=EXAMPLES)
settings.load_profile("busy")
gc.disable()  # until the tests are collected: what is made until then lives until the end


# Tests of these folders share a server that is dear to start.
TOGETHER = ("tests/opcua/load/", "tests/drivers/opcua/")


class _Together(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Schedules a file, or one of the folders above, to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """Keep together what shares a server, where files are kept together."""
    return _Together(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what lives until the end: ten thousand tests and the modules that they import."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def _spare_what_a_module_leaves() -> Iterator[None]:
    """Spare it also what a module leaves, such as address spaces: tests that collect themselves spent seconds on it."""
    yield
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Give it back, so that the interpreter can take down its modules in order."""
    gc.unfreeze()
