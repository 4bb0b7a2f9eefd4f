import numpy as np
import pytest

from calibrate.preprocessing._lib.mel import mel_filters, power_spectrogram, slaney_norm

LIMITS = (200.0, 3000.0)
BIN = 16000 / 4096


@pytest.mark.parametrize(
    ("scale", "peaks"),
    [
        # `librosa.mel_frequencies(6, fmin=200, fmax=3000)` without the ends.
        ("slaney", [573.1, 946.1, 1389.8, 2041.9]),
        ("htk", [494.1, 884.3, 1401.9, 2088.8]),
    ],
)
def test_filters_are_triangles_at_even_steps_of_mels(scale, peaks):
    filters = mel_filters(16000, 4096, LIMITS, n_mels=4, scale=scale)
    assert filters.max(axis=1) == pytest.approx(np.ones(4), abs=0.02)
    np.testing.assert_allclose(filters.argmax(axis=1) * BIN, peaks, atol=4)
    areas = (filters * slaney_norm(LIMITS, n_mels=4, scale=scale)).sum(axis=1) * BIN
    assert areas == pytest.approx(np.ones(4), abs=0.01)


def test_the_power_of_a_tone_is_in_its_bin():
    tone = np.cos(2 * np.pi * np.arange(256) * 8 / 64)
    power = power_spectrogram(tone, n_fft=64, hop_length=16, win_length=64, window="hann")
    assert power.shape == (33, 13)
    assert (power.argmax(axis=0) == 8).all()
    assert power[8] == pytest.approx(np.full(13, 16.0**2))
