"""Long work: a table that survives restarts, and the threads that do it."""

from glocal.service.jobs.job_kinds import safe_folder
from glocal.service.jobs.job_table import Job, JobTable, Kind
from glocal.service.jobs.runner import Runner

__all__ = [
    "Job",
    "JobTable",
    "Kind",
    "Runner",
    "safe_folder",
]
