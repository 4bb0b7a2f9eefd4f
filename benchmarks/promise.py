"""How far what is reported is from what is lost on unseen images: accuracy, split by split.

    python benchmarks/promise_evidence.py --output evidence
    python benchmarks/promise_networks.py --output evidence
    python benchmarks/promise.py --evidence evidence --splits 200

Each file of evidence has one network and its variants. Each split draws images at random; on
those the drop is reported, in three ways: counted, by the estimate that was used before
(temperature and slope, fitted on the other half: `promise_former.py`), and by `answer_drop`. The
other images are unseen: what is lost there, less what was reported, is the error. The present
estimate was chosen among about 20 variants by its errors on the networks of the zoo and those of
`promise_networks.NETWORKS`, so its errors on them are somewhat optimistic. Files with `held` in
their name are networks that took no part in that choice; their rows are summed up apart.
`MODEL_ERROR` is that of the estimate before. mAP, mean IoU and PSNR: `promise_dense.py`. For each
variant:

- `drop`: on all images, with its standard error;
- mean and root mean square of the errors (points). A mean within two standard errors of the drop
  is no bias that these images can show; the mean of counting is 0 but for the splits drawn;
- `covers`: how often the 95 % interval of the count contains what is lost on unseen images, widened
  in quadrature by the noise of that;
- of models accepted by the rule at a budget of 1 point: how often they lose more on unseen images,
  and how often they would by chance if each lost exactly what it loses on all images.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from promise_former import combined, slope, tempered
from scipy.stats import norm

from calibrate.stats.drop_estimator import Answers, answer_drop
from calibrate.stats.tango import flip_interval

WAYS = ("count", "before", "now")
BUDGET = 0.01
REFUSAL = 0.8
"""One-sided confidence at which the count refuses, as `budget.refusal_confidence`."""


@dataclass(frozen=True)
class Network:
    """One network with its variants.

    Attributes:
        name: of the file.
        logarithms: [N, C] of FP32's probabilities.
        labels: [N].
        answers: [N] of FP32.
        variants: [N] answers of each quantized variant.
    """

    name: str
    logarithms: NDArray[np.float64]
    labels: NDArray[np.int64]
    answers: NDArray[np.int64]
    variants: Mapping[str, NDArray[np.int64]]

    def drops(self, variant: str) -> NDArray[np.float64]:
        """[N] 1 where only FP32 is right, -1 where only the variant is."""
        right = self.answers == self.labels
        changed: NDArray[np.float64] = right.astype(np.float64) - (
            self.variants[variant] == self.labels
        )
        return changed


def load_network(path: Path) -> Network:
    """Read one file of evidence."""
    with np.load(path) as result:
        probabilities = np.maximum(result["probabilities"].astype(np.float64), 1e-12)
        variants = {
            str(name): result["variants"][number] for number, name in enumerate(result["names"])
        }
        return Network(
            path.stem,
            np.log(probabilities),
            result["labels"],
            probabilities.argmax(axis=1),
            variants,
        )


@dataclass(frozen=True)
class Split:
    """What one split gave for one variant; drops are fractions."""

    unseen: float
    reported: Mapping[str, float]
    low: float
    high: float
    accepted: Mapping[str, bool]


def one_split(network: Network, reporting: int, seed: int) -> dict[str, Split]:
    """Report every variant on some images and count its drop on the others."""
    order = np.random.default_rng(seed).permutation(len(network.labels))
    shown, unseen = order[:reporting], order[reporting:]
    before = _before(network, shown)
    splits = {}
    for name, answers in network.variants.items():
        drops = network.drops(name)
        changes = drops[shown]
        lost, gained = int((changes > 0).sum()), int((changes < 0).sum())
        given = Answers(
            network.logarithms[shown],
            network.answers[shown, None],
            answers[shown, None],
            network.labels[shown],
        )
        reported = {
            "count": float(changes.mean()),
            "before": before[name],
            "now": answer_drop(given)[0],
        }
        low, high = flip_interval(lost, gained, reporting, confidence=0.95)
        bound, _ = flip_interval(lost, gained, reporting, confidence=2 * REFUSAL - 1)
        accepted = {way: reported[way] <= BUDGET + 1e-9 for way in WAYS}
        accepted["now"] &= bound <= BUDGET + 1e-9 and low <= BUDGET + 1e-9
        splits[name] = Split(float(drops[unseen].mean()), reported, low, high, accepted)
    return splits


def _before(network: Network, shown: NDArray[np.int64]) -> dict[str, float]:
    """The estimate that was used before, cross-fitted between halves."""
    halves = np.array_split(shown, 2)
    totals = dict.fromkeys(network.variants, 0.0)
    for fitting, judging in (halves, halves[::-1]):
        probabilities = tempered(network.logarithms, network.labels, fitting)
        rows = np.arange(len(probabilities))
        expected = {
            name: probabilities[rows, network.answers] - probabilities[rows, answers]
            for name, answers in network.variants.items()
        }
        drops = {name: network.drops(name) for name in network.variants}
        tried = [name for name in drops if not name.startswith("damaged")]
        for name in drops:
            trials = tried if name in tried else [name]
            fitted = slope(
                [drops[trial][fitting] for trial in trials],
                [expected[trial][fitting] for trial in trials],
            )
            part = combined(drops[name][judging], expected[name][judging], fitted)
            totals[name] += part * len(judging) / len(shown)
    return totals


def _covers(split: Split, noise: float) -> bool:
    """Whether unseen and counted drop differ by no more than both of their noises allow."""
    counted = split.reported["count"]
    reach = split.high - counted if split.unseen > counted else counted - split.low
    return abs(split.unseen - counted) <= math.hypot(reach, noise)


def row(
    network: Network, name: str, splits: list[Split], reporting: int
) -> tuple[str, dict[str, float]]:
    """One line of the table, and its figures."""
    drops = network.drops(name)
    error = float(drops.std(ddof=1)) / len(drops) ** 0.5
    unseen = np.array([split.unseen for split in splits])
    figures = {"drop": float(drops.mean()), "error": error}
    cells = [f"{100 * figures['drop']:.2f} ± {100 * error:.2f}"]
    for way in WAYS:
        off = unseen - np.array([split.reported[way] for split in splits])
        figures[f"{way} mean"] = float(off.mean())
        figures[f"{way} rmse"] = float(np.sqrt((off**2).mean()))
        cells.append(f"{100 * figures[f'{way} mean']:+.2f}, {100 * figures[f'{way} rmse']:.2f}")
    noise = 1.96 * error * (len(drops) / (len(drops) - reporting)) ** 0.5
    cells.append(f"{100 * np.mean([_covers(split, noise) for split in splits]):.0f} %")
    for way in WAYS:
        passed = np.array([split.accepted[way] for split in splits])
        figures[f"{way} accepted"] = float(passed.mean())
        over = float((unseen[passed] > BUDGET + 1e-9).mean()) if passed.any() else 0.0
        figures[f"{way} over"] = over
        cells.append(f"{100 * passed.mean():.0f} %, {100 * over:.0f} %" if passed.any() else "0 %")
    spread = float(unseen.std()) or 1e-9
    cells.append(f"{100 * (1 - norm.cdf((BUDGET - figures['drop']) / spread)):.0f} %")
    return f"| {name} | " + " | ".join(cells) + " |", figures


def _one(task: tuple[Path, int, int]) -> dict[str, Split]:
    path, reporting, seed = task
    return one_split(load_network(path), reporting, seed)


def main() -> None:
    """Print a table for each network, and how many rows hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evidence", type=Path, default=Path("evidence"))
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--reporting", type=int, default=250, help="images that are reported on")
    parser.add_argument("--workers", type=int, default=1)
    words = parser.parse_args()
    everything = []
    with ProcessPoolExecutor(words.workers) as pool:
        for path in sorted(words.evidence.glob("*.npz")):
            network = load_network(path)
            tasks = [(path, words.reporting, seed) for seed in range(words.splits)]
            splits = list(pool.map(_one, tasks, chunksize=4))
            right = float((network.answers == network.labels).mean())
            sure = float(np.exp(network.logarithms.max(axis=1)).mean())
            print(f"\n`{network.name}`: {len(network.labels)} images, {100 * right:.1f} % right, ")
            print(f"{100 * sure:.1f} % by its own probabilities\n")
            print("| variant | drop | count | before | now | covers", end="")
            print(" | accepted, over: count | before | now | over by chance |")
            print("|---|---|---|---|---|---|---|---|---|---|")
            for name in network.variants:
                line, figures = row(
                    network, name, [split[name] for split in splits], words.reporting
                )
                print(line, flush=True)
                everything.append((network.name, figures))
    chosen_on = [figures for name, figures in everything if "held" not in name]
    held_out = [figures for name, figures in everything if "held" in name]
    for title, rows in (("networks of the choice", chosen_on), ("networks held out", held_out)):
        if rows:
            print(f"\n{title}:")
            summarize([figures for figures in rows if figures["error"] > 0])


def summarize(rows: Sequence[Mapping[str, float]]) -> None:
    """Print in how many rows the estimates hold, and their mean errors."""
    for way in WAYS[1:]:
        within = sum(abs(f[f"{way} mean"]) <= 2 * f["error"] for f in rows)
        print(f"{way}: |mean| within two standard errors in {within} of {len(rows)} rows")
    for share in (0.005, 0.02):
        best = sum(
            f["now rmse"] <= (1 + share) * min(f["count rmse"], f["before rmse"]) for f in rows
        )
        print(
            f"now: error at most {100 * share:g} % larger than the smaller of the others in "
            f"{best} of {len(rows)} rows"
        )
    for way in WAYS:
        mean = 100 * np.mean([f[f"{way} rmse"] for f in rows])
        print(f"{way}: root mean square error {mean:.2f} points, mean over rows")


if __name__ == "__main__":
    main()
