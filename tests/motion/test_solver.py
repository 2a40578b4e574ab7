"""The compiled solver: loaded alone, equal to the public methods, replaced where a version differs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cellkit.motion import ArmKinematics
from cellkit.motion.solver import _compiled_module, compiled_solver

CONFIGURATION = (0.3, -1.1, 1.2, -1.4, 0.9, 0.4, 0.2)


def _run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


def _without_compiled(any_arm: ArmKinematics, monkeypatch: pytest.MonkeyPatch) -> ArmKinematics:
    monkeypatch.setattr("cellkit.motion.solver.compiled_solver", lambda _elements: None)
    return ArmKinematics(any_arm.model)


def test_an_arm_needs_neither_the_toolbox_nor_what_it_brings() -> None:
    _run(
        "import sys\n"
        "from cellkit.models.load import load_arm\n"
        "from cellkit.motion import ArmKinematics\n"
        "arm = ArmKinematics.of(load_arm('ur5e'))\n"
        "arm.inverse(arm.forward(arm.model.home), arm.model.home)\n"
        "heavy = {'roboticstoolbox', 'scipy', 'matplotlib', 'spatialmath'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )


@pytest.mark.long
def test_the_toolbox_can_be_imported_afterwards_and_shares_the_module() -> None:
    _run(
        "import sys\n"
        "from cellkit.models.load import load_arm\n"
        "from cellkit.motion import ArmKinematics\n"
        "arm = ArmKinematics.of(load_arm('ur5e'))\n"
        "before = sys.modules['roboticstoolbox._fknm_c']\n"
        "import roboticstoolbox\n"
        "ets = roboticstoolbox.ETS([roboticstoolbox.ET.Rz(), roboticstoolbox.ET.tx(1.0)])\n"
        "assert ets.eval([0.0])[0, 3] == 1.0\n"
        "assert sys.modules['roboticstoolbox._fknm_c'] is before\n"
        "arm.forward(arm.model.home)\n"
    )


def test_public_methods_give_the_same_bits(any_arm: ArmKinematics, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _without_compiled(any_arm, monkeypatch)
    assert plain._handle is not any_arm._handle
    q = np.array(CONFIGURATION[: any_arm.dof])
    target = any_arm.forward(q)
    assert np.array_equal(plain.forward(q), target)
    assert np.array_equal(plain.jacobian(q), any_arm.jacobian(q))
    assert np.array_equal(plain.hessian(plain.jacobian(q)), any_arm.hessian(any_arm.jacobian(q)))
    assert np.array_equal(plain.inverse(target, q + 0.01), any_arm.inverse(target, q + 0.01))


@pytest.mark.parametrize("missing", ["ET_init", "ETS_init", "IK_LM_c"])
def test_a_version_with_other_functions_is_not_used(
    any_arm: ArmKinematics, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delattr(_compiled_module(), missing)
    assert compiled_solver(any_arm.elements) is None


def test_a_version_that_computes_other_poses_is_not_used(
    any_arm: ArmKinematics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_compiled_module(), "ETS_fkine", lambda *_: np.eye(4))
    assert compiled_solver(any_arm.elements) is None


def test_a_missing_module_is_no_error(any_arm: ArmKinematics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellkit.motion.solver._compiled_module", _missing)
    assert compiled_solver(any_arm.elements) is None


def _missing() -> None:
    raise ImportError
