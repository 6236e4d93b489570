"""The API's routes, one file per noun."""

from glocal.service.routes import (
    albums,
    duplicates,
    folders,
    jobs,
    judgements,
    maintenance,
    operations,
    photos,
    pictures,
    proofs,
    search,
    session,
)

API_ROUTERS = (
    search.router,
    proofs.router,
    pictures.router,
    photos.router,
    folders.router,
    albums.router,
    duplicates.router,
    judgements.router,
    jobs.router,
    session.router,
    maintenance.router,
)
"""What clients call, below the API's prefix."""

OPERATIONS = operations.router
"""What operators and their tools call, at the root."""

__all__ = [
    "API_ROUTERS",
    "OPERATIONS",
]
