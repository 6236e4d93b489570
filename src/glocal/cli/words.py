"""`glocal words`: learn the visual words that a model's collections are listed by, into its card."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from glocal.cli.found_photos import found_photos
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.collection import learn_words
from glocal.counting import counted
from glocal.errors import ModelError, PhotoError
from glocal.extraction import ModelCard, NetworkFile, load_model
from glocal.files import write_json, write_whole


def command(
    card: Annotated[Path, typer.Argument(help="The model card (.json) that gets the words.")],
    photos: Annotated[list[Path], typer.Argument(help="Photos or folders: some thousand, of what will be indexed.")],
    preset: Annotated[str, typer.Option(help="Preset of the model.")] = "fast",
    groups: Annotated[int, typer.Option(min=1, help="Groups of words.")] = 256,
    words_per_group: Annotated[int, typer.Option(min=1, help="Words in each group.")] = 256,
    as_json: Json = False,
) -> None:
    """Learn visual words from the local features of photos: candidates of searches are found by them."""
    model = load_model(card, preset=preset)
    paths = found_photos(photos)
    if model.card.local is None or model.card.local.kind != "binary":
        raise ModelError(f"{card}: has no binary local features, so there are no words for them")
    codes = [np.empty((0, -(-model.card.local.dimensions // 8)), np.uint8)]
    with progress() as on_stage:
        for done, (_, found) in enumerate(model.extract_many(paths), 1):
            if not isinstance(found, PhotoError):
                codes.append(found.compact().codes)
            on_stage("extracting", done, len(paths))
    words = learn_words(np.concatenate(codes), groups, words_per_group).to_array()
    content = BytesIO()
    np.save(content, words)
    name = f"{card.stem}-words.npy"
    write_whole(card.parent / name, content.getvalue())
    file = NetworkFile(name, hashlib.sha256(content.getvalue()).hexdigest(), len(content.getvalue()))
    write_json(card, replace(ModelCard.read(card), words=file).to_dict())
    count, learned_from = groups * words_per_group, sum(map(len, codes))
    if as_json:
        print_json({"card": str(card), "words": count, "features": learned_from})
    else:
        read = counted(len(codes) - 1, "photo")
        note(f"learned {counted(count, 'word')} from {learned_from} features of {read}: {card}")
