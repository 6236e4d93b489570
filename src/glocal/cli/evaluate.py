"""`glocal evaluate ...`: measure a model, or descriptors, as the field does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli import evaluate_domains, evaluate_landmarks, evaluate_proof
from glocal.cli.evaluate_options import (
    WORK,
    Data,
    Distractors,
    Folder,
    Identities,
    PresetName,
    RankerName,
    Rerank,
    Save,
    Shared,
    Work,
    check_save,
    finish,
)
from glocal.cli.evaluate_overlay import overlays
from glocal.cli.options import ModelName
from glocal.cli.output import Json, note, progress
from glocal.evaluation.datasets import (
    ROXFORD5K,
    RPARIS6K,
    PhotoSet,
    held_out_set,
    leave_one_out_set,
    load_annotations,
    official_set,
    own_set,
    ukbench_set,
)
from glocal.evaluation.runs import (
    Plan,
    compare_rankers,
    evaluate_descriptors,
    evaluate_pairs,
    evaluate_photos,
    read_pairs,
)
from glocal.extraction import load_model

app = typer.Typer(help="Measure a model, or descriptors, as the field does.", no_args_is_help=True)
app.command("domains")(evaluate_domains.command)
app.command("landmarks-retrieval")(evaluate_landmarks.retrieval)
app.command("landmarks-recognition")(evaluate_landmarks.recognition)
app.command("proof")(evaluate_proof.proof)


@app.command()
def roxford5k(
    data: Data,
    distractors: Distractors = None,
    model: ModelName = None,
    preset: PresetName = "paper",
    ranker: RankerName = "inliers",
    rerank: Rerank = None,
    shared: Shared = False,
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Revisited Oxford under Easy, Medium and Hard."""
    check_save(save)
    plan = _plan(ranker, rerank, shared)
    _run(official_set(ROXFORD5K, data, distractors), model, preset, plan, work, save, as_json)


@app.command()
def rparis6k(
    data: Data,
    distractors: Distractors = None,
    model: ModelName = None,
    preset: PresetName = "paper",
    ranker: RankerName = "inliers",
    rerank: Rerank = None,
    shared: Shared = False,
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Revisited Paris under Easy, Medium and Hard."""
    check_save(save)
    plan = _plan(ranker, rerank, shared)
    _run(official_set(RPARIS6K, data, distractors), model, preset, plan, work, save, as_json)


@app.command()
def revisited(
    annotations: Annotated[Path, typer.Option("--annotations", metavar="FILE", help="A .pkl or .json file.")],
    photos: Annotated[Path, typer.Option("--photos", metavar="DIR", help="Folder of all photos.")],
    model: ModelName = None,
    preset: PresetName = "paper",
    ranker: RankerName = "inliers",
    rerank: Rerank = None,
    shared: Shared = False,
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Your own set, annotated in the form of revisited Oxford and Paris."""
    check_save(save)
    plan = _plan(ranker, rerank, shared)
    _run(own_set(annotations, photos), model, preset, plan, work, save, as_json)


@app.command()
def folders(
    folder: Folder,
    queries: Identities = "*",
    model: ModelName = None,
    preset: PresetName = "fast",
    ranker: RankerName = "probability",
    rerank: Rerank = None,
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Search a folder per identity with every photo for all others (mAP, R@k)."""
    check_save(save)
    _run(leave_one_out_set(folder, queries), model, preset, _plan(ranker, rerank), work, save, as_json)


@app.command()
def ukbench(
    folder: Folder,
    model: ModelName = None,
    preset: PresetName = "fast",
    ranker: RankerName = "probability",
    rerank: Rerank = None,
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Ukbench, four photos of each object: the N-S score."""
    check_save(save)
    _run(ukbench_set(folder), model, preset, _plan(ranker, rerank), work, save, as_json)


@app.command()
def rankers(
    folder: Folder,
    queries: Identities = "*",
    model: ModelName = None,
    preset: PresetName = "fast",
    work: Work = WORK,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Every ranker on the same photos; each fourth photo of an identity is held out as a query."""
    check_save(save)
    photos = held_out_set(folder, queries)
    note(photos.passed_over)
    with progress() as on_stage:
        evaluation = compare_rankers(photos, load_model(model, preset=preset), work, on_stage)
    finish(evaluation, save, as_json=as_json)


@app.command()
def features(
    annotations: Annotated[Path, typer.Option("--annotations", metavar="FILE", help="A .pkl or .json file.")],
    query: Annotated[Path, typer.Option("--query", metavar="Q.npy", help="[queries, D], length 1.")],
    database: Annotated[Path, typer.Option("--database", metavar="X.npy", help="[photos, D], or shards.")],
    distractors: Annotated[
        Path | None, typer.Option("--distractors", metavar="X.npy", help="[any, D], or a folder of shards.")
    ] = None,
    benchmark: Annotated[
        str, typer.Option("--benchmark", help="Published rows to show: roxford5k, rparis6k+1m, ...")
    ] = "features",
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Global descriptors that were computed elsewhere, in .npy files."""
    check_save(save)
    evaluation = evaluate_descriptors(
        load_annotations(annotations), query, database, distractors=distractors, benchmark=benchmark
    )
    finish(evaluation, save, as_json=as_json)


@app.command()
def pairs(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns a, b, same; paths from there.")],
    model: ModelName = None,
    preset: PresetName = "fast",
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Verification: how well scores tell pairs of the same thing from others (average precision)."""
    check_save(save)
    listed = read_pairs(file)
    with progress() as on_stage:
        evaluation = evaluate_pairs(listed, load_model(model, preset=preset), on_stage)
    finish(evaluation, save, as_json=as_json)


def _plan(ranker: str, rerank: int | None, shared: bool = False) -> Plan:
    return Plan(ranker=None if rerank == 0 else ranker, depth=rerank or None, shared=shared)


def _run(
    photos: PhotoSet,
    model: str | None,
    preset: str,
    plan: Plan,
    work: Path,
    save: list[Path] | None,
    as_json: bool,
) -> None:
    """Evaluate a set that was found complete, then show it."""
    note(photos.passed_over)
    loaded = load_model(model, preset=preset)
    with progress() as on_stage:
        evaluation = evaluate_photos(photos, loaded, work, plan, on_stage)
    finish(evaluation, save, as_json=as_json, overlay=overlays(loaded))
