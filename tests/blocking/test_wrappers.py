"""The blocking wrappers have all methods of the interfaces."""

from __future__ import annotations

import inspect

import pytest

from cellkit import devices
from cellkit.blocking import devices as wrappers
from cellkit.blocking.cell import Cell
from cellkit.blocking.wrapper import BlockingWrapper
from cellkit.cell.cell import Cell as AsyncCell
from cellkit.devices import Device

LEFT_OUT = {"devices", "device", "emit", "connect", "close"}  # of a cell; cellkit.blocking.cell defines its own


def interfaces() -> list[type]:
    """Return all interfaces of devices, abilities, and their bases.

    Not ``OwnSignals``: drivers offer them; a cell file names these signals and programs read them by those names.
    """
    named = [getattr(devices, name) for name in devices.__all__ if name != "OwnSignals"]
    kinds = [kind for kind in named if inspect.isclass(kind) and (issubclass(kind, Device) or inspect.isabstract(kind))]
    bases = [base for kind in kinds for base in kind.__mro__ if issubclass(base, Device)]
    return sorted({*kinds, *bases}, key=lambda kind: kind.__name__)


ORIGINALS = interfaces()


@pytest.mark.parametrize("original", [*ORIGINALS, AsyncCell], ids=lambda one: one.__name__)
def test_every_method_has_the_same_signature_and_text(original: type) -> None:
    wrapper = Cell if original is AsyncCell else getattr(wrappers, original.__name__)
    assert issubclass(wrapper, BlockingWrapper)
    assert wrapper.asynchronous is original
    assert wrapper is Cell or inspect.getdoc(wrapper) == inspect.getdoc(original)
    assert {name for name in inspect.get_annotations(original) if not name.startswith("_")} <= {*vars(wrapper)}
    for name, member in vars(original).items():
        if name.startswith("_") or (wrapper is Cell and name in LEFT_OUT):
            continue
        mine = vars(wrapper)[name]
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
    assert {"Arm", "Servoing", "Freedrive", "Locating", "Camera", "Machine", "CodeReader"} <= names
    assert "OwnSignals" not in names
