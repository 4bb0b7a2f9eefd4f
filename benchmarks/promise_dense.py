"""How far the reported drop is from the drop on unseen images: mAP, mean IoU, PSNR and the like.

    python benchmarks/promise_evidence.py --models zoo_deeplab_v3 zoo_espcn_x3 --output evidence
    python benchmarks/promise_dense.py --evidence evidence --splits 200

Each split draws half of the images at random and reports a drop on them, in two ways: counted, and
by the estimate from divergence (docs/verdict.md), as `calibrate run` does it: each quarter fits the
slope to plain INT8, the recipes and the variant itself, and judges on the other quarter. The other
half is unseen: what is lost there, less what was reported, is the error. No parameter was chosen by
these figures. For each metric and variant:

- `drop`: on all images, with the bootstrap's standard error;
- mean and root mean square of the errors, in points for fractions, else in the metric's unit;
- `covers`: how often the 95 % interval of the count contains what is lost on the unseen images,
  widened in quadrature by the noise of that;
- how often the rule accepts the variant at a budget of its own drop on all images less and plus
  one standard error: the first should be rare, the second usual.
"""

import argparse
import math
import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from calibrate.core.component import Metric
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.core.verdict import Interval
from calibrate.search.drop_model import fit_drop_model
from calibrate.stats import bootstrap
from calibrate.stats.drop_estimator import combined
from calibrate.stats.intervals import BOOTSTRAP, paired_drop, standard_error

WAYS = ("count", "estimate")
REFUSAL = 0.8
"""One-sided confidence at which the count refuses, as `budget.refusal_confidence`."""


@dataclass(frozen=True)
class Model:
    """What one model and its variants gave on every image.

    Attributes:
        name: of the file.
        metrics: of the config.
        fp32: evidence of the floating-point model.
        variants: evidence and divergence of each quantized variant.
        images: indices of the images.
    """

    name: str
    metrics: Sequence[Metric]
    fp32: Observation
    variants: Mapping[str, Observation]
    images: Sequence[int]

    def drop(self, variant: str, position: int, images: Sequence[int]) -> float:
        """A metric's drop on some images."""
        metric = self.metrics[position]
        ones = np.ones((1, len(images)), np.int64)
        before, after = (
            float(metric.aggregate(entry.of(position, images), ones)[0])
            for entry in (self.fp32, self.variants[variant])
        )
        return before - after if metric.higher_is_better else after - before

    def interval(
        self, variant: str, position: int, images: Sequence[int], *, confidence: float = 0.95
    ) -> Interval:
        """A metric's counted drop on some images, with its interval."""
        return paired_drop(
            self.metrics[position],
            self.fp32.of(position, images),
            self.variants[variant].of(position, images),
            confidence=confidence,
            seed=0,
        )


def load_model(path: Path, metrics: int | None = None) -> Model:
    """Read one file of evidence, of its metrics the first ones alone where so many are given."""
    content = pickle.loads(path.read_bytes())  # noqa: S301  # promise_evidence.py wrote it
    kept = content["metrics"][:metrics]
    return Model(path.stem, kept, content["fp32"], content["variants"], content["images"])


@dataclass(frozen=True)
class Split:
    """What one split gave for one variant and metric; drops in the metric's unit."""

    unseen: float
    reported: Mapping[str, float]
    low: float
    high: float
    bound: float


def one_split(model: Model, seed: int) -> dict[tuple[str, int], Split]:
    """Report every variant on half of the images and take its drop on the other half."""
    order = np.random.default_rng(seed).permutation(np.asarray(model.images))
    shown, unseen = (part.tolist() for part in np.array_split(order, 2))
    folds = [part.tolist() for part in np.array_split(np.asarray(shown), 2)]
    trials = [{name: _trial(model, name, fold) for name in model.variants} for fold in folds]
    splits = {}
    for name, observation in model.variants.items():
        for position in range(len(model.metrics)):
            drop, error = 0.0, 0.0
            for fitted, judged in ((0, 1), (1, 0)):
                tried = [t for n, t in trials[fitted].items() if n == name or _is_recipe(n)]
                divergence = float(observation.divergences(folds[judged]).mean())
                expected = fit_drop_model(tried, position).expected(divergence)
                share = len(folds[judged]) / len(shown)
                drop, error = drop + share * expected[0], error + share * expected[1]
            counted = model.interval(name, position, shown)
            bound = _lower_bound(model, name, position, shown, counted)
            estimate, _ = combined((counted.estimate, standard_error(counted)), (drop, error))
            splits[name, position] = Split(
                model.drop(name, position, unseen),
                {"count": counted.estimate, "estimate": estimate},
                counted.low,
                counted.high,
                bound,
            )
    return splits


def _lower_bound(
    model: Model, name: str, position: int, shown: Sequence[int], counted: Interval
) -> float:
    """What the counted drop is at least, at the one-sided confidence of a refusal."""
    if counted.method == BOOTSTRAP:  # the same sets would be drawn again
        reach = float(stdtrit(counted.images - 1, REFUSAL))
        return counted.estimate - reach * standard_error(counted)
    return model.interval(name, position, shown, confidence=2 * REFUSAL - 1).low


def _is_recipe(name: str) -> bool:
    return not name.startswith("damaged")


def _trial(model: Model, name: str, fold: Sequence[int]) -> Trial:
    """What the search measures of a variant on its images."""
    drops = [
        model.interval(name, position, fold, confidence=0.68)
        for position in range(len(model.metrics))
    ]
    return Trial(
        candidate=Candidate(()),
        predicted=0.0,
        damage=float(model.variants[name].divergences(fold).mean()),
        drops=tuple(drop.estimate for drop in drops),
        errors=tuple(standard_error(drop) for drop in drops),
        images=len(fold),
    )


def row(
    model: Model, name: str, position: int, splits: list[Split]
) -> tuple[str, dict[str, float]]:
    """One line of the table, and its figures."""
    whole = model.interval(name, position, list(model.images))
    error = standard_error(whole)
    scale = 100 if model.metrics[position].unit == "fraction" else 1
    unseen = np.array([split.unseen for split in splits])
    figures = {"drop": whole.estimate, "error": error, "scale": scale}
    cells = [f"{scale * whole.estimate:.3g} ± {scale * error:.2g}"]
    for way in WAYS:
        off = unseen - np.array([split.reported[way] for split in splits])
        figures[f"{way} mean"] = float(off.mean())
        figures[f"{way} rmse"] = float(np.sqrt((off**2).mean()))
        cells.append(f"{scale * off.mean():+.3g}, {scale * figures[f'{way} rmse']:.3g}")
    noise = 1.96 * error * 2**0.5
    cells.append(f"{100 * np.mean([_covers(split, noise) for split in splits]):.0f} %")
    for budget in (whole.estimate - error, whole.estimate + error):
        passed = np.mean([_accepted(split, budget) for split in splits])
        cells.append(f"{100 * passed:.0f} %")
    label = model.metrics[position].label
    return f"| {name} | {label} | " + " | ".join(cells) + " |", figures


def _covers(split: Split, noise: float) -> bool:
    """Whether unseen and counted drop differ by no more than both of their noises allow."""
    counted = split.reported["count"]
    reach = split.high - counted if split.unseen > counted else counted - split.low
    return abs(split.unseen - counted) <= math.hypot(reach, noise)


def _accepted(split: Split, budget: float) -> bool:
    """Whether the rule accepts the variant: the estimate does, and the count does not refuse."""
    return max(split.reported["estimate"], split.bound, split.low) <= budget


def _with_draws(count: int) -> None:
    """Set how many sets a bootstrap draws in this process."""
    bootstrap.SETS = count


def _one(task: tuple[Path, int, int | None]) -> dict[tuple[str, int], Split]:
    path, seed, metrics = task
    return one_split(load_model(path, metrics), seed)


def main() -> None:
    """Print a table for each model, and how many rows hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evidence", type=Path, default=Path("evidence"))
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--draws", type=int, default=100, help="sets of each bootstrap")
    parser.add_argument("--metrics", type=int, help="the first ones of each model; all by default")
    parser.add_argument("--workers", type=int, default=1)
    words = parser.parse_args()
    _with_draws(words.draws)
    rows = []
    with ProcessPoolExecutor(
        words.workers, initializer=_with_draws, initargs=(words.draws,)
    ) as pool:
        for path in sorted(words.evidence.glob("*.pickle")):
            model = load_model(path, words.metrics)
            tasks = [(path, seed, words.metrics) for seed in range(words.splits)]
            splits = list(pool.map(_one, tasks, chunksize=4))
            print(f"\n`{model.name}`: {len(model.images)} images\n")
            print("| variant | metric | drop | count | estimate | covers", end="")
            print(
                " | accepted at drop - error | at drop + error |\n|---|---|---|---|---|---|---|---|"
            )
            for name in model.variants:
                for position in range(len(model.metrics)):
                    mine = [split[name, position] for split in splits]
                    line, figures = row(model, name, position, mine)
                    print(line, flush=True)
                    rows.append(figures)
    for way in WAYS:
        within = sum(abs(f[f"{way} mean"]) <= 2 * f["error"] for f in rows)
        print(f"\n{way}: |mean| within two standard errors in {within} of {len(rows)} rows")
    best = sum(f["estimate rmse"] <= 1.005 * f["count rmse"] for f in rows)
    print(f"estimate: error no larger than that of the count in {best} of {len(rows)} rows")


if __name__ == "__main__":
    main()
