"""Keeping a collection sound: check, repair, back up, restore, compact."""

from glocal.collection.maintenance.backup import BackupReport, back_up, restore
from glocal.collection.maintenance.beside_catalog import copy_beside
from glocal.collection.maintenance.checking import CheckReport, FileDamage, check
from glocal.collection.maintenance.compacting import CompactReport, compact
from glocal.collection.maintenance.repairing import RepairReport, repair

__all__ = [
    "BackupReport",
    "CheckReport",
    "CompactReport",
    "FileDamage",
    "RepairReport",
    "back_up",
    "check",
    "compact",
    "copy_beside",
    "repair",
    "restore",
]
