"""Settings for all tests."""

from hypothesis import HealthCheck, settings

# A busy machine makes the generation of inputs slow; no test depends on its speed.
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("busy")
