"""How many samples the steps look at that do not need all of them."""

RECIPE_IMAGES = 64
"""Samples on which recipes are compared; the divergence is paired, so few tell them apart."""

RECIPE_CALIBRATION = 100
"""Calibration samples of further recipes; more made no difference on the models measured."""

TUNING_SAMPLES = 512
"""Largest number of unlabelled samples that a model is fine-tuned on."""

CORRECTION_INFERENCES = 32
"""Inferences of a bias correction by the CPU's kernels; a mean over all positions needs few."""

SATURATION_INFERENCES = 4
"""Inferences in which products that overflow without VNNI are counted."""

RANGE_IMAGES = 16
"""Images on which observed ranges are compared with calibrated ones: a layer's clipping shows in a
few, rare values excepted."""

HISTOGRAM_IMAGES = 4
"""Images of a histogram, each of thousands of values."""

LAYER_ERROR_IMAGES = 16
"""Calibration images on which errors of layers are measured; they differ by orders of magnitude."""

DIFFERENCE_IMAGES = 24
"""Images whose predictions are compared for the report: those that diverge most from FP32."""
