"""Values of the collection as answers of the API."""

from __future__ import annotations

import json
import os
from pathlib import Path

from glocal.service.answers import job_answer
from glocal.service.jobs import JobTable


def test_a_job_that_names_a_file_in_no_encoding_is_answered(tmp_path: Path) -> None:
    table = JobTable(tmp_path / "jobs.sqlite")
    table.put("demo", "add", {})
    claimed = table.claim("add", "me")
    assert claimed is not None
    name = os.fsdecode(b"caf\xe9.jpg")
    table.finish(claimed, "me", "done", {"unreadable": [{"name": name, "reason": "cut off"}], "added": 1})
    (stored,) = table.latest(5)
    answer = json.loads(job_answer(stored).model_dump_json())
    assert answer["result"] == {"unreadable": [{"name": "caf?.jpg", "reason": "cut off"}], "added": 1}
