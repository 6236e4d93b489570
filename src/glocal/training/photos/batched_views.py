"""Random views of a whole batch at once, by PyTorch on any device: for a GPU that would wait for `random_view`."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from glocal.training.photos.labelled_photos import PhotoCache
from glocal.training.photos.view_plan import Floats, ViewPlan, box_transforms, plan_views
from glocal.training.recipe_parts import Augmentation

LEVELS = 3
"""Sizes at which photos are kept, each half of the one before, so that a view made small is not made of few pixels."""

REACH = 5
"""Pixels each way that blurring looks at: more than three standard deviations of the widest."""


class PhotoStack:
    """All photos, decoded, as one tensor on a device.

    Args:
        photos: N photos. In place of one that cannot be read is the next one that can.
        device: where the pixels are kept: 4 side² bytes a photo.

    Attributes:
        rows: [N], the photo that stands for each.
        sizes: [N, 2], width and height in pixels.
        levels: uint8 [N, 3, S, S], at full size, half and so on; each photo at the upper left, its edges drawn out.
    """

    def __init__(self, photos: PhotoCache, device: torch.device) -> None:
        side = photos.side + -photos.side % 2 ** (LEVELS - 1)
        self.rows = np.empty(len(photos), np.int64)
        self.sizes = np.empty((len(photos), 2), np.float64)
        self.device = device
        whole = torch.empty((len(photos), 3, side, side), dtype=torch.uint8, device=device)
        for row in range(len(photos)):
            self.rows[row], pixels = photos.readable(row)
            height, width = pixels.shape[:2]
            self.sizes[row] = width, height
            padded = np.pad(pixels, ((0, side - height), (0, side - width), (0, 0)), mode="edge")
            whole[row] = torch.from_numpy(padded).permute(2, 0, 1)
        self.levels = [whole]
        for _ in range(LEVELS - 1):
            self.levels.append(torch.cat([_halved(part) for part in torch.split(self.levels[-1], 256)]))

    def seen(self, rows: NDArray[np.int64], transforms: Floats, points: Tensor) -> Tensor:
        """Return views [B, 3, side, side] float32, 0 to 255, of photos `rows` [B].

        Args:
            rows: which photos.
            transforms: [B, 3, 3], from places in the view to places in the photo.
            points: [side, side, 2], the middles of the views' pixels: see `places`.
        """
        side = len(points)
        views = torch.empty((len(rows), 3, side, side), device=self.device)
        # Photo pixels per view pixel, at the middle of the view.
        shrinking = np.sqrt(np.abs(np.linalg.det(transforms)) / transforms[:, 2, 2] ** 3) * 2 / side
        levels = np.floor(np.log2(np.maximum(shrinking, 1.0)) + 0.5).clip(0, LEVELS - 1)
        for level, photos in enumerate(self.levels):
            chosen = np.flatnonzero(levels == level)
            if len(chosen):
                stack_side = photos.shape[-1] * 2**level
                to_grid = np.array([(2 / stack_side, 0, -1), (0, 2 / stack_side, -1), (0, 0, 1)])
                grid = project(to_grid @ transforms[chosen], points)
                source = photos[self._index(rows[chosen])].float()
                part = F.grid_sample(source, grid, padding_mode="border", align_corners=False)
                views[self._index(chosen)] = part
        return views

    def _index(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(numbers).to(self.device)


class BatchedViews:
    """Makes views of photos on a device.

    Args:
        photos: N photos.
        side: of the views in pixels.
        settings: how strong each change is.
        device: that makes them.
    """

    def __init__(self, photos: PhotoCache, side: int, settings: Augmentation, device: torch.device) -> None:
        self._stack = PhotoStack(photos, device)
        self._side = side
        self._settings = settings
        self._places = places(side, device)

    def views(
        self,
        rows: NDArray[np.int64],
        occluders: NDArray[np.int64],
        ground: int,
        part: slice,
        random: np.random.Generator,
    ) -> tuple[Tensor, NDArray[np.int64]]:
        """Return views [b, 3, side, side] float32, 0 to 255, of a part of a batch of B, and the photos [b] they show.

        Args:
            rows: which photos, [B].
            occluders: a photo for each, [B], a patch of which may hide something.
            ground: the photo that views may be pasted on.
            part: the places in the batch that are wanted.
            random: decides everything, also of the other places.
        """
        shown, sizes = self._stack.rows[rows[part]], self._stack.sizes
        widths, heights = sizes[rows].T
        plan = plan_views(widths, heights, self._settings, random)
        plan = ViewPlan(**{name: value[part] for name, value in vars(plan).items()})
        views = self._stack.seen(rows[part], plan.seen, self._places)
        views = self._recoloured(views, plan)
        self._occlude(views, plan, occluders[part])
        self._paste(views, plan, ground)
        self._blur(views, plan)
        return views, shown

    def _recoloured(self, views: Tensor, plan: ViewPlan) -> Tensor:
        """Return the views in other light, as `relit` does."""
        mixing, gains = self._tensor(plan.mixing), self._tensor(plan.gains)
        middle = (gains * views.mean(dim=(2, 3))).sum(dim=1) / 3
        shift = ((1 - self._tensor(plan.contrast)) * middle)[:, None] + self._tensor(plan.shift)
        mixed = torch.einsum("bij,bjhw->bihw", mixing, views) + shift[:, :, None, None]
        return mixed.clamp_(0, 255)

    def _occlude(self, views: Tensor, plan: ViewPlan, occluders: NDArray[np.int64]) -> None:
        """Hide a part of some views, in place: half of them behind a patch of another photo, half behind one colour."""
        for plain in (False, True):
            chosen = np.flatnonzero(plan.occluded & (plan.plain == plain))
            if not len(chosen):
                continue
            hidden, index = self._tensor(plan.hidden[chosen]), torch.from_numpy(chosen).to(views.device)
            inside = ((self._places >= hidden[:, None, None, :2]) & (self._places < hidden[:, None, None, 2:])).all(-1)
            if plain:
                cover = self._tensor(plan.colour[chosen])[:, :, None, None]
            else:
                cover = self._stack.seen(occluders[chosen], self._patches(plan, occluders, chosen), self._places)
            views[index] = torch.where(inside[:, None], cover, views[index])

    def _patches(self, plan: ViewPlan, occluders: NDArray[np.int64], chosen: NDArray[np.int64]) -> Floats:
        """Return transforms [b, 3, 3] from views to occluding photos: one of their pixels to one of the view's."""
        scale = self._side / 2
        hidden = plan.hidden[chosen]
        room = np.maximum(0.0, self._stack.sizes[occluders[chosen]] - scale * (hidden[:, 2:] - hidden[:, :2]))
        corners = plan.corner[chosen] * room - scale * (hidden[:, :2] + 1)
        return box_transforms(np.concatenate([corners, np.full_like(corners, self._side)], axis=1))

    def _paste(self, views: Tensor, plan: ViewPlan, ground: int) -> None:
        """Lay some views on the middle of another photo, in place, as `pasted` does."""
        chosen = np.flatnonzero(plan.pasted)
        if not len(chosen):
            return
        width, height = self._stack.sizes[ground]
        least = min(width, height)
        middle = np.array([[(width - least) / 2, (height - least) / 2, least, least]])
        under = self._stack.seen(np.array([ground]), box_transforms(middle), self._places)
        index = torch.from_numpy(chosen).to(views.device)
        grid = project(plan.laid[chosen], self._places)
        full, half_size = views[index], F.avg_pool2d(views[index], 2)
        shrunk, same = (
            F.grid_sample(one, grid, padding_mode="border", align_corners=False) for one in (half_size, full)
        )
        small = torch.from_numpy(np.linalg.det(plan.laid[chosen]) > 2.0).to(views.device)  # a side below 0.7
        laid = torch.where(small[:, None, None, None], shrunk, same)
        views[index] = torch.where((grid.abs() <= 1).all(-1)[:, None], laid, under)

    def _blur(self, views: Tensor, plan: ViewPlan) -> None:
        """Blur some views, in place, by Gaussians."""
        chosen = np.flatnonzero(plan.blur)
        if not len(chosen):
            return
        index = torch.from_numpy(chosen).to(views.device)
        offsets = torch.arange(-REACH, REACH + 1, device=views.device)
        kernels = torch.exp(-0.5 * (offsets / self._tensor(plan.blur[chosen])[:, None]) ** 2)
        kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)[:, None]
        flat = F.pad(views[index], (REACH,) * 4, mode="reflect").flatten(0, 1)[None]
        flat = F.conv2d(flat, kernels[:, :, :, None], groups=len(kernels))
        flat = F.conv2d(flat, kernels[:, :, None, :], groups=len(kernels))
        views[index] = flat.view(len(chosen), 3, *views.shape[2:])

    def _tensor(self, values: Floats) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(self._stack.device)


def places(side: int, device: torch.device) -> Tensor:
    """Return (x, y) [side, side, 2] of the middles of a view's pixels, in [-1, 1]."""
    middles = (torch.arange(side, device=device) * 2 + 1) / side - 1
    return torch.stack(torch.meshgrid(middles, middles, indexing="xy"), dim=-1)


def project(transforms: Floats, points: Tensor) -> Tensor:
    """Return points [H, W, 2] moved by each of B homographies [B, 3, 3], [B, H, W, 2]."""
    moves = torch.from_numpy(transforms.astype(np.float32)).to(points.device)
    moved = torch.einsum("bij,hwj->bhwi", moves[:, :, :2], points) + moves[:, None, None, :, 2]
    return moved[..., :2] / moved[..., 2:]


def _halved(pixels: Tensor) -> Tensor:
    """Return pixels [N, 3, S, S] uint8 at half the size."""
    return F.avg_pool2d(pixels.float(), 2).round_().to(torch.uint8)
