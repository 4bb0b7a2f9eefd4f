"""Sound files in a folder for each class, as waveforms of one rate and length."""

from collections.abc import Sequence
from functools import cached_property
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.signal import resample_poly

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.extras import import_extra
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.paths import list_files, list_folders, regular_file
from calibrate.errors import CalibrateError

ENDINGS = (".wav", ".flac", ".ogg")


class AudioFolder(Component):
    """Sound files (WAV, FLAC, Ogg) in a folder for each class, or unlabelled in one folder.

    The data `audio` is the mean of the channels, float32 from -1 to 1, [samples], resampled by a
    polyphase filter; shorter sounds are padded with silence at their end, longer ones cut. Needs
    the package soundfile: `pip install 'openvino-calibrate[audio]'`.

    Example:
        type: audio_folder
        data_source: speech_commands
        sample_rate: 16000
        seconds: 1
    """

    data_source: AnchoredPath
    """The folder of class folders, sorted by name giving the class ids; or of sound files."""
    sample_rate: int = Field(ge=1)
    """Samples per second of the model's input."""
    seconds: float = Field(gt=0)
    """Length of the model's input in seconds."""
    channel_dimension: bool = False
    """True gives [1, samples], for models whose input is [batch, channel, samples]."""
    classes: tuple[str, ...] = ()
    """Folders that count, in the order of their class ids; all, sorted by name, by default."""
    labels: AnchoredPath | None = None
    """Names of the classes in the order of their ids, for reports."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    def items(self) -> Sequence[Item]:
        """All sound files, sorted by class and path."""
        items = [
            Item(f"{shown(folder)}/{shown(name)}", path, ClassLabel(label), label)
            for label, folder in enumerate(self._folders)
            for name in list_files(self.data_source / folder, ENDINGS)
            for path in (self.data_source / folder / name,)
        ]
        if not self._folders:
            names = list_files(self.data_source, ENDINGS)
            items = [Item(shown(name), self.data_source / name) for name in names]
        if not items:
            raise CalibrateError(
                "there is no sound file", shown(self.data_source), f"known: {' '.join(ENDINGS)}"
            )
        return items

    def read(self, item: Item) -> Sample:
        """The waveform under the key `audio`."""
        path = item.source or self.data_source
        wave = self._wave(path)
        length = round(self.seconds * self.sample_rate)
        wave = np.pad(wave[:length], (0, max(0, length - len(wave))))
        array = wave[np.newaxis] if self.channel_dimension else wave
        return Sample(item.id, {"audio": array}, item.annotation, source=shown(path))

    def _wave(self, path: Path) -> NDArray[np.float32]:
        soundfile = import_extra("soundfile", "audio")
        real = regular_file(path, None if self.allow_outside else self.data_source)
        try:
            values, rate = soundfile.read(real, dtype="float32", always_2d=True)
        except (RuntimeError, OSError) as error:
            raise CalibrateError(f"the sound cannot be read ({error})", shown(path)) from error
        mono = values.mean(axis=1)
        if rate != self.sample_rate:
            common = gcd(int(rate), self.sample_rate)
            mono = resample_poly(mono, self.sample_rate // common, int(rate) // common)
        return np.asarray(mono, np.float32)

    def sources(self) -> Sequence[Path]:
        """The folder, and the file of names."""
        return [path for path in (self.data_source, self.labels) if path]

    def label_names(self) -> Sequence[str]:
        """Of the labels file, else the folders."""
        if self.labels:
            return read_label_names(self.labels).names
        return [shown(name) for name in self._folders]

    @cached_property
    def _folders(self) -> Sequence[str]:
        there = list_folders(self.data_source)
        absent = [name for name in self.classes if name not in there]
        if absent:
            raise CalibrateError(f"there is no folder '{absent[0]}'", shown(self.data_source))
        return self.classes or there
