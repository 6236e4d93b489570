"""What the operator decides, checked once."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from glocal.cores import available_cores
from glocal.errors import GlocalError

MEGABYTE = 1024 * 1024
SHORTEST_TOKEN = 16
"""Characters. 16 random letters and digits are some 95 bits: nobody guesses them over a network."""

ACCESS_FILE = "tokens.json"
"""Of named tokens, in the folder of the state. Once it is there, callers need a token."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ROOT = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class SettingsError(GlocalError):
    """The service was asked to run in a way that is unsafe or makes no sense."""


@dataclass(frozen=True)
class Settings:
    """How the service runs.

    Attributes:
        collections: name in URLs → folder of the collection; at least one, the first is the page's default.
        state: folder of jobs, uploaded queries and added photos.
        roots: name → folder below which clients may ask for photos to be indexed.
        host, port: where to listen.
        token: allows everything; None: everything is allowed, to this machine alone.
        read_token: allows everything that changes no collection.
        hostnames: names, beside loopback's, by which browsers may call a service without tokens.
        root_path: where a proxy has put the service, such as "/photos"; empty: at the root.
        proxies: addresses and networks of proxies that are believed what they say of the client.
        workers: processes.
        max_upload: most bytes of a request.
        max_pixels: most pixels of an uploaded photo.
        slots: searches at once in each worker.
        waiting: searches that may wait in each worker; more are answered 429.
        wait_seconds: how long a search may wait before it is answered 429.
        body_seconds: how long a client may fall silent while it sends a request.
        followed_seconds: how long a stream of a collection's events lasts. Listeners connect again by themselves; one
            whose token was revoked meanwhile is then refused.
        query_bytes: most bytes of uploaded queries kept, for deep links; the oldest go first.

    Raises:
        SettingsError: a value is out of range, or others than this machine could come in without a token.
    """

    collections: Mapping[str, Path]
    state: Path
    roots: Mapping[str, Path] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    read_token: str | None = None
    hostnames: tuple[str, ...] = ()
    root_path: str = ""
    proxies: tuple[str, ...] = ()
    workers: int = 1
    max_upload: int = 64 * MEGABYTE
    max_pixels: int = 64_000_000
    slots: int = field(default_factory=available_cores)
    waiting: int = 64
    wait_seconds: float = 20.0
    body_seconds: float = 20.0
    followed_seconds: float = 600.0
    query_bytes: int = 1024 * MEGABYTE

    def __post_init__(self) -> None:
        if not self.collections:
            raise SettingsError("name at least one collection: --collection DIR")
        for name in (*self.collections, *self.roots):
            if not NAME.fullmatch(name):
                raise SettingsError(f"{name!r} cannot stand in a URL; name it with letters, digits, - and _")
        for token in (self.token, self.read_token):
            if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or " " in token):
                raise SettingsError(f"a token needs at least {SHORTEST_TOKEN} ASCII characters and no spaces")
        if self.token is None and self.read_token is not None:
            raise SettingsError("a read token alone lets nobody write; give --token too")
        if self.token is not None and self.token == self.read_token:
            raise SettingsError("the read token and the token must differ")
        if self.token is None and not (self.state / ACCESS_FILE).exists() and not is_loopback(self.host):
            raise SettingsError(
                f"{self.host} can be reached from other machines; give --token, or GLOCAL_TOKEN, or make one by "
                "`glocal token add`"
            )
        if not _ROOT.fullmatch(self.root_path):
            raise SettingsError(f"--root-path {self.root_path}: write it as /photos, with letters, digits, -, _ and .")
        networks_of(self.proxies)
        numbers = (self.workers, self.max_upload, self.max_pixels, self.slots, self.waiting, self.wait_seconds)
        if min(numbers) <= 0 or min(self.body_seconds, self.followed_seconds) <= 0 or not 0 <= self.port <= 65535:
            raise SettingsError("numbers of workers, bytes, pixels, slots and seconds must be positive")

    def to_json(self) -> str:
        """Return what `from_json` reads, for the worker processes."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        for name in ("collections", "roots"):
            values[name] = {key: Path(folder) for key, folder in values[name].items()}
        for name in ("hostnames", "proxies"):
            values[name] = tuple(values[name])
        return cls(**{**values, "state": Path(values["state"])})


def networks_of(addresses: Sequence[str]) -> list[Network]:
    """Read addresses and networks, such as 127.0.0.1 and 10.0.0.0/8.

    Raises:
        SettingsError: one is neither.
    """
    try:
        return [ipaddress.ip_network(address) for address in addresses]
    except ValueError as error:
        raise SettingsError(f"--behind-proxy: {error}; give addresses or networks, as 10.0.0.0/8") from None


def is_loopback(host: str) -> bool:
    """Say whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
