"""The network and the objective that a recipe asks for."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from glocal.errors import ModelError
from glocal.models.backbone import Backbone, create_backbone
from glocal.models.delf import Delf
from glocal.models.delg import Delg
from glocal.models.dolg import Dolg
from glocal.models.global_network import GlobalNetwork
from glocal.models.imagenet import imagenet_weights, weights_from_file
from glocal.models.losses import LossWeights, Objective
from glocal.models.network import SearchNetwork
from glocal.models.resnet import ResNet
from glocal.training.checkpoint import is_checkpoint, load_checkpoint
from glocal.training.network_settings import LAID_OUT, Network
from glocal.training.photos import Classes
from glocal.training.recipe import Recipe


def empty_network(settings: Network, state: dict[str, Tensor] | None = None) -> SearchNetwork:
    """Return the network of a recipe, its backbone random or with the weights of a timm state dict."""
    if settings.layout is None:
        backbone = create_backbone(settings.backbone, state)
    else:
        backbone = ResNet(LAID_OUT[settings.backbone], settings.layout)
    network = _network(settings, backbone)
    return network.to(memory_format=torch.channels_last)


def _network(settings: Network, backbone: Backbone) -> SearchNetwork:
    epsilon = 1e-5 if settings.layout is None else settings.layout.epsilon
    match settings.architecture:
        case "delg":
            return Delg(
                backbone,
                global_dimensions=settings.global_dimensions,
                code_dimensions=settings.code_dimensions,
                attention_hidden=settings.attention_hidden,
                stop_gradient=settings.stop_gradient,
                pooling=settings.pooling,
                pooled=settings.pooled,
                local_code=settings.local_code,
                epsilon=epsilon,
            )
        case "delf":
            return Delf(
                backbone,
                global_dimensions=settings.global_dimensions,
                code_dimensions=settings.code_dimensions,
                attention_hidden=settings.attention_hidden,
                stop_gradient=settings.stop_gradient,
                local_code="autoencoder" if settings.local_code == "autoencoder" else "pca",
                epsilon=epsilon,
            )
        case "dolg":
            return Dolg(
                backbone,
                global_dimensions=settings.global_dimensions,
                width=settings.attention_hidden,
                code_dimensions=settings.code_dimensions,
                pooling=settings.pooling,
                atrous=settings.atrous,
            )
        case "global":
            return GlobalNetwork(
                backbone,
                global_dimensions=settings.global_dimensions,
                pooling=settings.pooling,
                unit_pooled=settings.unit_pooled,
            )


def start_network(settings: Network) -> SearchNetwork:
    """Return the network of a recipe with its start weights.

    Raises:
        ModelError: the backbone or its weights are not to be had.
    """
    match settings.weights:
        case "imagenet":
            return empty_network(settings, imagenet_weights(settings.backbone))
        case "random":
            return empty_network(settings)
        case file if is_checkpoint(Path(file)):
            return trained_network(settings, Path(file))
        case file:
            return empty_network(settings, weights_from_file(Path(file)))


def trained_network(settings: Network, path: Path) -> SearchNetwork:
    """Return the network of a recipe with the weights of a model that was trained or imported.

    A model with a global descriptor alone gives its backbone; the rest begins at random.

    Raises:
        ModelError: the model is another network.
    """
    network, saved = empty_network(settings), load_checkpoint(path)
    tensors = saved.tensors
    if saved.recipe.network.architecture == "global" and settings.architecture != "global":
        backbone = {name: value for name, value in tensors.items() if name.startswith("backbone.")}
        others = {name: value for name, value in network.state_dict().items() if not name.startswith("backbone.")}
        tensors = backbone | others
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        told = str(error).splitlines()[-1].strip()
        raise ModelError(
            f"{path}: holds another network than the recipe's ({told}); start from it with --start"
        ) from error
    return network


def create_objective(
    network: SearchNetwork, recipe: Recipe, classes: Classes, teacher_dimensions: int = 0
) -> Objective:
    """Return the losses of a recipe for photos of these classes, and teachers' descriptors of this length."""
    losses = recipe.losses
    return Objective(
        dimensions=network.classified_dimensions,
        channels=network.backbone.local_channels,
        classes=classes.count,
        identities=classes.identities or classes.count,
        classifier=losses.classifier,
        margin=losses.margin,
        scale=losses.scale,
        weights=LossWeights(
            classification=losses.classification,
            reconstruction=losses.reconstruction,
            attention=losses.attention if network.attention_loss else 0.0,
            distillation=losses.distillation,
            relation=losses.relation,
            instances=losses.instances,
            temperature=losses.temperature,
            entropy=losses.entropy,
        ),
        teacher_dimensions=teacher_dimensions,
    )
