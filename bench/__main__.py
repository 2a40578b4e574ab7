"""``make bench``: all ratios, each to a baseline of the same run; ``--write`` writes them into bench/README.md."""

from __future__ import annotations

import sys

from bench import (
    bodies,
    gateway,
    ik,
    industrial,
    jobs,
    kinematic,
    physics,
    recording,
    roundtrip,
    shift,
    startup,
    study,
    view,
    wire,
)
from bench.report import print_table, write_table

HEADINGS = "what", "measured", "target", "from"


def rows() -> list[tuple[str, str, str, str]]:
    """Measure all benchmarks; return rows of name, ratio, target and the times behind the ratio."""
    found = []
    ratio, own, bare = physics.measure()
    found.append(("physics run ÷ bare PyBullet loop", f"{ratio:.2f}", "≤ 1.15", f"{own:.2f} s ÷ {bare:.2f} s"))
    factor, simulated = kinematic.measure()
    detail = f"{kinematic.PARTS} parts, {simulated:.0f} s simulated in {simulated / factor:.2f} s"
    found.append(("kinematic real-time factor", f"{factor:.0f}", "≥ 3000", detail))
    factor, taken, runs = shift.measure()
    detail = f"8 h of dual_arm_handover, {runs} runs, in {taken:.1f} s of one core"
    found.append(("shift, real-time factor", f"{factor:.0f}", "≥ 960", detail))
    detail = "machine_tending, one seed, one shift, no dependencies; processor time of all its processes"
    found.append(("study of one concept", f"{study.measure():.1f} s", "", detail))
    for warm in (True, False):
        own, bare, same = ik.measure(warm=warm)
        what = f"inverse kinematics ÷ bare ik_LM, {'near' if warm else 'random'} targets"
        detail = f"{own * 1e6:.1f} µs ÷ {bare * 1e6:.1f} µs (bare at our tolerance: {same * 1e6:.1f} µs)"
        found.append((what, f"{own / bare:.2f}", "≤ 1.5", detail))
    found += startup.rows()
    for model in wire.models():
        by_wire, direct = wire.measure(model, parts=wire.PARTS)
        target = "≥ 5" if model == "ur5e" else "> 1"
        found.append((f"wire path, real-time factor: {model}", f"{by_wire:.0f}", target, f"directly {direct:.0f}"))
    for gripper in wire.HANDS:
        by_wire, direct = wire.measure("ur5e", gripper, parts=wire.PARTS)
        found.append((f"… ur5e with {gripper}", f"{by_wire:.0f}", "> 1", f"directly {direct:.0f}"))
    for scenario in wire.SENSING:
        by_wire, direct = wire.measure(scenario=scenario)
        found.append((f"… {scenario}", f"{by_wire:.0f}", "> 1", f"directly {direct:.0f}"))
    both = roundtrip.measure()
    if both is None:
        found.append(("UR driver ÷ ur-rtde, loopback TCP", "-", "", "run `make test-clients` first: it brings ur-rtde"))
    else:
        (read, command), (their_read, their_command) = both
        detail = f"{read * 1e6:.1f} µs ÷ {their_read * 1e6:.1f} µs"
        found.append(("UR state read ÷ ur-rtde's", f"{read / their_read:.1f}", "", detail))
        detail = f"{command * 1e3:.1f} ms ÷ {their_command * 1e3:.1f} ms"
        found.append(("UR command round trip ÷ ur-rtde's", f"{command / their_command:.2f}", "", detail))
    return [*found, *bodies.rows(), *industrial.rows(), *jobs.rows(), *recording.rows(), *view.rows(), *gateway.rows()]


def main() -> None:
    """Measure and print all ratios; write them to the README if asked."""
    results = rows()
    print_table(HEADINGS, results)
    if "--write" in sys.argv[1:]:
        write_table("figures", HEADINGS, results)


if __name__ == "__main__":
    main()
