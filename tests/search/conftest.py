"""Searches of a small network, with everything that a run has."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.context.store_backend import StoreBackend
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.plain_variant import observe_plain, quantize_plain
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.variant_store import VariantStore
from calibrate.search.warm_start import WarmStart

SETTINGS = ["search.recipes=default", "quantization.model_type=null"]


class Notes(NoProgress):
    """Keeps what a run says."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
def make_searches(make_job, tmp_path) -> Callable[..., list[MixedPrecisionSearch]]:
    def make(
        *overrides: str,
        warm_start: WarmStart | None = None,
        expired: Callable[[], bool] = bool,
        backend: StoreBackend | None = None,
    ) -> list[MixedPrecisionSearch]:
        resolved = load_config(make_job(), overrides=[*SETTINGS, *overrides])
        costs, work = Costs(time.monotonic), Path(tmp_path / "work")
        context = build_context(resolved, costs, Notes(), work, backend)
        store = VariantStore(context, (), expired)
        quantize_plain(store)
        observe_plain(store)
        recipes = RecipeSearch(store)
        folds = context.data.folds
        return [MixedPrecisionSearch(store, recipes, fold, warm_start) for fold in folds]

    return make
