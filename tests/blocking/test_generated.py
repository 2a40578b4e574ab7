"""The wrappers are the output of the generator, and have the methods of the interfaces."""

from __future__ import annotations

import inspect

import pytest

from cellkit.blocking import generated
from cellkit.blocking.generate import LEFT_OUT, TARGET, generate, interfaces
from cellkit.blocking.wrapper import BlockingWrapper

ORIGINALS = interfaces()


def test_the_committed_file_is_the_output_of_the_generator() -> None:
    text = TARGET.read_text(encoding="utf-8")
    assert text == generate(), "run `python -m cellkit.blocking.generate` after changing an interface"


@pytest.mark.parametrize("original", ORIGINALS, ids=lambda one: one.__name__)
def test_every_method_has_the_same_signature_and_text(original: type) -> None:
    wrapper = getattr(generated, original.__name__)
    assert issubclass(wrapper, BlockingWrapper)
    assert wrapper.asynchronous is original
    assert inspect.getdoc(wrapper) == inspect.getdoc(original)
    for name, member in vars(original).items():
        if name.startswith("_") or name in (LEFT_OUT.get(original.__name__) or ()):
            continue
        mine = getattr(wrapper, name)
        assert not inspect.iscoroutinefunction(mine)
        if inspect.isfunction(member):
            theirs = inspect.signature(member)
            assert [p.name for p in inspect.signature(mine).parameters.values()] == list(theirs.parameters)
            for parameter in theirs.parameters.values():
                own = inspect.signature(mine).parameters[parameter.name]
                assert (own.kind, own.default) == (parameter.kind, parameter.default)
        assert inspect.getdoc(mine) == inspect.getdoc(getattr(original, name))


def test_no_ability_is_missing() -> None:
    names = {one.__name__ for one in ORIGINALS}
    assert {"Arm", "Servoing", "Freedrive", "Locating", "Camera", "Machine", "CodeReader", "Cell"} <= names
    assert "OwnSignals" not in names
