"""A collection in shards, searched as one."""

from glocal.cluster.cluster import Cluster
from glocal.cluster.layout import Layout

__all__ = ["Cluster", "Layout"]
