"""Every weakness that was found: it works on plain asyncua, so the attack is a real one, and fails on the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from attacks import CAREFUL, DEFAULTS, Attack
from secure_rig import run
from served import Loop, Target, serve_gateway, serve_plain


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    folder: Path = tmp_path_factory.mktemp("attacks")
    stack = AsyncExitStack()
    with Loop() as loop:
        made = {
            "gateway": loop.do(serve_gateway(stack, folder / "gateway")),
            "careful": loop.do(serve_plain(stack, folder / "careful", careful=True)),
            "defaults": loop.do(serve_plain(stack, folder / "defaults", careful=False)),
        }
        for target in made.values():
            target.loop = loop.loop
        yield made
        loop.do(stack.aclose())


@pytest.mark.parametrize("attack", [*CAREFUL, *DEFAULTS], ids=lambda attack: attack.__name__)
def test_it_works_on_plain_asyncua(targets: dict[str, Target], attack: Attack) -> None:
    target = targets["careful" if attack in CAREFUL else "defaults"]
    assert run(lambda: attack(target)), "the attack has become harmless: asyncua was mended, or the attack is wrong"


@pytest.mark.parametrize("attack", [*CAREFUL, *DEFAULTS], ids=lambda attack: attack.__name__)
def test_the_gateway_fends_it_off(targets: dict[str, Target], attack: Attack) -> None:
    assert not run(lambda: attack(targets["gateway"])), attack.__doc__
