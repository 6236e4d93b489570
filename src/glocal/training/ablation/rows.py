"""What the two tables compare: a row is the base recipe with a few keys set. The design is that of the DELG paper.

Rows are trained with the same photos, steps and seeds. Their keys are set after all others, so that no override
of a user can turn one row into another.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One variant.

    Attributes:
        name: how the table calls it.
        settings: "key=value" overrides of the recipe that make it what it is.
        published_sparsity: percent of zeros in (local map, deep map) that the paper states for this variant.
    """

    name: str
    settings: tuple[str, ...]
    published_sparsity: tuple[int, int] | None = None


@dataclass(frozen=True)
class Column:
    """One measure: its key in a result, its heading, and the word for it in a sentence."""

    key: str
    heading: str
    meaning: str


@dataclass(frozen=True)
class Ablation:
    """One table: rows, the measures shown, of which the first is drawn, and the row that others are compared with."""

    name: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    reference: Row


_DELG = ("network.architecture=delg", "network.pooling=gem", "losses.classifier=arcface")

_JOINT = ("optimiser.stages=joint", "network.local_code=autoencoder", "losses.reconstruction=10.0")
_SEPARATE = ("optimiser.stages=separate", "network.stop_gradient=true")
"""The local branch is trained after the global one, on its finished backbone."""

_PCA = ("network.local_code=pca", "losses.reconstruction=0.0")
_DELF = ("network.architecture=delf", "losses.classifier=softmax", *_SEPARATE, *_PCA)
_GLOBAL_ONLY = (
    "optimiser.stages=joint",
    "optimiser.local=0.0",
    "losses.reconstruction=0.0",
    "losses.attention=0.0",
    "network.local_code=autoencoder",
    "network.stop_gradient=true",
)

NAIVE = Row("joint, gradients not stopped", (*_DELG, *_JOINT, "network.stop_gradient=false"), (80, 97))
DELG = Row("joint, gradients stopped (DELG)", (*_DELG, *_JOINT, "network.stop_gradient=true"), (45, 88))
UNTRAINED = Row("not trained", (*_DELG, *_GLOBAL_ONLY, "steps=0"), (45, 82))
"""The start weights. The paper states the sparsity of those of ImageNet."""

LOCAL = Ablation(
    "local",
    "Local features: how the codes are made, and how they are trained",
    (
        Row("DELF: backbone by its local map, PCA", _DELF),
        Row("separate, PCA", (*_DELG, *_SEPARATE, *_PCA)),
        *(
            Row(
                f"separate, autoencoder, λ = {weight}",
                (*_DELG, *_SEPARATE, "network.local_code=autoencoder", f"losses.reconstruction={weight}.0"),
            )
            for weight in (0, 5, 10, 20)
        ),
        NAIVE,
        DELG,
    ),
    (
        Column("AP inliers", "AP, inliers", "pairs ranked by inliers of the binary codes' correspondences"),
        Column("AP correspondences", "AP, corr.", "by mutual nearest neighbours among the binary codes"),
        Column("AP float inliers", "AP, inliers, float", "by inliers, with the codes as float numbers"),
        Column("AP float correspondences", "AP, corr., float", "by mutual nearest neighbours, with float numbers"),
    ),
    DELG,
)

GLOBAL = Ablation(
    "global",
    "Global features: pooling, loss, and training together with local features",
    (
        UNTRAINED,
        Row(
            "average pooling, softmax", (*_DELG, *_GLOBAL_ONLY, "network.pooling=average", "losses.classifier=softmax")
        ),
        Row("GeM, softmax", (*_DELG, *_GLOBAL_ONLY, "network.pooling=gem", "losses.classifier=softmax")),
        Row("GeM, ArcFace", (*_DELG, *_GLOBAL_ONLY)),
        NAIVE,
        DELG,
    ),
    (Column("mAP", "mAP", "every photo a query against all others of the set, by global descriptor"),),
    DELG,
)

ABLATIONS = {table.name: table for table in (LOCAL, GLOBAL)}
