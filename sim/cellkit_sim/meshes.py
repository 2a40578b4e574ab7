"""Round surfaces for pictures, as Wavefront OBJ text, since PyBullet draws its own capsules with a dozen corners."""

from __future__ import annotations

import math
import re

AROUND = 36
RINGS = 9  # of one cap, from its pole to its rim


_ROUND = re.compile(
    r'(<visual>(?:(?!</visual>).)*?<geometry>)<(capsule|sphere|cylinder) radius="([^"]+)"(?: length="([^"]+)")?/>', re.S
)


def with_round_visuals(urdf: str) -> tuple[str, dict[str, str]]:
    """Replace the round visuals of a URDF by meshes. Return the URDF, and the text of the meshes by file name."""
    files: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        head, kind, radius, length = match.groups()
        name = f"round{len(files)}.obj"
        make = cylinder if kind == "cylinder" else capsule
        # Neighbours of equal radius would share a surface at their joint and flicker there, so radii differ slightly.
        files[name] = make(float(radius) * (1.0 - 0.015 * (len(files) % 3)), float(length or 0.0))
        return f'{head}<mesh filename="{name}"/>'

    return _ROUND.sub(replace, urdf), files


def capsule(radius: float, length: float) -> str:
    """Return a capsule about z (m); ``length`` without the caps, 0 for a sphere."""
    profile = [(0.5 * math.pi * ring / RINGS, length / 2) for ring in range(RINGS + 1)]
    profile += [(math.pi - angle, -offset) for angle, offset in reversed(profile)]
    return _revolved([(radius * math.sin(a), z + radius * math.cos(a), math.sin(a), math.cos(a)) for a, z in profile])


def cylinder(radius: float, length: float) -> str:
    """Return a cylinder about z (m), with its middle at the origin."""
    top = length / 2
    upper = [(0.0, top, 0.0, 1.0), (radius, top, 0.0, 1.0), (radius, top, 1.0, 0.0)]
    return _revolved([*upper, *((r, -z, out, -up) for r, z, out, up in reversed(upper))])


def _revolved(profile: list[tuple[float, float, float, float]]) -> str:
    """Return the surface of a profile (radius, z, radial and axial part of the normal) that is rotated about z."""
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
    uv = ["vt 0 0"]  # the loader needs one
    return "\n".join([*vertices, *uv, *normals, *faces]) + "\n"
