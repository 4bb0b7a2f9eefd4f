"""Values of `librosa.feature.melspectrogram`, `power_to_db` and `torch.stft`, written out."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing.mel_spectrogram import MelSpectrogram
from calibrate.testing.steps import check_step

WAVE = np.cos(np.arange(24) * 0.7).astype(np.float32)
SMALL = {"sample_rate": 8000, "n_fft": 16, "hop_length": 12, "n_mels": 3}
TORCHAUDIO = {"mel_scale": "htk", "norm": None, "pad_mode": "reflect"}
POWER = [
    [0.008856, 0.018203, 0.007855],
    [0.008729, 0.014391, 0.006036],
    [0.001678, 0.00042, 0.001175],
]
DECIBELS = [
    [-20.5275, -17.3985, -21.0485],
    [-20.5902, -18.419, -22.1926],
    [-27.7513, -33.7715, -29.3014],
]
HTK = [
    [8.586854, 8.852147, 13.55058],
    [14.590672, 14.497104, 12.053895],
    [0.654445, 0.665331, 0.351046],
]


def sample(wave):
    return Sample("7", {"audio": np.asarray(wave)})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"log": "none"}, POWER),
        ({}, DECIBELS),
        ({"log": "none", **TORCHAUDIO}, HTK),
        ({"top_db": 10.0}, np.maximum(DECIBELS, -27.3985)),
        ({"log": "natural", "log_offset": 0.01}, np.log(np.array(POWER) + 0.01)),
        ({"layout": "time_mel"}, np.transpose(DECIBELS)),
        ({"channel_dimension": True}, [DECIBELS]),
    ],
)
def test_values(fields, expected):
    made = check_step(MelSpectrogram(**SMALL, **fields), sample(WAVE))
    assert made.data["audio"].dtype == np.float32
    np.testing.assert_allclose(made.data["audio"], expected, rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(24,), (1, 24)])
def test_a_waveform_may_have_a_channel(shape):
    made = MelSpectrogram(**SMALL)(sample(WAVE.reshape(shape)))
    assert made.data["audio"].shape == (3, 3)


def test_frames_without_padding_and_magnitudes():
    step = MelSpectrogram(**SMALL, center=False, log="none")
    squares = step(sample(WAVE)).data["audio"]
    assert squares.shape == (3, 1)
    magnitudes = step.model_copy(update={"power": 1})(sample(2 * WAVE)).data["audio"]
    assert (magnitudes > 0).all()
    doubled = step.model_copy(update={"power": 1})(sample(WAVE)).data["audio"]
    np.testing.assert_allclose(magnitudes, 2 * doubled, rtol=1e-5)


@pytest.mark.parametrize(
    ("wave", "fields", "message"),
    [
        (np.zeros((2, 24)), {}, r"'audio' of shape \(2, 24\) is no waveform"),
        (np.zeros(9), {"center": False}, "the waveform has 9 samples, fewer than a frame takes"),
        (np.zeros(8), {"pad_mode": "reflect"}, "the waveform has 8 samples"),
        (np.zeros(0), {}, "the waveform has 0 samples"),
    ],
)
def test_refused(wave, fields, message):
    with pytest.raises(CalibrateError, match=message):
        MelSpectrogram(**SMALL, **fields)(sample(wave))


@pytest.mark.parametrize("fields", [{"win_length": 17}, {"f_max": 5000}, {"f_min": 4000}])
def test_parameters_that_do_not_fit(fields):
    with pytest.raises(ValidationError):
        MelSpectrogram(**SMALL, **fields)
