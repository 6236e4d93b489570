"""`glocal evaluate landmarks-retrieval` and `landmarks-recognition`: Google Landmarks v2.1."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import OUTPUT, PAPER, WORK, Data, ModelChoice, Output, Work
from glocal.cli.progress_display import progress
from glocal.evaluation.datasets import (
    read_recognition_predictions,
    read_recognition_solution,
    read_retrieval_predictions,
    read_retrieval_solution,
)
from glocal.evaluation.result import Evaluation
from glocal.evaluation.runs import (
    recognition_results,
    retrieval_results,
    run_recognition,
    run_retrieval,
)
from glocal.evaluation.setting import environment

Rerank = Annotated[int, typer.Option("--rerank", metavar="N", min=0, help="Match the first N photos.")]
Predictions = Annotated[
    Path | None,
    typer.Option("--predictions", metavar="FILE.csv", help="Score these, in Kaggle's form; needs no photos."),
]
Labels = Annotated[str, typer.Option("--labels", help="Labelled photos, in --data: train.csv or train_clean.csv.")]


def retrieval(
    data: Data,
    predictions: Predictions = None,
    model: ModelChoice = PAPER,
    rerank: Rerank = 100,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Google Landmarks v2.1, retrieval: mAP@100 of the private and the public part."""
    solution = read_retrieval_solution(data / "retrieval_solution_v2.1.csv")
    if predictions is not None:
        results = retrieval_results(read_retrieval_predictions(predictions, solution), solution)
        setting = {"predictions": predictions.name, **environment()}
        evaluation = Evaluation("landmarks-retrieval", results, setting)
    else:
        with progress() as on_stage:
            loaded = model.load()
            evaluation = run_retrieval(data, loaded, work, solution, rerank, on_stage)
    output.show(evaluation)


def recognition(
    data: Data,
    predictions: Predictions = None,
    labels: Labels = "train.csv",
    model: ModelChoice = PAPER,
    rerank: Rerank = 100,
    work: Work = WORK,
    output: Output = OUTPUT,
) -> None:
    """Google Landmarks v2.1, recognition: GAP of the private and the public part."""
    solution = read_recognition_solution(data / "recognition_solution_v2.1.csv")
    if predictions is not None:
        results = recognition_results(read_recognition_predictions(predictions, solution), solution)
        setting = {"predictions": predictions.name, **environment()}
        evaluation = Evaluation("landmarks-recognition", results, setting)
    else:
        with progress() as on_stage:
            loaded = model.load()
            evaluation = run_recognition(data, loaded, work, solution, data / labels, rerank, on_stage)
    output.show(evaluation)
