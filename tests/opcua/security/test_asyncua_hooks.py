"""The gateway leans on private parts of asyncua. When one changes, this says so before a client finds out."""

from __future__ import annotations

import importlib.metadata

import pytest

from cellkit.opcua.security.asyncua_hooks import ASYNCUA, HOOKS, Hook


def test_the_version_is_the_one_that_was_read() -> None:
    installed = importlib.metadata.version("asyncua")
    assert tuple(int(part) for part in installed.split(".")[:2]) == ASYNCUA, (
        f"asyncua {installed} is installed, the gateway's security was written against {ASYNCUA[0]}.{ASYNCUA[1]}: "
        "read cellkit/opcua/security/asyncua_hooks.py, compare each hook with the new code, run the attacks, "
        "change ASYNCUA"
    )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_a_hook_is_as_it_was(hook: Hook) -> None:
    try:
        found = hook.installed_parameters()
    except (ImportError, AttributeError):
        pytest.fail(f"asyncua has no {hook.module}.{hook.name} any more ({hook.why}): the gateway is not safe with it")
    assert found == hook.parameters, (
        f"{hook.module}.{hook.name} ({hook.why}) takes ({found}) now, the gateway was written for ({hook.parameters}): "
        f"read the new code before this is changed"
    )


def test_there_is_no_hook_twice() -> None:
    names = [(hook.module, hook.name) for hook in HOOKS]
    assert len(set(names)) == len(names)
