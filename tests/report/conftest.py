"""Reports made by hand, from the one in sample.json, which has every part filled."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calibrate.report.schema import Report

Maker = Callable[..., Report]

PIXEL = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwc"
    "KDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAA"
    "AAAAAAAAAAD/2gAIAQEAAD8AKp//2Q=="
)


def group(number: int, precision: str, **changes: Any) -> dict[str, Any]:
    reason = {"fp32": "accuracy"}.get(precision, "")
    return {
        "name": f"/conv{number}",
        "operations": [f"/conv{number}", f"/relu{number}"],
        "types": ["Convolution", "Relu"],
        "sensitivity": {"int8": 0.001 * number},
        "sensitivity_error": {"int8": 0.0002},
        "microseconds": {"fp32": 100.0 * number, "int8": 60.0 * number},
        "precision": precision,
        "reason": reason,
    } | changes


def change(label: int | None, fp32: int, int8: int, **changes: Any) -> dict[str, Any]:
    return {
        "sample": f"images/{label}_{fp32}_{int8}.png",
        "source": "",
        "label": label,
        "fp32": fp32,
        "fp32_score": 0.6,
        "int8": int8,
        "int8_score": 0.5,
        "images": "acceptance",
        "thumbnail": PIXEL,
    } | changes


def score(value: float, drop: float | None = None, half: float = 0.006, **more: Any) -> Any:
    if drop is None:
        return {"value": value}
    interval = [drop - half, drop + half]
    return {"value": value, "drop": drop, "interval": interval, "method": "Tango score", **more}


def metric(drop: float = 0.004, budget: float = 0.01, **changes: Any) -> dict[str, Any]:
    return {
        "unit": "fraction",
        "higher_is_better": True,
        "budget": {"max_drop": budget, "drop_type": "absolute", "absolute": budget},
        "fp32": {"search": score(0.87), "acceptance": score(0.85)},
        "int8": {"search": score(0.85, 0.02), "acceptance": score(0.825, 0.025)},
        "result": {"search": score(0.869, 0.001), "acceptance": score(0.85 - drop, drop)},
    } | changes


@cache
def sample() -> bytes:
    return Path(__file__).with_name("sample.json").read_bytes()


@pytest.fixture
def make() -> Maker:
    """Makes a report; `a__b=value` replaces the entry b of the part a."""

    def made(**changes: Any) -> Report:
        content = json.loads(sample())
        for path, value in changes.items():
            *parents, last = path.split("__")
            place = content
            for parent in parents:
                place = place[parent]
            place[last] = value
        if "groups" in changes and "graph" not in changes:
            content["graph"] = None  # its edges are positions in the sample's groups
        return Report.model_validate(content)

    return made


@pytest.fixture
def metric_of():
    return metric


@pytest.fixture
def group_of():
    return group


@pytest.fixture
def change_of():
    return change


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a|b`c`](http://evil) *b* @name #1",
    "\x1b[31mred\x07\x00",
    "line\nbreak\ttab",
    "\u202egnp.exe",
    "byte \udcff",
    "]]>&amp;</testcase>",
    "{{ 7 * 7 }}",
    "$(calibrate)",
)


@pytest.fixture
def hostile_report(make: Maker) -> Report:
    """Every name that comes from data is hostile."""
    evil = " ".join(HOSTILE)
    return make(
        model__name=evil,
        model__source=evil,
        model__inputs={evil: [1, 3]},
        model__kept_in_fp32=[evil],
        dataset__name=evil,
        dataset__skipped=[evil],
        metrics={evil: metric(0.03)},
        verdict__passed=False,
        verdict__outcome="over",
        verdict__interval_result="over",
        verdict__summary=evil,
        verdict__next_steps=[evil],
        groups=[
            group(1, "fp32", name=evil, operations=[evil, evil], types=[evil]),
            group(2, "int8", name=evil),
        ],
        changes=[change(0, 0, 1, sample=evil, source=evil)],
        labels=[evil, evil],
        candidates=[
            {
                "number": 1,
                "candidate": evil,
                "judged_on": "search",
                "images": 3,
                "divergence": None,
                "drops": {evil: 0.1},
                "budgets": {},
                "decision": "rejected",
                "reason": evil,
            }
        ],
        classes__changed=[{"label": 0, "name": evil, "fp32": 0.9, "result": 0.8}],
        confusion__names=[evil, evil, evil],
        config_given={evil: evil},
        notes=[evil],
        config={evil: {evil: evil}},
        environment__cpu=evil,
    )
