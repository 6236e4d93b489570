"""Search in the browser and over REST: a page for people, an API for programs, and what keeps both safe."""

from glocal.service.access import Rights, TokenFile
from glocal.service.server import listen, serve
from glocal.service.settings import MEGABYTE, Settings, SettingsError

__all__ = [
    "MEGABYTE",
    "Rights",
    "Settings",
    "SettingsError",
    "TokenFile",
    "listen",
    "serve",
]
