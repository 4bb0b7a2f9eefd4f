"""Step `mel_spectrogram`."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibrate.core.component import Component
from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.mel import mel_filters, power_spectrogram, slaney_norm
from calibrate.preprocessing._lib.pixels import array_of, place

_LEAST_POWER = 1e-10


class MelSpectrogram(Component):
    """Turn a waveform into a mel spectrogram, float32 [n_mels, frames].

    Values are those of `librosa.feature.melspectrogram` and `power_to_db` with the same
    parameters; torchaudio's are `mel_scale: htk`, `norm: null`, `pad_mode: reflect`. Kaldi's
    features (pre-emphasis, Povey window) are others. `normalization` may follow.

    Example:
        preprocessing:
          - {type: mel_spectrogram, sample_rate: 16000, n_fft: 400, hop_length: 160, n_mels: 64}
    """

    sample_rate: int = Field(ge=1)
    """Samples per second, as in the adapter."""
    n_fft: int = Field(default=2048, ge=2)
    """Samples of a frame."""
    hop_length: int | None = Field(default=None, ge=1)
    """Samples from one frame to the next; a quarter of `win_length` by default."""
    win_length: int | None = Field(default=None, ge=1)
    """Samples of the window; `n_fft` by default."""
    window: Literal["hann", "hamming", "blackman", "boxcar"] = "hann"
    """The form of the window."""
    center: bool = True
    """Whether frames are centred at their positions, with borders padded by half a frame."""
    pad_mode: Literal["constant", "reflect"] = "constant"
    """What borders are padded with: silence, or the waveform mirrored."""
    n_mels: int = Field(default=128, ge=1)
    """How many mel filters."""
    f_min: float = Field(default=0.0, ge=0)
    """Lowest frequency, Hz."""
    f_max: float | None = Field(default=None, gt=0)
    """Highest frequency, Hz; half of `sample_rate` by default."""
    mel_scale: Literal["slaney", "htk"] = "slaney"
    """Which scale of mels."""
    norm: Literal["slaney"] | None = "slaney"
    """Whether each filter has the area 1; null: the height 1."""
    power: Literal[1, 2] = 2
    """Magnitudes (1) or their squares (2)."""
    log: Literal["none", "db", "natural"] = "db"
    """`db`: decibels, 10 log10; `natural`: logarithm of the value plus `log_offset`."""
    top_db: float | None = Field(default=80.0, gt=0)
    """With `db`: values further below the greatest one are raised to that; null: none are."""
    log_offset: float = Field(default=1e-6, gt=0)
    """With `natural`: what is added first."""
    layout: Literal["mel_time", "time_mel"] = "mel_time"
    """Order of the dimensions."""
    channel_dimension: bool = False
    """True puts a dimension of 1 in front, for models that take an image of one channel."""
    input: str = "audio"
    """Key of the sample's data that is changed."""

    @model_validator(mode="after")
    def _fits(self) -> "MelSpectrogram":
        if (self.win_length or self.n_fft) > self.n_fft:
            raise ValueError("win_length is greater than n_fft")
        if not self.f_min < self._highest <= self.sample_rate / 2:
            raise ValueError("f_min < f_max <= sample_rate / 2 has to hold")
        return self

    @property
    def _highest(self) -> float:
        return self.f_max if self.f_max is not None else self.sample_rate / 2

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the spectrogram in place of its waveform.

        Raises:
            CalibrateError: the data is no waveform, or shorter than a frame.
        """
        spectrogram = self._logarithm(self._mels(self._wave(sample)))
        if self.layout == "time_mel":
            spectrogram = spectrogram.T
        if self.channel_dimension:
            spectrogram = spectrogram[np.newaxis]
        array = np.ascontiguousarray(spectrogram, np.float32)
        return replace(sample, data={**sample.data, self.input: array})

    def _wave(self, sample: Sample) -> NDArray[np.float64]:
        array = array_of(sample, self.input, "mel_spectrogram")
        if array.dtype.kind not in "iuf" or sum(side != 1 for side in array.shape) > 1:
            raise CalibrateError(
                f"mel_spectrogram: '{self.input}' of shape {array.shape} is no waveform",
                place(sample),
            )
        wave = array.reshape(-1).astype(np.float64)
        half = self.n_fft // 2
        least = half + 1 if self.pad_mode == "reflect" and self.center else 1
        if len(wave) < (least if self.center else self.n_fft):
            raise CalibrateError(
                f"mel_spectrogram: the waveform has {len(wave)} samples, fewer than a frame takes",
                place(sample),
                "make `seconds` of the adapter longer, or n_fft smaller",
            )
        return np.pad(wave, half, mode=self.pad_mode) if self.center else wave

    def _mels(self, wave: NDArray[np.float64]) -> NDArray[np.float64]:
        win_length = self.win_length or self.n_fft
        spectrum = power_spectrogram(
            wave,
            n_fft=self.n_fft,
            hop_length=self.hop_length or max(1, win_length // 4),
            win_length=win_length,
            window=self.window,
        )
        limits = (self.f_min, self._highest)
        filters = mel_filters(
            self.sample_rate, self.n_fft, limits, n_mels=self.n_mels, scale=self.mel_scale
        )
        if self.norm is not None:
            filters = filters * slaney_norm(limits, n_mels=self.n_mels, scale=self.mel_scale)
        return filters @ (spectrum if self.power == 2 else np.sqrt(spectrum))

    def _logarithm(self, mels: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.log == "none":
            return mels
        if self.log == "natural":
            return np.asarray(np.log(mels + self.log_offset))
        decibels = 10 * np.log10(np.maximum(mels, _LEAST_POWER))
        return (
            decibels if self.top_db is None else np.maximum(decibels, decibels.max() - self.top_db)
        )
