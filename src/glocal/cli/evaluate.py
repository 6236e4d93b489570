"""`glocal evaluate ...`: measure a model, or descriptors, as the field does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli import (
    evaluate_domains,
    evaluate_exchange,
    evaluate_group,
    evaluate_landmarks,
    evaluate_proof,
    evaluate_search,
)
from glocal.cli.evaluate_options import (
    FAST,
    OUTPUT,
    PAPER,
    WORK,
    Annotations,
    Data,
    Distractors,
    Folder,
    Identities,
    ModelChoice,
    Output,
    Reranking,
    Shared,
    Work,
)
from glocal.cli.evaluate_overlay import overlays
from glocal.cli.option_bundles import with_bundles
from glocal.cli.output import note
from glocal.cli.progress_display import progress
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

app = typer.Typer(help="Measure a model, or descriptors, as the field does.", no_args_is_help=True)
app.command("domains")(evaluate_domains.command)
app.command("landmarks-retrieval")(with_bundles(evaluate_landmarks.retrieval))
app.command("landmarks-recognition")(with_bundles(evaluate_landmarks.recognition))
app.command("proof")(with_bundles(evaluate_proof.proof))
app.command("changes")(with_bundles(evaluate_search.changes))
app.command("search")(with_bundles(evaluate_search.search))
app.command("group")(with_bundles(evaluate_group.group))
app.command("write-features")(evaluate_exchange.write)
app.command("compare-features")(evaluate_exchange.compare)

BY_INLIERS = Reranking("inliers")
BY_PROBABILITY = Reranking("probability")


@app.command()
@with_bundles
def roxford5k(
    data: Data,
    distractors: Distractors = None,
    model: ModelChoice = PAPER,
    reranking: Reranking = BY_INLIERS,
    shared: Shared = False,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Revisited Oxford under Easy, Medium and Hard."""
    _run(reranking.plan(shared=shared), official_set(ROXFORD5K, data, distractors), model, work, output)


@app.command()
@with_bundles
def rparis6k(
    data: Data,
    distractors: Distractors = None,
    model: ModelChoice = PAPER,
    reranking: Reranking = BY_INLIERS,
    shared: Shared = False,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Revisited Paris under Easy, Medium and Hard."""
    _run(reranking.plan(shared=shared), official_set(RPARIS6K, data, distractors), model, work, output)


@app.command()
@with_bundles
def revisited(
    annotations: Annotations,
    photos: Annotated[Path, typer.Option("--photos", metavar="DIR", help="Folder of all photos.")],
    model: ModelChoice = PAPER,
    reranking: Reranking = BY_INLIERS,
    shared: Shared = False,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Your own set, annotated in the form of revisited Oxford and Paris."""
    _run(reranking.plan(shared=shared), own_set(annotations, photos), model, work, output)


@app.command()
@with_bundles
def folders(
    folder: Folder,
    queries: Identities = "*",
    model: ModelChoice = FAST,
    reranking: Reranking = BY_PROBABILITY,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Search a folder per identity with every photo for all others (mAP, R@k)."""
    _run(reranking.plan(), leave_one_out_set(folder, queries), model, work, output)


@app.command()
@with_bundles
def ukbench(
    folder: Folder,
    model: ModelChoice = FAST,
    reranking: Reranking = BY_PROBABILITY,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Ukbench, four photos of each object: the N-S score."""
    _run(reranking.plan(), ukbench_set(folder), model, work, output)


@app.command()
@with_bundles
def rankers(
    folder: Folder,
    queries: Identities = "*",
    model: ModelChoice = FAST,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Every ranker on the same photos; each fourth photo of an identity is held out as a query."""
    photos = held_out_set(folder, queries)
    note(photos.passed_over)
    with progress() as on_stage:
        evaluation = compare_rankers(photos, model.load(), work, on_stage)
    output.show(evaluation)


@app.command()
@with_bundles
def features(
    annotations: Annotations,
    query: Annotated[
        Path, typer.Option("--query", metavar="Q.npy", help="Queries x dimensions, each of length 1; or as --database.")
    ],
    database: Annotated[
        Path,
        typer.Option(
            "--database",
            metavar="X.npy",
            help="Photos x dimensions, or shards; or a .h5 file, or a folder of .delg_global files.",
        ),
    ],
    distractors: Annotated[
        Path | None,
        typer.Option("--distractors", metavar="X.npy", help="Any number x dimensions, or a folder of shards."),
    ] = None,
    benchmark: Annotated[
        str, typer.Option("--benchmark", help="Published rows to show: roxford5k, rparis6k+1m, ...")
    ] = "features",
    output: Output = OUTPUT,
) -> None:
    """Global descriptors that were computed elsewhere, in .npy, HDF5 or .delg_global files."""
    evaluation = evaluate_descriptors(
        load_annotations(annotations), query, database, distractors=distractors, benchmark=benchmark
    )
    output.show(evaluation)


@app.command()
@with_bundles
def pairs(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns a, b, same; paths from there.")],
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Verification: how well scores tell pairs of the same thing from others (average precision)."""
    listed = read_pairs(file)
    with progress() as on_stage:
        evaluation = evaluate_pairs(listed, model.load(), on_stage)
    output.show(evaluation)


def _run(plan: Plan, photos: PhotoSet, model: ModelChoice, work: Path, output: Output) -> None:
    """Evaluate a set that was found complete, then show it."""
    note(photos.passed_over)
    loaded = model.load()
    with progress() as on_stage:
        evaluation = evaluate_photos(photos, loaded, work, plan, on_stage)
    output.show(evaluation, overlays(loaded))
