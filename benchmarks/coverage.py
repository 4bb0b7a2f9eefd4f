"""Coverage of the interval of metrics that are not means over images, by simulation.

    python benchmarks/coverage.py --repeats 1000

Images are drawn from a known population, the drop is estimated on them, and the true drop is
inside the interval or not. Prints, for the interval of `calibrate.stats.bootstrap` and for that of
Student's t on the same spread: how often the true drop is inside, and in brackets how often it is
above, which makes a proof wrong; in percent, nominal 95 (2.5).
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from calibrate.stats.bootstrap import SETS, Values, bootstrap_half_width

Floats = NDArray[np.float64]
POPULATION = 400_000


def mean_iou(overlap: Floats, union: Floats, int8_overlap: Floats) -> Values:
    """Drop of the mean IoU over the set; classes [N, C] that a set lacks are left out."""

    def value(counts: NDArray[np.int64], common: Floats) -> Floats:
        area, both = counts @ union, counts @ common
        classes = np.divide(both, 2 * area - both, out=np.full(area.shape, np.nan), where=area > 0)
        return np.asarray(np.nanmean(classes, axis=1))

    return lambda counts: value(counts, overlap) - value(counts, int8_overlap)


def common_classes(images: int, draws: np.random.Generator) -> Values:
    """Six frequent classes; every image loses a little."""
    present = draws.random((images, 6)) < np.linspace(0.7, 0.2, 6)
    area = draws.gamma(2, 1, (images, 6)) * present
    overlap = area * draws.beta(4, 1.2, (images, 6))
    loss = draws.normal(0.02, 0.04, (images, 6)) + draws.exponential(0.02, (images, 1))
    return mean_iou(overlap, area * 1.15, np.minimum(overlap * (1 - loss), area * 1.15))


def rare_classes(images: int, draws: np.random.Generator) -> Values:
    """Six classes, half of them rare; one image in seven is degraded."""
    present = draws.random((images, 6)) < np.array([0.9, 0.6, 0.3, 0.12, 0.06, 0.04])
    area = draws.lognormal(0, 0.8, (images, 6)) * present
    overlap = area * draws.beta(8, 3, (images, 6))
    degraded = draws.random((images, 1)) < 1 / 7
    kept = np.where(degraded, 1 - 0.35 * draws.random((images, 6)), 1 - 0.01 * draws.random())
    return mean_iou(overlap, area * 1.15, overlap * kept)


def mean_of(changes: Floats) -> Values:
    """Drop of a mean."""
    return lambda counts: counts @ changes / counts.sum(axis=1)


def few_hurt(images: int, draws: np.random.Generator) -> Values:
    """One image in 33 changes, by very different amounts."""
    return mean_of((draws.random(images) < 0.03) * draws.exponential(0.5, images))


def some_hurt(images: int, draws: np.random.Generator) -> Values:
    """Every image changes a little, one in thirty much."""
    much = (draws.random(images) < 1 / 30) * draws.exponential(0.5, images)
    return mean_of(draws.normal(0, 0.01, images) + much)


def auc(images: int, draws: np.random.Generator) -> Values:
    """Area under the curve; 30 % positives, scores with noise."""
    positive = draws.random(images) < 0.3
    fp32 = draws.normal(0, 1, images) + 1.2 * positive
    int8 = fp32 + draws.normal(0, 0.25, images)

    def area(scores: Floats) -> Values:
        order = np.argsort(scores)

        def value(counts: NDArray[np.int64]) -> Floats:
            ranked = counts[:, order].astype(np.float64)
            above, below = ranked * positive[order], ranked * ~positive[order]
            pairs = above.sum(axis=1) * below.sum(axis=1)
            won = (above * np.cumsum(below, axis=1)).sum(axis=1)
            none = np.full(len(counts), np.nan)
            return np.asarray(np.divide(won, pairs, out=none, where=pairs > 0))

        return value

    before, after = area(fp32), area(int8)
    return lambda counts: before(counts) - after(counts)


CASES: dict[str, Callable[[int, np.random.Generator], Values]] = {
    "mean IoU, frequent classes": common_classes,
    "mean IoU, rare classes, one image in seven degraded": rare_classes,
    "mean, every image a little, one in 30 much": some_hurt,
    "mean, one image in 33": few_hurt,
    "AUC": auc,
}


def main() -> None:
    """Print a row for each case and number of images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--images", type=int, nargs="+", default=[64, 128, 500])
    given = parser.parse_args()
    draws = np.random.default_rng(1)
    print("| metric | images | interval | Student's t | median widths |\n|---|---|---|---|---|")
    for name, case in CASES.items():
        population = case(POPULATION, draws)
        truth = float(population(np.ones((1, POPULATION), dtype=np.int64))[0])
        for images in given.images:
            print(f"| {name} | {images} | {_row(case, images, truth, given.repeats, draws)} |")


def _row(
    case: Callable[[int, np.random.Generator], Values],
    images: int,
    truth: float,
    repeats: int,
    draws: np.random.Generator,
) -> str:
    errors, halves = [], []
    for _ in range(repeats):
        drops = case(images, draws)
        errors.append(truth - float(drops(np.ones((1, images), dtype=np.int64))[0]))
        sets = draws.multinomial(images, np.full(images, 1 / images), size=SETS)
        student = float(stdtrit(images - 1, 0.975) * np.nanstd(drops(sets), ddof=1))
        ours = bootstrap_half_width(drops, drops, images, confidence=0.95, seed=0)
        halves.append((ours, student))
    error, half = np.array(errors)[:, None], np.array(halves)
    inside, above = (np.abs(error) <= half).mean(axis=0), (error > half).mean(axis=0)
    cells = [f"{100 * a:.1f} ({100 * b:.1f})" for a, b in zip(inside, above, strict=True)]
    widths = ", ".join(f"{2 * width:.4f}" for width in np.median(half, axis=0))
    return " | ".join([*cells, widths])


if __name__ == "__main__":
    main()
