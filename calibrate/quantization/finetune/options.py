"""How a model is tuned: rates that did well in short trials."""

from calibrate.config.section import Section


class TuningOptions(Section):
    """Settings of one tuning; what is learned depends on them, the images and the model alone.

    Rates of weights are in steps of the grid over the root of how many weights a channel sums,
    those of biases in 64ths of the root mean square of the layer's output, those of ranges in
    natural logarithms.
    """

    minutes: float = 10.0
    """Processor time that the steps may take, estimated from the first of them."""
    most_steps: int = 400
    """Updates at most."""
    batch: int = 8
    """Images an update."""
    weight_rate: float = 0.003
    """Of weights."""
    bias_rate: float = 0.005
    """Of biases."""
    range_rate: float = 5e-4
    """Of the scales of activations."""
    weight_range_rate: float = 1e-4
    """Of the scales of weights."""
    feature_weight: float = 0.3
    """Weight of the squared error of the inputs of quantizers beside the outputs' loss."""
    held_share: float = 0.2
    """Share of the images that choose when to end, and are not tuned on."""
    looks: int = 8
    """How often these are looked at."""
    flip: bool = True
    """Whether colour images are mirrored at random."""
    seed: int = 0
    """Of the order of the images and of mirroring."""
