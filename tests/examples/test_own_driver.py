"""The driver of example 05 keeps the whole driver contract."""

import sys
from pathlib import Path

import pytest

from cellkit.testing.arm_contract import ArmContract

FOLDER = Path(__file__).parents[2] / "examples" / "05_own_driver"


@pytest.fixture(autouse=True)
def _modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


class TestLineArm(ArmContract):
    driver = "line"

    def driver_rig(self):
        from line_rig import LineRig

        return LineRig()


def test_the_modules_are_the_examples_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import line_driver

    assert Path(line_driver.__file__).parent == FOLDER
    assert line_driver.__name__ in sys.modules
