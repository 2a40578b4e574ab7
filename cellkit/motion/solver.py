"""The chain of an arm in the compiled solver of roboticstoolbox.

``import roboticstoolbox`` takes more than a second and 97 MB, because it brings scipy and matplotlib. Only its compiled
module is needed here, which depends on numpy alone: :func:`compiled_solver` loads that module by itself. Its functions
are private there, so every chain is checked once, and :func:`public_solver` replaces it where another version differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache, reduce
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cellkit.geometry import Array

_PACKAGE = "roboticstoolbox"
_MODULE = f"{_PACKAGE}._fknm_c"
_ABOUT_Z = 2
"""The number of a rotation about z in the compiled module."""
_EXACT = 1e-12

_Call = Callable[..., Any]


class Turn(NamedTuple):
    """A rotation about z, within two angles (rad)."""

    lower: float
    upper: float


Element: TypeAlias = "Array | Turn"
"""A fixed transform, (4, 4), or a joint."""


class Solver(NamedTuple):
    """The functions of one chain; each takes ``handle`` first.

    ``parts`` keeps the arrays alive whose addresses the compiled module stores.
    """

    handle: Any
    forward: _Call
    jacobian: _Call
    hessian: _Call
    solve: _Call
    parts: Any = None


def solver(elements: Sequence[Element]) -> Solver:
    """Return the compiled solver of a chain of elements, or the public one where the compiled one is not as known."""
    return compiled_solver(elements) or public_solver(elements)


def compiled_solver(elements: Sequence[Element]) -> Solver | None:
    """Return the compiled functions, in a fifth of the time of the public methods; None: this version has others."""
    try:
        module: Any = _compiled_module()
        parts = [_arguments(element) for element in elements]
        joints = sum(isinstance(element, Turn) for element in elements)
        handles, number = [], 0
        for element, (pose, limits) in zip(elements, parts, strict=True):
            turns = isinstance(element, Turn)
            handles.append(module.ET_init(False, turns, False, number, _ABOUT_Z if turns else 0, pose, limits))
            number += turns
        handle = module.ETS_init(handles, joints, len(handles))
        found = Solver(
            handle, module.ETS_fkine, module.ETS_jacob0, module.ETS_hessian0, module.IK_LM_c, (handles, parts)
        )
        zero = found.forward(handle, np.zeros(joints), None, None, 0)
    except (ImportError, AttributeError, TypeError):
        return None
    fixed = [element for element in elements if not isinstance(element, Turn)]
    return found if np.allclose(zero, reduce(np.matmul, fixed), rtol=0.0, atol=_EXACT) else None


def public_solver(elements: Sequence[Element]) -> Solver:
    """Return the same functions from the public methods of roboticstoolbox; the handle is an ``ETS``."""
    import roboticstoolbox

    toolbox: Any = roboticstoolbox
    ets = toolbox.ETS(
        [
            toolbox.ET.Rz(qlim=list(element)) if isinstance(element, Turn) else toolbox.ET.SE3(element)
            for element in elements
        ]
    )
    return Solver(ets, _public_forward, _public_jacobian, _public_hessian, _public_solve)


@cache
def _compiled_module() -> ModuleType:
    """Return the compiled module, without its package. Raises ``ImportError``."""
    if _MODULE in sys.modules:
        return sys.modules[_MODULE]
    package = find_spec(_PACKAGE)
    places = package.submodule_search_locations if package is not None else None
    spec = PathFinder.find_spec(_MODULE, places) if places is not None else None
    if spec is None or spec.loader is None:
        raise ImportError(_MODULE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    # A later import of the whole package has to find this module: two copies would not know each other's types.
    sys.modules[_MODULE] = module
    return module


def _arguments(element: Element) -> tuple[Array, Array]:
    """Return pose and limits of an element as the compiled module reads them: column by column."""
    if isinstance(element, Turn):
        return np.asfortranarray(np.eye(4)), np.array(element, dtype=np.float64)
    return np.asfortranarray(np.array(element, dtype=np.float64)), np.array([0.0, 1.0])


def _public_forward(ets: Any, q: Array, *_: Any) -> Any:
    return ets.eval(q)


def _public_jacobian(ets: Any, q: Array, tool: Array | None) -> Any:
    return ets.jacob0(q, tool=tool)


def _public_hessian(ets: Any, q: None, jacobian: Array, tool: None) -> Any:
    return ets.hessian0(q, J0=jacobian)


def _public_solve(ets: Any, target: Array, start: Array, *options: Any) -> tuple[Array, bool]:
    iterations, searches, tolerance, limited, mask, damping, method = options
    result = ets.ik_LM(target, start, iterations, searches, tolerance, mask, bool(limited), damping, method)
    return result.q, bool(result.success)
