"""Options of a tuning; the default rates were selected in short trials."""

from calibrate.config.section import Section


class TuningOptions(Section):
    """Settings of one tuning; the result depends only on them, the images and the model.

    Rates of weights are in grid steps over the square root of the number of weights per channel,
    those of biases in 64ths of the root mean square of the layer's output, those of ranges in
    natural logarithms.
    """

    minutes: float = 10.0
    """Limit of the processor time of the updates, estimated from the first of them."""
    most_steps: int = 400
    """Maximum number of updates that the time allows."""
    updates: int | None = None
    """Number of updates, whatever time they take; None for as many as the time allows."""
    batch: int = 8
    """Images per update."""
    weight_rate: float = 0.003
    """Rate of weights."""
    bias_rate: float = 0.005
    """Rate of biases."""
    range_rate: float = 5e-4
    """Rate of the scales of activations."""
    weight_range_rate: float = 1e-4
    """Rate of the scales of weights."""
    rate_factors: tuple[float, ...] = (1.0, 5.0)
    """Factors of all rates that are tried first; the one with the smaller loss is used."""
    trial_share: float = 0.1
    """Updates of such a trial, as a share of all."""
    feature_weight: float = 0.3
    """Weight of the squared error of the quantizers' inputs relative to the outputs' loss."""
    held_share: float = 0.2
    """Share of the images kept for validation."""
    most_held: int = 48
    """Maximum number of images kept for validation."""
    looks: int = 8
    """Number of evaluations on the validation images."""
    flip: bool = True
    """Whether colour images are mirrored at random."""
    seed: int = 0
    """Seed of the order of the images and of mirroring."""
