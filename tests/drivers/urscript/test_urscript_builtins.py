import math

import pytest
from cellkit_ur.urscript import RuntimeException
from cellkit_ur.urscript.builtins import BUILTINS
from urscript_fakes import ZEROS, FakeMachine, messages, run

J = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
LIST, POSE = "[1,2,3,4,5,6]", "p[1,2,3,4,5,6]"

# The functions that ur-rtde's control program calls.
CALLED = """
enable_external_ft_sensor end_force_mode end_freedrive_mode end_teach_mode force_mode force_mode_set_damping
force_mode_set_gain_scaling freedrive_mode ft_rtde_input_enable get_actual_joint_positions_history get_actual_tcp_pose
get_actual_tool_flange_pose get_forward_kin get_freedrive_status get_inverse_kin get_inverse_kin_has_solution
get_joint_torques get_steptime get_target_payload get_target_payload_cog get_target_payload_inertia
get_target_tcp_speed get_target_waypoint get_tcp_offset is_steady is_within_safety_limits movej movel norm pose_sub
pose_trans protective_stop read_input_float_register read_input_integer_register rtde_set_watchdog servoc servoj
set_gravity set_payload set_target_payload set_tcp speedj speedl stopj stopl sync teach_mode textmsg tool_contact
write_output_float_register write_output_integer_register zero_ftsensor
""".split()  # noqa: SIM905


def test_all_that_the_usual_client_calls_is_there() -> None:
    assert set(CALLED) <= set(BUILTINS)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("sin(0)", "0"),
        ("atan2(1, 1)", f"{math.pi / 4:g}"),
        ("pow(2, 10)", "1024"),
        ("log(10, 1000)", "3"),
        ("ceil(1.2)", "2"),
        ("floor(-1.2)", "-2"),
        ("r2d(d2r(90))", "90"),
        ("norm(-3)", "3"),
        ("norm([3, 4])", "5"),
        ("length([1, 2, 3])", "3"),
        ('length("four")', "4"),
        ("size([[1, 2, 3], [4, 5, 6]])", "[2, 3]"),
        ("make_list(3, 1.5)", "[1.5, 1.5, 1.5]"),
        ("binary_list_to_integer([True, False, True])", "5"),
        ("integer_to_binary_list(5)[2]", "True"),
        ('to_str(1) + to_str(p[0,0,0,0,0,1]) + to_str(True) + "x"', "1p[0, 0, 0, 0, 0, 1]Truex"),
        ('to_num("42") + 1', "43"),
        ('to_num(" 1.5e1 ")', "15"),
        ("to_num(True)", "1"),
        ('str_sub("Hello", 1, 3)', "ell"),
        ('str_sub("Hello", 3)', "lo"),
        ('str_at("Hello", 4)', "o"),
        ('str_find("Hello", "l")', "2"),
        ('str_find("Hello", "l", 4)', "-1"),
        ('str_len("Hello")', "5"),
        ('str_empty("")', "True"),
        ('str_cat("a", 1)', "a1"),
        ("pose_trans(p[1,0,0,0,0,1.5707963267948966], p[1,0,0,0,0,0])[1]", "1"),
        ("pose_trans(p[1,0,0,0,0,0], pose_inv(p[1,0,0,0,0,0]))", "p[0, 0, 0, 0, 0, 0]"),
        ("pose_add(p[1,0,0,0,0,1], p[1,2,0,0,0,1])", "p[2, 2, 0, 0, 0, 2]"),
        ("pose_sub(p[2,2,0,0,0,2], p[1,0,0,0,0,1])", "p[1, 2, 0, 0, 0, 1]"),
        ("interpolate_pose(p[0,0,0,0,0,0], p[2,0,0,0,0,1], 0.5)", "p[1, 0, 0, 0, 0, 0.5]"),
        ("point_dist(p[0,0,0,1,1,1], p[3,4,0,0,0,0])", "5"),
        ("rpy2rotvec([0.5, 0, 0])", "[0.5, 0, 0]"),
        ("rotvec2rpy([0, 0.5, 0])[1]", "0.5"),
        ("get_steptime()", "0.002"),
        ("is_steady()", "True"),
        (f"get_inverse_kin({POSE})", "[1, 2, 3, 4, 5, 6]"),
        (f"get_inverse_kin({POSE}, [0,0,0,0,0,0], 0.01, 0.01, tcp=p[1,0,0,0,0,0])", "[0, 2, 3, 4, 5, 6]"),
        (f"get_inverse_kin_has_solution({POSE})", "True"),
        (f"get_forward_kin({LIST}, p[1,0,0,0,0,0])", "p[2, 2, 3, 4, 5, 6]"),
        ("get_forward_kin()", "p[0, 0, 0, 0, 0, 0]"),
        (f"is_within_safety_limits({LIST})", "True"),
        (f"is_within_safety_limits({POSE})", "True"),
        ("get_actual_joint_positions_history(7)[0]", "7"),
        ("get_standard_analog_in(1)", "1.5"),
        ("get_tool_analog_in(1)", "3.5"),
        ("tool_contact(direction=get_target_tcp_speed())", "0"),
        ("force()", "0"),
        ("get_target_payload_cog()", "[0, 0, 0]"),
    ],
)
def test_values(call: str, value: str) -> None:
    assert messages(f"textmsg({call})") == [value]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (f"movej({LIST})", ("movej", J, 1.4, 1.05, 0, 0)),
        (f"movej({POSE}, a=1, v=2, t=3)", ("movej", J, 1, 2, 3, 0)),
        (f"movel({POSE}, 1, 2, 0, 0.1)", ("movel", J, 1, 2, 0, 0.1)),
        (f"movel({LIST})", ("movel", J, 1.2, 0.25, 0, 0)),
        (f"movep({POSE}, r=0.1)", ("movep", J, 1.2, 0.25, 0.1)),
        (f"movec({POSE}, {POSE}, mode=1)", ("movec", J, J, 1.2, 0.25, 0, True)),
        ("stopj(2)", ("stopj", 2)),
        ("stopl(2)", ("stopl", 2, 2)),
        ("stopl(2, aRot=3)", ("stopl", 2, 3)),
        (f"servoj({LIST})", ("servoj", J, 0.002, 0.1, 300)),
        (f"servoj({LIST}, 0, 0, 0.008, 0.05, 500)", ("servoj", J, 0.008, 0.05, 500)),
        (f"servoc({POSE}, r=0.1)", ("servoc", J, 1.2, 0.25, 0.1)),
        (f"speedj({LIST}, 1)", ("speedj", J, 1)),
        (f"speedj({LIST}, 1, t=0.01)", ("speedj", J, 1)),
        (f"speedl({LIST}, 1, 0.01, aRot=2)", ("speedl", J, 1, 2)),
        ("freedrive_mode()", ("freedrive", (1,) * 6, ZEROS)),
        (f"freedrive_mode(freeAxes=[1,0,0,0,0,1], feature={POSE})", ("freedrive", (1, 0, 0, 0, 0, 1), J)),
        ("teach_mode()", ("freedrive", (1,) * 6, ZEROS)),
        ("end_teach_mode()", ("end_freedrive",)),
        (f"force_mode({POSE}, [0,0,1,0,0,0], {LIST}, 2, {LIST})", ("force_mode", J, (0, 0, 1, 0, 0, 0), J, 2, J)),
        ("end_force_mode()", ("end_force_mode",)),
        ("force_mode_set_damping(0.5)", ("damping", 0.5)),
        ("force_mode_set_gain_scaling(1.5)", ("gain", 1.5)),
        ("zero_ftsensor()", ("zero_ftsensor",)),
        ("ft_rtde_input_enable(True, 1.5)", ("external_ft", True, 1.5, (0.0,) * 3, (0.0,) * 3)),
        ("protective_stop()", ("protective_stop",)),
        ('popup("a", "b", error=True)', ("popup", "a", "b", False, True)),
        ('rtde_set_watchdog("input_int_register_0", 10, "stop")', ("watchdog", "input_int_register_0", 10.0, "stop")),
    ],
)
def test_what_the_machine_is_asked(call: str, asked: tuple) -> None:
    machine = FakeMachine()
    messages(call, machine)
    assert machine.log[0] == asked


def test_registers() -> None:
    machine = FakeMachine()
    machine.input_ints[3], machine.input_floats[4], machine.input_bits[64] = 7, 2.5, True
    body = """
        write_output_integer_register(1, read_input_integer_register(3) + 1)
        write_output_float_register(2, read_input_float_register(4))
        write_output_boolean_register(64, read_input_boolean_register(64))
        textmsg(read_output_integer_register(1), read_output_float_register(2))
        textmsg(read_output_boolean_register(64))
        """
    assert messages(body, machine) == ["82.5", "True"]


def test_signals() -> None:
    machine = FakeMachine()
    machine.digital_inputs[9] = machine.digital_inputs[17] = True
    body = """
        set_standard_digital_out(0, True)
        set_configurable_digital_out(1, get_configurable_digital_in(1))
        set_tool_digital_out(1, get_digital_in(9))
        set_digital_out(8, True)
        set_standard_analog_out(1, 0.5)
        set_analog_outputdomain(0, 1)
        set_tool_voltage(24)
        set_flag(3, True)
        textmsg(get_flag(3) and not get_flag(4) and get_digital_out(8))
        """
    assert messages(body, machine) == ["True"]
    assert [i for i, on in enumerate(machine.digital_outputs) if on] == [0, 9, 16, 17]
    assert machine.analog_outputs == [0.0, 0.5]


def test_load() -> None:
    machine = FakeMachine()
    messages(f"set_tcp({POSE})\nset_payload(1.5)\nset_gravity([0, 0, 9.8])", machine)
    assert machine.load == (1.5, (1.0, 2.0, 3.0), ZEROS)
    assert machine.gravity == (0.0, 0.0, 9.8)
    messages(f"set_payload(2, [1,1,1])\nset_target_payload(3, [0,0,1], {LIST})", machine)
    assert machine.load == (3, (0.0, 0.0, 1.0), J)


def test_a_blocking_popup_waits_for_its_answer() -> None:
    class Unanswered(FakeMachine):
        answered = False

        def popup_closed(self) -> bool:
            return self.answered

    machine = Unanswered()
    _, program = run('def f():\n popup("go on?", blocking=True)\n textmsg(1)\nend', machine, steps=50)
    assert program.running
    machine.answered = True
    assert not machine.step(program)
    assert machine.messages == ["1"]


def test_blended_moves_left_at_the_end_are_carried_out() -> None:
    class Collecting(FakeMachine):
        def finish_path(self):
            return self._move(("rest of the path",), self.q)

    machine = Collecting()
    _, program = run(f"def f():\n movel({POSE}, r=0.1)\nend", machine, steps=2)
    assert program.running
    assert machine.log[-1] == ("rest of the path",)
    while machine.step(program):
        pass
    assert program.error is None


def test_a_machine_without_force_mode_says_so() -> None:
    class Stiff(FakeMachine):
        def freedrive(self, axes, feature) -> None:
            raise RuntimeException("freedrive is not available on this controller")

    _, program = run("def f():\n teach_mode()\nend", Stiff())
    assert program.error is not None
    assert "not available" in program.error.text
