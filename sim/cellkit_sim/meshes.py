"""Round surfaces for pictures, as Wavefront OBJ text: PyBullet draws its own capsules with a dozen corners."""

from __future__ import annotations

import math
import re

AROUND = 36
RINGS = 9  # of one cap, from its pole to its rim


_ROUND = re.compile(
    r'(<visual>(?:(?!</visual>).)*?<geometry>)<(capsule|sphere|cylinder) radius="([^"]+)"(?: length="([^"]+)")?/>', re.S
)


def with_round_visuals(urdf: str) -> tuple[str, dict[str, str]]:
    """The URDF with meshes for the round shapes of its visuals, and those meshes as text by file name."""
    files: dict[str, str] = {}

    def replaced(found: re.Match[str]) -> str:
        head, kind, radius, length = found.groups()
        name = f"round{len(files)}.obj"
        make = cylinder if kind == "cylinder" else capsule
        # Neighbours of one radius would share a surface at their joint, and flicker there.
        files[name] = make(float(radius) * (1.0 - 0.015 * (len(files) % 3)), float(length or 0.0))
        return f'{head}<mesh filename="{name}"/>'

    return _ROUND.sub(replaced, urdf), files


def capsule(radius: float, length: float) -> str:
    """A capsule about z (m), ``length`` without the caps; 0 gives a sphere."""
    profile = [(0.5 * math.pi * ring / RINGS, length / 2) for ring in range(RINGS + 1)]
    profile += [(math.pi - angle, -offset) for angle, offset in reversed(profile)]
    return _turned([(radius * math.sin(a), z + radius * math.cos(a), math.sin(a), math.cos(a)) for a, z in profile])


def cylinder(radius: float, length: float) -> str:
    """A cylinder about z (m), its middle at the origin."""
    top = length / 2
    upper = [(0.0, top, 0.0, 1.0), (radius, top, 0.0, 1.0), (radius, top, 1.0, 0.0)]
    return _turned([*upper, *((r, -z, out, -up) for r, z, out, up in reversed(upper))])


def _turned(profile: list[tuple[float, float, float, float]]) -> str:
    """The surface of a profile (radius, z, and the normal's two components) turned about z."""
    vertices, normals, faces = [], [], []
    for r, z, out, up in profile:
        for step in range(AROUND):
            cosine, sine = math.cos(2 * math.pi * step / AROUND), math.sin(2 * math.pi * step / AROUND)
            vertices.append(f"v {r * cosine:.6f} {r * sine:.6f} {z:.6f}")
            normals.append(f"vn {out * cosine:.5f} {out * sine:.5f} {up:.5f}")
    for ring in range(len(profile) - 1):
        for step in range(AROUND):
            a, b = ring * AROUND + step + 1, ring * AROUND + (step + 1) % AROUND + 1
            c, d = a + AROUND, b + AROUND
            faces.append(f"f {a}//{a} {c}//{c} {d}//{d}")
            faces.append(f"f {a}//{a} {d}//{d} {b}//{b}")
    uv = ["vt 0 0"]  # the loader wants one
    return "\n".join([*vertices, *uv, *normals, *faces]) + "\n"
