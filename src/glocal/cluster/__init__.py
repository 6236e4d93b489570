"""A collection in shards, searched as one."""

from glocal.cluster.cluster import Cluster
from glocal.cluster.indexing import index_photos
from glocal.cluster.layout import MOST_SHARDS, Layout
from glocal.cluster.opening import AnyCollection, check_collection, kind_of, open_collection
from glocal.cluster.published import store_address
from glocal.cluster.publishing import Moved, fetch, publish
from glocal.cluster.resharding import reshard
from glocal.cluster.serving import serve_shards
from glocal.cluster.status import Shard, shards_of

__all__ = [
    "MOST_SHARDS",
    "AnyCollection",
    "Cluster",
    "Layout",
    "Moved",
    "Shard",
    "check_collection",
    "fetch",
    "index_photos",
    "kind_of",
    "open_collection",
    "publish",
    "reshard",
    "serve_shards",
    "shards_of",
    "store_address",
]
