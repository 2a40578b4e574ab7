"""The cell in 3D: figures, frames, paths, contacts and sensor fields as nodes of viser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import viser

from cellkit.geometry import rotation_from_rpy
from cellkit.view.moment import Floats, Moment
from cellkit.view.scene import Figure, FigureSolid, Matrix, Scene, triple
from cellkit.view.shapes import capsule, quaternion

LAYERS = ("frames", "path travelled", "path planned", "contacts", "sensor fields", "names")
"""The layers that can be shown or hidden."""
_MOVED = 2e-5  # m, or change of an element of the rotation matrix, from which a node is updated
_TRAVELLED = (20, 110, 200)
_PLANNED = (230, 120, 0)
_TOUCHING = (200, 0, 60)
_SENSING = (0, 140, 110)
_NEWTON = 0.004  # m of an arrow per N
_MAX_ARROW = 0.25  # m


class Scene3D:
    """The nodes of one run. Call ``begin``, then ``add_figures``, then ``show`` for each new moment."""

    def __init__(self, server: viser.ViserServer) -> None:
        self._server = server
        self._nodes: dict[str, Any] = {}
        self._places: dict[str, Any] = {}
        self._visible: dict[str, bool] = {}
        self._tools: dict[str, Any] = {}
        self._layers: dict[str, list[Any]] = {}
        self._lines: dict[str, Any] = {}
        self._on = dict.fromkeys(LAYERS, True) | {"names": False}

    def begin(self, scene: Scene) -> None:
        """Begin another run: remove all nodes, and add those that never move."""
        self._server.scene.reset()
        for cache in (self._nodes, self._places, self._visible, self._tools, self._lines):
            cache.clear()
        self._layers = {name: [] for name in LAYERS}
        root = self._server.scene
        root.set_up_direction("+z")
        self._server.initial_camera.position = scene.eye
        self._server.initial_camera.look_at = scene.target
        self._server.initial_camera.fov = scene.angle
        root.add_grid("/floor", width=8.0, height=8.0, cell_size=0.25, section_size=1.0, fade_distance=25.0)
        for name, pose in scene.frames.items():
            wxyz, position = _placed(pose)
            axes = root.add_frame(
                f"/frames/{name}", axes_length=0.1, axes_radius=0.003, wxyz=wxyz, position=position, show_axes=True
            )
            self._layers["frames"] += [axes]
            self._label(f"/frame names/{name}", name, position)
        self._fields(scene)
        self._apply()

    def _label(self, node: str, text: str, position: Any) -> None:
        label = self._server.scene.add_label(node, text, position=position, font_screen_scale=0.8)
        self._layers["names"].append(label)

    def _fields(self, scene: Scene) -> None:
        for field in scene.fields:
            wxyz, position = _placed(field.pose)
            node = f"/sensors/{field.sensor}/{field.name}"
            if field.kind == "camera":
                drawn: Any = self._server.scene.add_camera_frustum(
                    node, field.angle, field.aspect, scale=0.12, thickness=0.003, color=_SENSING,
                    wxyz=wxyz, position=position,
                )  # fmt: skip
            else:
                corners = np.array(field.corners, dtype=np.float32)
                ends = np.roll(corners, -1, axis=0) if field.closed else corners[1:]
                segments = np.stack([corners[: len(ends)], ends], axis=1)
                drawn = self._server.scene.add_line_segments(
                    node, segments, _SENSING, thickness=0.004, wxyz=wxyz, position=position
                )
            self._layers["sensor fields"].append(drawn)
            self._label(f"/sensor names/{field.sensor}/{field.name}", field.name, position)

    def add_figures(self, figures: Mapping[str, Figure]) -> None:
        """Add the figures that have no node yet."""
        for name, figure in figures.items():
            if name in self._nodes:
                continue
            node = f"/cell/{name}"
            self._nodes[name] = self._server.scene.add_frame(node, show_axes=False)
            self._visible[name] = True
            for number, solid in enumerate(figure.looks):
                self._solid(f"{node}/solid {number}", solid)
            if "/" not in name:
                self._layers["names"].append(
                    self._server.scene.add_label(f"{node}/name", name, font_screen_scale=0.7, visible=False)
                )
        self._apply()

    def _solid(self, node: str, solid: FigureSolid) -> None:
        root = self._server.scene
        red, green, blue = (round(255 * share) for share in solid.colour)
        wxyz = quaternion(rotation_from_rpy(*solid.rpy))
        at: dict[str, Any] = {"wxyz": wxyz, "position": solid.xyz, "color": (red, green, blue)}
        x, _, z = solid.size
        if solid.kind == "box":
            root.add_box(node, dimensions=solid.size, **at)
        elif solid.kind == "cylinder":
            root.add_cylinder(node, radius=x / 2, height=z, **at)
        elif solid.kind == "sphere":
            root.add_icosphere(node, radius=x / 2, **at)
        else:
            vertices, faces = capsule(x, z)
            root.add_mesh_simple(node, vertices, faces, **at)

    def switch(self, layer: str, on: bool) -> None:
        """Show or hide one of ``LAYERS``."""
        self._on[layer] = on
        self._apply()

    def _apply(self) -> None:
        for layer, nodes in self._layers.items():
            for node in nodes:
                if node.visible != self._on[layer]:
                    node.visible = self._on[layer]

    def show(self, moment: Moment, travelled: Mapping[str, Sequence[Any]], planned: Mapping[str, Floats]) -> None:
        """Show the cell at a moment, with the travelled and the planned path (n, 3) of every TCP."""
        with self._server.atomic():
            places = dict(zip(moment.names, moment.places, strict=True))
            for name, node in self._nodes.items():
                place = places.get(name)
                if self._visible[name] != (place is not None):
                    self._visible[name] = node.visible = place is not None
                if place is not None:
                    self._put(name, node, place)
            for arm, place in moment.tools.items():
                if arm not in self._tools:
                    self._tools[arm] = self._server.scene.add_frame(
                        f"/tools/{arm}", axes_length=0.08, axes_radius=0.003, visible=self._on["frames"]
                    )
                    self._layers["frames"].append(self._tools[arm])
                self._put(f"tool of {arm}", self._tools[arm], place)
            for arm, path in travelled.items():
                self._line(f"/travelled/{arm}", "path travelled", path, _TRAVELLED)
            for arm, points in planned.items():
                self._line(f"/planned/{arm}", "path planned", points, _PLANNED)
            self._contacts(moment)

    def _put(self, name: str, node: Any, place: Floats) -> None:
        before = self._places.get(name)
        if before is not None and np.abs(place - before).max() < _MOVED:
            return
        self._places[name] = place
        node.wxyz = quaternion(place[:, :3])
        node.position = tuple(float(value) for value in place[:, 3])

    def _line(self, node: str, layer: str, points: Any, colour: tuple[int, int, int]) -> None:
        count = len(points) if self._on[layer] else 0
        key = (count, tuple(points[0]), tuple(points[-1])) if count > 1 else None
        if self._lines.get(node) == key:
            return
        self._lines[node] = key
        corners = np.asarray(points, dtype=np.float32) if key else np.zeros((2, 3), dtype=np.float32)
        segments = np.stack([corners[:-1], corners[1:]], axis=1)
        self._server.scene.add_line_segments(node, segments, colour, thickness=0.004, visible=key is not None)

    def _contacts(self, moment: Moment) -> None:
        shown = moment.contacts if self._on["contacts"] else ()
        key = tuple((contact.point, contact.force) for contact in shown)
        if self._lines.get("contacts") == key:
            return
        self._lines["contacts"] = key
        points = np.zeros((max(1, len(shown)), 2, 3), dtype=np.float32)
        for number, contact in enumerate(shown):
            force = np.array(contact.force)
            size = float(np.linalg.norm(force))
            if size > 0.0:
                force *= min(_NEWTON * size, _MAX_ARROW) / size
            points[number] = contact.point, np.array(contact.point) + force
        self._server.scene.add_arrows(
            "/contacts",
            points,
            _TOUCHING,
            shaft_radius=0.002,
            head_radius=0.006,
            head_length=0.015,
            visible=bool(shown),
        )


def _placed(pose: Matrix) -> tuple[tuple[float, float, float, float], tuple[float, float, float]]:
    matrix = np.array(pose)
    return quaternion(matrix[:3, :3]), triple(matrix[:3, 3])
