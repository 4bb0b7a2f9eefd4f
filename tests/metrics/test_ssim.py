"""`ssim` against scikit-image, with both of its windows."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from calibrate.core.annotation import ImageTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.ssim import Ssim

FACTS = Facts("a")


def pair(channels=3, seed=0):
    """A smooth picture and a prediction that is near it, within 0-255 and not rounded."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:40, 0:50]
    waves = [np.sin(rows / (3 + c)) * np.cos(columns / (4 + c)) for c in range(channels)]
    picture = np.stack(waves, -1) * 90 + 128
    near = np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255).astype(np.float32)
    truth = picture.astype(np.uint8)
    return (truth, near) if channels == 3 else (truth[..., 0], near[..., 0])


def score(metric, truth, made):
    return float(metric.score(ImageOutput(made), ImageTarget(truth), FACTS)[0])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("window", ["uniform", "gaussian"])
def test_ssim_equals_scikit_image(channels, window):
    truth, made = pair(channels)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(
        truth.astype(float),
        made.astype(float),
        data_range=255,
        channel_axis=2 if channels == 3 else None,
        **(options if window == "gaussian" else {}),
    )
    assert score(Ssim(window=window), truth, made) == pytest.approx(expected, abs=1e-10)


def test_equal_images_are_similar_by_one():
    truth, _ = pair()
    assert score(Ssim(), truth, truth.astype(np.float32)) == pytest.approx(1, abs=1e-12)


def test_luma_and_border():
    truth, made = pair()
    inner = np.s_[3:37, 3:47]
    lumas = [image.astype(float) @ [0.299, 0.587, 0.114] for image in (truth, made)]
    expected = structural_similarity(lumas[0][inner], lumas[1][inner], data_range=255)
    metric = Ssim(color="y", scale_border=3)
    assert score(metric, truth, made) == pytest.approx(expected, abs=1e-10)
    assert metric.label == "ssim y border 3"


@pytest.mark.parametrize(
    ("metric", "size", "message"),
    [
        (Ssim(), (6, 20), "20 x 6 pixels is smaller than the window of 7"),
        (Ssim(window="gaussian"), (10, 20), "smaller than the window of 11"),
        (Ssim(scale_border=2), (10, 20), "16 x 6 pixels is smaller than the window of 7"),
    ],
)
def test_images_below_the_window_are_refused(metric, size, message):
    with pytest.raises(CalibrateError, match=message):
        score(metric, np.zeros(size, np.uint8), np.zeros(size, np.float32))
