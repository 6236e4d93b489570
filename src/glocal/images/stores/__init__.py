"""Photos that lie in an object store: addresses that are used as paths are."""

from glocal.images.stores.address import Address, as_address, path_of, perhaps_gone, status_of

__all__ = ["Address", "as_address", "path_of", "perhaps_gone", "status_of"]
