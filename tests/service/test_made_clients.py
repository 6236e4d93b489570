"""Clients in Python and TypeScript, made by generators from the description of the API, against the service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess

from glocal.service.settings import Settings

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples" / "client"
TYPESCRIPT = EXAMPLES / "typescript"
GENERATOR = shutil.which("openapi-python-client")
LIMIT_SECONDS = 300
PYTHON_CLIENT = """
import sys
from pathlib import Path
from made import Client
from made.api.photos import annotate_photo, photo_facts, photos
from made.api.pictures import picture
from made.api.search import query_facts, search, upload_query
from made.models import AnnotatePhotoMetadata, BodyUploadQuery, PhotoAnswer, ProblemDocument, SearchAnswer
from made.types import File

client = Client(base_url=sys.argv[1])
with open(sys.argv[2], "rb") as photo:
    sent = File(payload=photo, file_name="a.jpg", mime_type="image/jpeg")
    query = upload_query.sync(client=client, body=BodyUploadQuery(photo=sent))
answer = search.sync("demo", client=client, view=[query.view], top=3)
assert isinstance(answer, SearchAnswer)
print(*(hit.photo.name for hit in answer.hits), sep="\\n")
assert {hit.verdict for hit in answer.hits} <= {"proved", "likely", "similar"}
assert len(photos.sync("demo", client=client).photos) == 6
described = annotate_photo.sync("demo", 1, client=client, body=AnnotatePhotoMetadata.from_dict({"year": 2024}))
assert isinstance(described, PhotoAnswer)
assert described.metadata.to_dict() == {"year": 2024}
assert picture.sync("demo", 1, client=client).payload.read(2) == bytes.fromhex("ffd8")  # a JPEG
refused = photo_facts.sync("demo", 4711, client=client)
assert isinstance(refused, ProblemDocument)
assert refused.status == 404
"""


def run(command: list[str], folder: Path, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(GENERATOR is None, reason="needs `pipx install openapi-python-client`")
def test_a_client_in_python_is_made_and_searches(own_copy: Path, tmp_path: Path, example_photos: Path) -> None:
    pytest.importorskip("attrs", reason="the client needs `pip install httpx attrs`")
    with ServiceProcess(Settings({"demo": own_copy}, tmp_path / "state"), tmp_path / "log") as service:
        (tmp_path / "description.json").write_text(httpx.get(f"{service.api}/openapi.json").text)
        config = str(EXAMPLES / "python" / "generator.yaml")
        options = ["--path", "description.json", "--config", config, "--meta", "none", "--output-path", "made"]
        run([str(GENERATOR), "generate", *options, "--fail-on-warning"], tmp_path)
        query = example_photos / "stitch_kayak/kayak_02.jpg"
        found = run([sys.executable, "-c", PYTHON_CLIENT, service.url, str(query)], tmp_path)
    assert sorted(found.split()) == [f"stitch_kayak/kayak_0{number}.jpg" for number in (1, 2, 3)]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js: apt-get install nodejs npm")
def test_a_client_in_typescript_is_made_and_searches(
    service: ServiceProcess, tmp_path: Path, example_photos: Path
) -> None:
    if not (TYPESCRIPT / "node_modules").is_dir():
        pytest.skip(f"needs `npm install` in {TYPESCRIPT}")
    for path in TYPESCRIPT.iterdir():
        if path.suffix in (".json", ".ts") and path.name != "api.d.ts":
            shutil.copy(path, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    for step in ("describe", "build"):
        run(["npm", "run", step], tmp_path, GLOCAL_URL=service.url)
    query = example_photos / "stitch_kayak/kayak_02.jpg"
    found = run(["node", "built/search.js", str(query)], tmp_path, GLOCAL_URL=service.url)
    proved = [line.split()[0] for line in found.splitlines() if " proved " in line]
    assert sorted(proved) == [f"stitch_kayak/kayak_0{number}.jpg" for number in (1, 2, 3)]
