"""A part of a contract: the rules that a further model needs on every push. The whole contract is long."""

from __future__ import annotations

from cellkit.testing.contract import Contract


def some_rules(contract: type[Contract], *rules: str) -> type[Contract]:
    """Return a contract of these rules only."""
    every = {name for name in dir(contract) if name.startswith("test_")}
    unknown = set(rules) - every
    assert not unknown, f"{contract.__name__} has no rules {sorted(unknown)}"
    # pytest collects nothing of a name that is no function.
    return type(f"Some{contract.__name__}", (contract,), dict.fromkeys(every - set(rules)))


MODEL_FIGURES = (
    "test_move_joint_reaches_its_goal",
    "test_move_linear_reaches_its_goal_on_a_straight_line",
    "test_states_tell_what_the_mechanics_do",
    "test_refuses_joints_beyond_their_limits",
    "test_refuses_a_load_beyond_the_payload_with_both_figures",
)
"""Rules in which the figures of a model matter."""
