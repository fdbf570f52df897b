"""Pure: arrays on AWS Batch, by the AWS command line that its users already have."""

from __future__ import annotations

from ..engine import Engine, Farm, Work
from .batch_options import BatchOptions, bucket_folder, gpu_warnings


def _engine(options: BatchOptions, output: str) -> Engine:
    from .batch_engine import BatchEngine

    return BatchEngine(options)


def _files(options: BatchOptions, work: Work) -> dict[str, bytes]:
    from .export import batch_files

    return batch_files(options, work)


FARM = Farm(
    name="aws_batch",
    label="AWS Batch",
    help="An array job, by the AWS command line",
    options=BatchOptions,
    engine=_engine,
    files=_files,
    warnings=gpu_warnings,
    bucket_folder=bucket_folder,
    variables=("AWS_", "ECS_", "EFS_"),
    essential=frozenset({"queue", "job_definition", "image"}),
    needs_network=True,
)
