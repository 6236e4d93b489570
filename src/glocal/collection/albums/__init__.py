"""A whole collection sorted into albums: the photos of one thing each, held together by proofs."""

from glocal.collection.albums.albums import Album, find_albums

__all__ = ["Album", "find_albums"]
