"""The network and the objective that a recipe asks for."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from glocal.models.backbone import Backbone, create_backbone
from glocal.models.delf import Delf
from glocal.models.delg import Delg
from glocal.models.dolg import Dolg
from glocal.models.global_network import GlobalNetwork
from glocal.models.imagenet import imagenet_weights, weights_from_file
from glocal.models.losses import Objective
from glocal.models.network import SearchNetwork
from glocal.models.resnet import ResNet
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
            return GlobalNetwork(backbone, global_dimensions=settings.global_dimensions, pooling=settings.pooling)


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
        case file:
            return empty_network(settings, weights_from_file(Path(file)))


def create_objective(network: SearchNetwork, recipe: Recipe, classes: Classes) -> Objective:
    """Return the losses of a recipe for photos of these classes."""
    return Objective(
        dimensions=network.classified_dimensions,
        channels=network.backbone.local_channels,
        classes=classes.count,
        identities=classes.identities or classes.count,
        classifier=recipe.losses.classifier,
        margin=recipe.losses.margin,
        scale=recipe.losses.scale,
        classification_weight=recipe.losses.classification,
        reconstruction_weight=recipe.losses.reconstruction,
        attention_weight=recipe.losses.attention if network.attention_loss else 0.0,
    )
