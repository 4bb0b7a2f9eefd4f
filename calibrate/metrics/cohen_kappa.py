"""Metric `cohen_kappa`: agreement of answered and true classes beyond chance."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.contingency import ContingencyMetric
from calibrate.metrics._lib.means import divided


class CohenKappa(ContingencyMetric):
    """Cohen's kappa of answered and true classes, for grades with weights.

    1 - (observed disagreement) / (disagreement expected by chance), where two classes disagree by
    1 (`none`), by their distance (`linear`) or by its square (`quadratic`, for grades such as
    those of retinopathy). Equal to scikit-learn's `cohen_kappa_score`. Source: Cohen, Weighted
    kappa, 1968.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: cohen_kappa
            weights: quadratic
    """

    name: ClassVar[str] = "cohen_kappa"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    weights: Literal["none", "linear", "quadratic"] = "none"
    """How far two different classes disagree."""

    def table_values(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Kappa of each set; nan where chance alone would agree in everything."""
        true, answered = table.sum(axis=2), table.sum(axis=1)
        classes = np.arange(table.shape[1])
        distance = np.abs(classes[:, None] - classes[None, :]).astype(np.float64)
        cost = {"none": distance > 0, "linear": distance, "quadratic": distance**2}[self.weights]
        samples = true.sum(axis=1)
        observed = (table * cost).sum(axis=(1, 2))
        expected = divided(
            np.einsum("bi,ij,bj->b", true, cost.astype(np.float64), answered), samples
        )
        return 1.0 - divided(observed, expected)
