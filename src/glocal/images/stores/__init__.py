"""Photos that lie in an object store: addresses that are used as paths are."""

from glocal.images.stores.address import Address, as_address, path_of, perhaps_gone, status_of
from glocal.images.stores.s3 import ReplacedError

__all__ = ["Address", "ReplacedError", "as_address", "path_of", "perhaps_gone", "status_of"]
