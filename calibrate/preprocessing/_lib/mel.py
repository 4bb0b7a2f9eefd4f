"""Mel filters and power spectrograms of waveforms.

Sources: O'Shaughnessy, Speech Communication, 1987 (`htk`); Slaney, Auditory Toolbox, 1998
(`slaney`); defaults and borders as `librosa.feature.melspectrogram` has them.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import get_window

Floats = NDArray[np.float64]
Scale = Literal["slaney", "htk"]

_LINEAR_STEP = 200 / 3
"""Hertz of one mel of Slaney's scale below 1000 Hz."""
_LOG_FROM = 1000.0
_LOG_STEP = np.log(6.4) / 27


def power_spectrogram(
    wave: Floats, *, n_fft: int, hop_length: int, win_length: int, window: str
) -> Floats:
    """Squared magnitudes of the frames of a waveform, [n_fft // 2 + 1, frames].

    Args:
        wave: [samples], already padded at its borders; at least `n_fft` long.
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        win_length: samples of the window, which stands in the middle of the frame.
        window: a name of scipy's, periodic.
    """
    weights = get_window(window, win_length)
    before = (n_fft - win_length) // 2
    weights = np.pad(weights, (before, n_fft - win_length - before))
    frames = np.lib.stride_tricks.sliding_window_view(wave, n_fft)[::hop_length]
    return np.asarray(np.abs(rfft(frames * weights, axis=1)) ** 2).T


def mel_filters(
    sample_rate: int, n_fft: int, limits: tuple[float, float], *, n_mels: int, scale: Scale
) -> Floats:
    """Triangular filters of height 1, [n_mels, n_fft // 2 + 1].

    Args:
        sample_rate: samples a second.
        n_fft: samples of a frame.
        limits: lowest and highest frequency, Hz.
        n_mels: how many filters.
        scale: of mels.
    """
    edges = _edges(limits, n_mels, scale)
    bins = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))


def slaney_norm(limits: tuple[float, float], *, n_mels: int, scale: Scale) -> Floats:
    """What brings each filter of height 1 to the area 1, [n_mels, 1]."""
    edges = _edges(limits, n_mels, scale)
    return np.asarray((2 / (edges[2:] - edges[:-2]))[:, None])


def _edges(limits: tuple[float, float], n_mels: int, scale: Scale) -> Floats:
    """[n_mels + 2] Hz, where filters begin, peak and end."""
    low, high = _to_mel(np.array(limits), scale)
    return _to_hertz(np.linspace(low, high, n_mels + 2), scale)


def _to_mel(hertz: Floats, scale: Scale) -> Floats:
    if scale == "htk":
        return 2595 * np.log10(1 + hertz / 700)
    above = _LOG_FROM / _LINEAR_STEP + np.log(np.maximum(hertz, _LOG_FROM) / _LOG_FROM) / _LOG_STEP
    return np.where(hertz < _LOG_FROM, hertz / _LINEAR_STEP, above)


def _to_hertz(mels: Floats, scale: Scale) -> Floats:
    if scale == "htk":
        return 700 * (10 ** (mels / 2595) - 1)
    first = _LOG_FROM / _LINEAR_STEP
    above = _LOG_FROM * np.exp(_LOG_STEP * (np.maximum(mels, first) - first))
    return np.where(mels < first, mels * _LINEAR_STEP, above)
