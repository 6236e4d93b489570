"""A collection in shards, searched as one."""

from glocal.cluster.cluster import Cluster
from glocal.cluster.indexing import index_photos
from glocal.cluster.layout import MOST_SHARDS, Layout
from glocal.cluster.maintenance import back_up_shards, check_shards, compact_shards, repair_shards, restore_shards
from glocal.cluster.published import store_address
from glocal.cluster.publishing import Moved, fetch, publish
from glocal.cluster.resharding import reshard
from glocal.cluster.serving import serve_shards
from glocal.cluster.status import Shard, shards_of

__all__ = [
    "MOST_SHARDS",
    "Cluster",
    "Layout",
    "Moved",
    "Shard",
    "back_up_shards",
    "check_shards",
    "compact_shards",
    "fetch",
    "index_photos",
    "publish",
    "repair_shards",
    "reshard",
    "restore_shards",
    "serve_shards",
    "shards_of",
    "store_address",
]
