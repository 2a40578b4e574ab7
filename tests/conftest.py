"""Settings for all tests."""

import gc

from hypothesis import HealthCheck, settings

# A busy machine makes the generation of inputs slow; no test depends on its speed.
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("busy")
gc.disable()  # until the tests are collected: what is made until then lives until the end


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what lives until the end: ten thousand tests and the modules that they import."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    """Give it back, so that the interpreter can take down its modules in order."""
    gc.unfreeze()
