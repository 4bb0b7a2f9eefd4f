"""Sizes of the sets of a run, before its images are decoded."""

from calibrate.commands.estimate.inputs import Sets
from calibrate.config.resolved import Resolved
from calibrate.context.calibration_set import calibration_items
from calibrate.context.dataset import is_crossed


def expected_sets(resolved: Resolved, count: int) -> Sets:
    """Return approximate sizes of the sets; the exact split depends on the images' contents."""
    config = resolved.config
    wanted = config.split.calibration or config.quantization.subset_size
    separate = len(calibration_items(resolved))
    image_counts = [
        compression_settings.subset_size if compression_settings.wants_images else 0
        for precision in config.quantization.precision_values
        if precision.compresses_weights
        for compression_settings in [config.quantization.compressions[precision.name]]
    ]

    def compression(calibration: int) -> int:
        return sum(min(most, calibration) for most in image_counts)

    if is_crossed(config.split, count):
        calibration = min(wanted, separate or count)
        return Sets(count, calibration, count, count, 2, compression(calibration), separate)
    acceptance = round(count * config.split.acceptance)
    rest = count - acceptance
    calibration = min(wanted, separate or rest)
    draws = not separate and rest - calibration >= 2 * wanted
    search = rest - calibration if draws else rest
    compressed = compression(calibration)
    return Sets(search + acceptance, calibration, search, acceptance, 1, compressed, separate)
