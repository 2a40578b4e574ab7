"""An invented protocol with one line of text per message, shared by driver and robot. It uses no clock and no device.

A request is a word and numbers: ``MOVEJ 1.0 1.0 0.5 …``. An answer is ``OK`` and numbers, or ``ERROR kind;code;text``.
Real protocols are in ``drivers/cellkit_<vendor>/protocol/``.
"""

from collections.abc import Iterable

from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.geometry import Pose, frozen


def encode(word: str, *values: float | Iterable[float]) -> str:
    """Return a line of a word and numbers, exact to the last digit."""
    numbers = [number for value in values for number in (value if isinstance(value, Iterable) else (value,))]
    return " ".join([word, *(repr(float(number)) for number in numbers)])


def decode(line: str) -> tuple[str, list[float]]:
    """Return the word and the numbers of a line."""
    word, *numbers = line.split(" ")
    return word, [float(number) for number in numbers]


def seven(pose: Pose) -> list[float]:
    """Return a pose as x, y, z in m and a quaternion."""
    return [*(float(value) for value in pose.position), *pose.quaternion]


def pose(numbers: list[float]) -> Pose:
    """Return the pose that seven numbers describe."""
    return Pose.from_quaternion(numbers[:3], numbers[3:7])


def encode_motion(motion: Motion) -> str:
    """Return the request line for a motion."""
    match motion:
        case JointMotion():
            return encode("MOVEJ", motion.speed, motion.acceleration, motion.joints)
        case LinearMotion():
            return encode("MOVEL", motion.speed, motion.acceleration, seven(motion.goal))
        case CircularMotion():
            return encode("MOVEC", motion.speed, motion.acceleration, seven(motion.via), seven(motion.goal))
        case PathMotion():
            points = [number for one in motion.waypoints for number in (*seven(one.pose), one.blend_radius)]
            return encode("MOVEP", motion.speed, motion.acceleration, points)


def decode_motion(word: str, numbers: list[float]) -> Motion | None:
    """Return the motion of a request, or None if the request is none for a motion."""
    speed, acceleration, *rest = numbers if len(numbers) > 2 else (0.0, 0.0)
    match word:
        case "MOVEJ":
            return JointMotion(frozen(rest), speed, acceleration)
        case "MOVEL":
            return LinearMotion(pose(rest), speed, acceleration)
        case "MOVEC":
            return CircularMotion(pose(rest), pose(rest[7:]), speed, acceleration)
        case "MOVEP":
            points = [rest[start : start + 8] for start in range(0, len(rest), 8)]
            return PathMotion(tuple(Waypoint(pose(one), one[7]) for one in points), speed, acceleration)
    return None
