"""The I/O image tells of changes, and of nothing else."""

from __future__ import annotations

import pytest

from cellkit.controller.plants.signal_image import AnalogImage, IoImage


def test_signals_begin_false_and_keep_what_was_set() -> None:
    image = IoImage(["a", "b"])
    assert not image["a"]
    image["a"] = True
    assert image["a"]
    assert not image["b"]
    assert "a" in image
    assert "c" not in image


def test_listeners_hear_changes_only_and_of_their_own_signal() -> None:
    image, heard = IoImage(["a", "b"]), []
    image.watch("a", lambda: heard.append(("a", image["a"])))
    for signal, value in (("a", False), ("a", True), ("a", True), ("b", True), ("a", False)):
        image[signal] = value
    assert heard == [("a", True), ("a", False)]


def test_a_listener_may_end_itself_while_it_is_called() -> None:
    image, heard = IoImage(["a"]), []

    def once() -> None:
        heard.append(1)
        end()

    end = image.watch("a", once)
    image.watch("a", lambda: heard.append(2))
    image["a"] = True
    image["a"] = False
    assert heard == [1, 2, 2]


def test_unknown_names_are_errors() -> None:
    image = IoImage(["a"])
    with pytest.raises(KeyError):
        image["x"]
    with pytest.raises(KeyError):
        image["x"] = True
    with pytest.raises(KeyError):
        image.watch("x", lambda: None)


def test_analog_signals_begin_at_nothing_and_a_broken_wire_is_not_nothing() -> None:
    image, heard = AnalogImage(["level", "speed"]), []
    assert image["level"] == 0.0
    image.watch("level", lambda: heard.append(image["level"]))
    for value in (0.0, 0.5, 0.5, None, None, 0.0):
        image["level"] = value
    assert heard == [0.5, None, 0.0]
    assert image["speed"] == 0.0
    with pytest.raises(KeyError):
        image["x"] = 0.5


def test_watching_ends_once() -> None:
    image, heard = IoImage(["a"]), []
    first = image.watch("a", lambda: heard.append("first"))
    image.watch("a", lambda: heard.append("second"))
    first()
    image["a"] = True
    assert heard == ["second"]
