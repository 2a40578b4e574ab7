"""A separator beside a number of a job: read, or refused with the codec's own error."""

from __future__ import annotations

from cellkit_yaskawa.protocol.inform import Job, read_job


def test_a_separator_beside_a_number_is_stripped() -> None:
    job = Job("J", ((1, 2, 3, 4, 5, 6),), ("NOP",))
    assert read_job(job.encode().replace(b"=1,", b"=1\x1f,")).positions == job.positions
