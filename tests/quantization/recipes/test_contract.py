"""What every recipe keeps, whoever wrote it."""

import numpy as np
import pytest

from calibrate.config.quantization import Quantization
from calibrate.config.section import Section
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.models.fingerprint import fingerprint
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import Quantizer
from calibrate.quantization.recipe_selection import all_recipes
from calibrate.quantization.recipes.base import RecipeContext
from calibrate.quantization.shared_passes import Images
from calibrate.quantization.variants import Variants, compose, with_integer_weights

RECIPES = pytest.mark.parametrize("recipe", all_recipes(), ids=lambda r: r.precision.name)
COUNT = 8


@pytest.fixture(scope="module")
def context(case, quantized) -> RecipeContext:
    feeds = case.feeds[:COUNT]
    quantizer = Quantizer(case.model, feeds)
    return RecipeContext(Quantization(), quantized, quantizer, Images(COUNT, COUNT), feeds)


def operations(model) -> list[tuple[str, str]]:
    return sorted(
        (op.get_friendly_name(), op.get_type_name())
        for op in model.get_ops()
        if op.get_type_name() != "Constant"
    )


@RECIPES
def test_a_variant_differs_from_plain_int8_in_constants_alone(case, context, recipe):
    before = fingerprint(case.model)
    variant = recipe.apply(case.model, context)
    assert operations(variant.model) == operations(context.plain)
    assert fingerprint(case.model) == before
    assert fingerprint(recipe.apply(case.model, context).model) == fingerprint(variant.model)


@RECIPES
def test_groups_of_a_variant_stand_beside_fp32_and_plain_int8(case, context, recipe):
    groups = find_groups(context.plain)
    models = {INT8: context.plain, recipe.precision: recipe.apply(case.model, context).model}
    variants = Variants(case.model, models, groups)
    mixed = Candidate(
        tuple((recipe.precision, FP32, INT8)[index % 3] for index in range(len(groups)))
    )
    whole = Candidate.uniform(groups, recipe.precision)
    for candidate in (mixed, whole):
        outputs = case.outputs(with_integer_weights(compose(variants, candidate)))
        assert np.isfinite(outputs).all()
    composed = compose(variants, whole)
    assert np.array_equal(case.outputs(composed), case.outputs(models[recipe.precision]))


@RECIPES
def test_a_recipe_declares_its_reason_and_its_settings(recipe):
    assert recipe.reason
    assert recipe.effort in ("auto", "thorough")
    assert not recipe.precision.is_float
    assert isinstance(recipe.depends_on(Quantization()), Section)
    assert recipe.is_relevant(Quantization())


def test_recipes_have_different_names():
    names = [recipe.precision.name for recipe in all_recipes()]
    assert len(set(names)) == len(names)
    assert not {"int8", "fp32", "bf16", "fp16"} & set(names)
