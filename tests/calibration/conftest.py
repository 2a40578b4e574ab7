"""The fixtures of the calibration's tests."""

from tests.cli.cli_rig import cellkit

__all__ = ["cellkit"]
