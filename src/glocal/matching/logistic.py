"""Logistic regression with some weights bound to be non-negative, by Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray

_MAX_STEPS = 200
_TOLERANCE = 1e-10


def sigmoid(logits: DoubleArray) -> DoubleArray:
    """Return 1 / (1 + exp(-logits)), any shape, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), np.float64)


def objective(
    weights: DoubleArray, inputs: DoubleArray, targets: DoubleArray, importance: DoubleArray, penalty: DoubleArray
) -> float:
    """Return sum(importance * cross-entropy) + sum(penalty * weights^2) / 2, which `fit_logistic` minimises."""
    logits = inputs @ weights
    cross_entropy = np.logaddexp(0.0, logits) - targets * logits
    return float(importance @ cross_entropy + 0.5 * penalty @ weights**2)


def fit_logistic(
    inputs: DoubleArray,
    targets: DoubleArray,
    importance: DoubleArray,
    penalty: DoubleArray,
    bounded: NDArray[np.bool_],
) -> DoubleArray:
    """Return the weights [F] that minimise `objective`, those that are `bounded` being >= 0.

    Projected Newton: the weights that the bound holds are fixed, the others take a Newton step, cut back to
    the bounds and halved until it descends enough (Bertsekas, "Projected Newton methods for optimization
    problems with simple constraints", 1982). The objective is convex, so the minimum found is the only one.

    Args:
        inputs: [P, F].
        targets: [P], 0 or 1.
        importance: [P], >= 0.
        penalty: [F], >= 0.
        bounded: [F].
    """
    weights = np.zeros(inputs.shape[1])
    lowest = np.where(bounded, 0.0, -np.inf)
    value = objective(weights, inputs, targets, importance, penalty)
    for _ in range(_MAX_STEPS):
        probabilities = sigmoid(inputs @ weights)
        gradient = inputs.T @ (importance * (probabilities - targets)) + penalty * weights
        free = ~(bounded & (weights <= 0.0) & (gradient >= 0.0))
        if np.abs(gradient[free]).max(initial=0.0) < _TOLERANCE * importance.sum():
            break
        curvature = (inputs.T * (importance * probabilities * (1.0 - probabilities))) @ inputs
        hessian = curvature + np.diag(penalty + _TOLERANCE)
        direction = np.zeros_like(weights)
        direction[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        for halving in range(60):
            trial = np.maximum(weights - 0.5**halving * direction, lowest)
            trial_value = objective(trial, inputs, targets, importance, penalty)
            if trial_value <= value - 1e-4 * gradient @ (weights - trial):
                break
        weights, value = trial, trial_value
    return weights
