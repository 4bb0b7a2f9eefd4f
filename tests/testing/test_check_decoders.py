"""The check of decoders finds what breaks the contract."""

import numpy as np
import pytest

from calibrate.core.component import Component
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("a")


class Good(Component):
    """The values as they are."""

    def predict(self, outputs, facts):
        if not np.isfinite(outputs["out"]).all():
            raise CalibrateError("output 'out' is not finite", facts.id)
        return Values(outputs["out"].copy())

    def signature(self, outputs):
        return {"kept": outputs["out"].copy()}

    def divergence(self, reference, outputs):
        return float(np.sum((reference["kept"] - outputs["out"]) ** 2))

    def problems(self, shapes):
        return []


class View(Good):
    """A prediction that is a view of the outputs."""

    def predict(self, outputs, facts):
        super().predict(outputs, facts)
        return Values(outputs["out"])


class ViewKept(Good):
    """A signature that is a view of the outputs."""

    def signature(self, outputs):
        return {"kept": outputs["out"]}


class Large(Good):
    """A signature that is larger than the outputs."""

    def signature(self, outputs):
        return {"kept": outputs["out"].copy(), "more": np.zeros(10**5)}


class Offset(Good):
    """A divergence that is never 0."""

    def divergence(self, reference, outputs):
        return super().divergence(reference, outputs) + 1e-9


class Blind(Good):
    """A divergence that sees nothing."""

    def divergence(self, reference, outputs):
        return 0.0


class Mutating(Good):
    """A divergence that changes the outputs."""

    def divergence(self, reference, outputs):
        outputs["out"] -= reference["kept"]
        return float(np.sum(outputs["out"] ** 2))


class Credulous(Good):
    """A prediction from anything."""

    def predict(self, outputs, facts):
        return Values(outputs["out"].copy())


class Refusing(Good):
    """A decoder that finds problems where there are none."""

    def problems(self, shapes):
        return ["no"]


class Wordless(Good):
    """A prediction of no known kind."""

    def predict(self, outputs, facts):
        return outputs["out"].copy()


OUTPUTS = {"out": np.linspace(-1, 1, 30)}


def test_good():
    assert check_decoder(Good(), OUTPUTS, FACTS).values.shape == (30,)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (View(), "a prediction owns its arrays"),
        (ViewKept(), "a signature owns its arrays"),
        (Large(), "a signature is small"),
        (Offset(), "divergence of equal outputs is 0, not 1e-09"),
        (Blind(), "is greater than 0"),
        (Mutating(), r"divergence\(\) leaves the outputs alone"),
        (Credulous(), "refuses outputs that are not finite"),
        (Refusing(), r"problems\(\) refuses the shapes"),
        (Wordless(), r"predict\(\) returns ClassScores or"),
    ],
)
def test_broken(decoder, message):
    with pytest.raises(AssertionError, match=message):
        check_decoder(decoder, OUTPUTS, FACTS)


def test_outputs_of_the_author():
    changed = {"out": OUTPUTS["out"] + 1}
    check_decoder(Good(), OUTPUTS, FACTS, changed=changed)
    with pytest.raises(AssertionError, match="greater than 0"):
        check_decoder(Good(), OUTPUTS, FACTS, changed=OUTPUTS)
