"""Pure: arrays as files of Open Job Description, for farms that take those."""

from __future__ import annotations

from ..engine import Farm, Work
from ..options import NoOptions


def _files(options: NoOptions, work: Work) -> dict[str, bytes]:
    from .job_bundle import bundle_files

    return bundle_files(work)


FARM = Farm(
    name="open_job_description",
    label="Open Job Description",
    help="Only files, for Deadline Cloud",
    options=NoOptions,
    files=_files,
    variables=("DEADLINE_", "OPENJD_"),
)
