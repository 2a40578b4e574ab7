"""One served cell for all third-party clients: a test restores all that it changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cards import Cards, make_cards

from tests.opcua.gateway_rig import ServedCell, State, served

SPEED = 4
RATE = 20 / SPEED  # readings a second of the cell's time: 20 a second of a client's time


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Users and keys, made once: a key takes a while."""
    return State(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="session")
def cards(state: State, tmp_path_factory: pytest.TempPathFactory) -> Cards:
    """Certificates, good and bad, and a gateway that knows which are which."""
    return make_cards(tmp_path_factory.mktemp("cards"), state.folder / "pki")


@pytest.fixture(scope="session")
def cell(state: State, cards: Cards) -> Iterator[ServedCell]:
    """The shipped pick_and_place by wire, which keeps its history."""
    history = state.folder / "history.sqlite"
    options = ("--path", "wire", "--quantity", "2", "--speed", str(SPEED), "--rate", str(RATE))
    with served(state, "pick_and_place", *options, "--history", str(history)) as cell:
        yield cell
