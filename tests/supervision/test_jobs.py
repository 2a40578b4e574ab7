"""The board of jobs on its own: order, resources, cancelling at any moment, and what is remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import GraspLost, MotionAborted, OutOfReach
from cellkit.supervision.jobs import MOST_KEPT, MOST_WAITING, Job, JobBoard, JobState
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import run


async def quick(_job: Job) -> dict[str, Any]:
    await asyncio.sleep(1.0)
    return {"answer": 42}


def submit(board: JobBoard, *resources: str, work: Any = quick) -> Job:
    return board.submit("Do", resources[0] if resources else "", {}, "somebody", resources, work)


def test_jobs_of_one_device_run_one_after_the_other_and_others_beside_them() -> None:
    async def main() -> None:
        board = JobBoard("t")
        first, second, other = submit(board, "a"), submit(board, "a"), submit(board, "b")
        await asyncio.sleep(0.5)
        assert [one.state.name for one in (first, second, other)] == ["EXECUTING", "QUEUED", "EXECUTING"]
        await board.finished(second)
        assert first.result == second.result == {"answer": 42}
        assert second.started is not None
        assert first.ended is not None
        assert other.state is JobState.SUCCEEDED

    run(main())


def test_a_job_that_needs_everything_is_not_overtaken() -> None:
    async def main() -> None:
        board = JobBoard("t")
        running, program, late = submit(board, "a"), submit(board, "a", "b"), submit(board, "b")
        await asyncio.sleep(0.5)
        assert late.state is JobState.QUEUED, "it must not starve the one that waits for both"
        await board.finished(late)
        assert [one.state for one in (running, program)] == [JobState.SUCCEEDED] * 2

    run(main())


@pytest.mark.parametrize("moment", [None, 0.0, 0.5])
def test_cancelled_at_any_moment_it_ends(moment: float | None) -> None:
    async def main() -> None:
        board = JobBoard("t")
        job, following = submit(board, "a"), submit(board, "a")
        if moment is not None:
            await asyncio.sleep(moment)
        board.cancel(job, "no longer wanted")
        await board.finished(job)
        assert (job.state, job.failure, job.reason) == (JobState.CANCELLED, "Cancelled", "no longer wanted")
        with pytest.raises(RequestRefused, match="has ended already") as refused:
            board.cancel(job, "again")
        assert refused.value.why is RefusalCode.WRONG_STATE
        await board.finished(following)
        assert following.state is JobState.SUCCEEDED

    run(main())


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OutOfReach("arm", "too far"), "Unreachable"),
        (GraspLost("hand", "gone"), "GraspLost"),
        (MotionAborted("arm", "stopped"), "Aborted"),
        (ZeroDivisionError("oops"), "Error"),
    ],
)
def test_errors_become_failures_by_name(error: Exception, failure: str) -> None:
    async def fails(_job: Job) -> dict[str, Any]:
        raise error

    async def main() -> None:
        board = JobBoard("t")
        job = submit(board, "a", work=fails)
        await board.finished(job)
        assert (job.state, job.failure) == (JobState.FAILED, failure)
        assert str(error) in job.reason

    run(main())


def test_too_many_waiting_are_refused_and_old_ones_forgotten() -> None:
    async def main() -> None:
        board = JobBoard("t")
        for _ in range(MOST_WAITING + 1):
            submit(board, "a")
        with pytest.raises(RequestRefused) as refused:
            submit(board, "a")
        assert refused.value.why is RefusalCode.FULL
        await board.close("over")
        assert not board.active()
        jobs = []
        for _ in range(MOST_KEPT + 20):
            jobs.append(submit(board, "a"))
            await board.finished(jobs[-1])
        assert len(board.jobs()) <= MOST_KEPT + 1
        assert len({job.id for job in jobs}) == len(jobs)
        with pytest.raises(RequestRefused, match="is stored"):
            board.get(jobs[0].id)

    run(main())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["submit", "cancel", "wait"]),
            st.integers(0, 9),
            st.sets(st.sampled_from("abc"), max_size=3),
        ),
        max_size=40,
    )
)
def test_whatever_happens_every_job_ends_once_and_none_share_a_resource(steps: list[Any]) -> None:
    async def main() -> None:
        board, busy, ends = JobBoard("t"), set[str](), list[str]()

        async def work(job: Job) -> dict[str, Any]:
            assert not busy & job.resources
            busy.update(job.resources)
            try:
                await asyncio.sleep(0.3)
            finally:
                busy.difference_update(job.resources)
            return {}

        board.on_change(lambda job: ends.append(job.id) if job.state.ended else None)
        jobs: list[Job] = []
        for what, number, resources in steps:
            if what == "submit" and len(board.active()) < MOST_WAITING:
                jobs.append(submit(board, *sorted(resources), work=work))
            elif what == "cancel" and number < len(jobs) and not jobs[number].state.ended:
                board.cancel(jobs[number], "so")
            elif what == "wait":
                await asyncio.sleep(number / 10)
        for job in jobs:
            await board.finished(job)
        assert sorted(ends) == sorted(job.id for job in jobs)

    run(main())
