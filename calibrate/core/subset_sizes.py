"""How many samples the steps look at that do not need all of them."""

RECIPE_IMAGES = 64
"""Samples on which recipes are compared; the divergence is paired, so few tell them apart."""

RECIPE_CALIBRATION = 100
"""Calibration samples of further recipes; more made no difference on the models measured."""

TUNING_SAMPLES = 512
"""Largest number of unlabelled samples that a model is fine-tuned on."""

CORRECTION_INFERENCES = 32
"""Inferences of a bias correction by the CPU's kernels; a mean over all positions needs few."""
