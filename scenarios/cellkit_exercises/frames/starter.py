"""Point at every mark, 50 mm above it and turned as the mark is. Start here; text.md describes the task."""

from cellkit.cell import Cell


async def main(cell: Cell) -> None:
    """Locate the marks; the rest is missing."""
    arm, vision = cell.arm("robot"), cell.locator("vision")

    await arm.move_joint(arm.home)
    for seen in await vision.locate("mark"):
        state = await arm.state()
        print(f"{seen.name} lies at {seen.pose}; the tool is at {state.tcp}")
        # 1. The mark's z axis points up, the tool's must point down: which turn is missing?
        # 2. The tool must be 50 mm above the mark's *middle*.
        # 3. A tool turned by half a turn is as good; arm.nearest([...]) chooses. Then arm.move_pose(...).
