"""`psnr` against scikit-image, with luma, borders and clipping."""

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio

from calibrate.core.annotation import ImageTarget, MaskTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.psnr import Psnr

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
@pytest.mark.parametrize("border", [0, 4])
def test_psnr_equals_scikit_image(channels, border):
    truth, made = pair(channels)
    inner = np.s_[border : 40 - border, border : 50 - border]
    expected = peak_signal_noise_ratio(
        truth[inner].astype(float), made[inner].astype(float), data_range=255
    )
    assert score(Psnr(scale_border=border), truth, made) == pytest.approx(expected, abs=1e-10)


def test_luma():
    truth, made = pair()
    studio = peak_signal_noise_ratio(
        rgb2ycbcr(truth)[..., 0], rgb2ycbcr(made / 255)[..., 0], data_range=255
    )
    assert score(Psnr(color="y", luma_range="studio"), truth, made) == pytest.approx(
        studio, abs=1e-4
    )
    # Pillow rounds its luma, so an eighth of a grey level of noise remains.
    whole = np.round(made).astype(np.uint8)
    full = peak_signal_noise_ratio(
        *(np.asarray(Image.fromarray(image).convert("YCbCr"))[..., 0] for image in (truth, whole))
    )
    ours = score(Psnr(color="y"), truth, whole.astype(np.float32))
    assert ours == pytest.approx(full, abs=0.05)
    assert ours != pytest.approx(studio, abs=0.5)


def test_a_prediction_of_luma_is_held_against_the_luma_of_the_target():
    truth, _ = pair()
    exact = (truth @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    assert score(Psnr(), truth, exact) > 99
    assert score(Psnr(), truth, exact + 255 / 10) == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize(
    ("truth", "made", "expected"),
    [(100, 100, 100), (0, 255, 0), (255, 300, 100), (0, -40, 100), (100, 101, 48.1308)],
    ids=["equal is 100 dB", "opposite", "clipped above", "clipped below", "off by one"],
)
def test_psnr_of_flat_images(truth, made, expected):
    flat = np.full((8, 8), truth, np.uint8)
    assert score(Psnr(), flat, np.full((8, 8), made, np.float32)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "truth", "made", "message"),
    [
        (Psnr(), (8, 8), (8, 9), r"the prediction has shape \[8, 9\], its target \[8, 8\]"),
        (Psnr(scale_border=4), (8, 8), (8, 8), "a border of 4 pixels leaves nothing of 8 x 8"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(metric, truth, made, message):
    with pytest.raises(CalibrateError, match=message):
        score(metric, np.zeros(truth, np.uint8), np.zeros(made, np.float32))


def test_other_kinds_and_nan_are_refused():
    blank = np.zeros((8, 8), np.float32)
    with pytest.raises(CalibrateError, match="use the dataset adapter image_pairs"):
        Psnr().score(ImageOutput(blank), MaskTarget(np.zeros((8, 8), np.uint8)), FACTS)
    with pytest.raises(CalibrateError, match="holds NaN"):
        score(Psnr(), np.zeros((8, 8), np.uint8), blank * np.nan)


def test_label():
    assert Psnr().label == "psnr"
    assert Psnr(color="y", scale_border=4).label == "psnr y border 4"
