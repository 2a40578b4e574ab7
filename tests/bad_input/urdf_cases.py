"""Descriptions of an arm's shapes that are no URDF, or hold absurd things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from case import Case

from cellkit import registry

ARM = registry.model_files()["ur5e"].read_text(encoding="utf-8")
WORDS = ("run", "pick_and_place", "--quantity", "1", "--arm", "./arm.yaml")
BOMB = (
    "<!DOCTYPE a [<!ENTITY a 'x'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '&{chr(97 + n)};&{chr(97 + n)};'>" for n in range(20))
    + "]><robot>&u;</robot>"
)
TEXTS = (
    "", "x", "<robot>", "<robot/>", "<a/>", BOMB, "<robot>" * 20_000, "<robot>\x00</robot>", "\ufeff<robot/>",
    "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><robot/>", "<robot><joint/><link/></robot>",
    "<robot><joint name='shoulder_pan_joint'/></robot>", "<?xml version='1.0' encoding='no-such'?><robot/>",
    "<robot><joint name='shoulder_pan_joint'><parent/><child/></joint></robot>",
    "<robot><joint name='shoulder_pan_joint'><parent link='&#27;[2J'/><child link='[/x]'/></joint></robot>",
)  # fmt: skip


def urdf_cases() -> Iterator[Case]:
    """Yield a case for each text in the place of a URDF."""
    for number, text in enumerate(TEXTS):

        def write(folder: Path, text: str = text) -> None:
            (folder / "arm.yaml").write_text(f"{ARM}\nurdf: arm.urdf\n", encoding="utf-8")
            (folder / "arm.urdf").write_text(text, encoding="utf-8")

        yield Case(f"URDF {number}: {text[:30]!r}", WORDS, write, refused=True)
