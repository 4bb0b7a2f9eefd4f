"""Guess folders of sound files, and the rate and length at which a model takes them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, mode

from calibrate.commands.new.data_guess import DataGuess, class_folders
from calibrate.core.extras import import_extra
from calibrate.core.text import shapes_text
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan

_SOUNDS = (".wav", ".flac", ".ogg")
_LOOKED_AT = 50
_RATES = (16000, 8000, 22050, 24000, 32000, 44100, 48000)
"""Samples a second that models usually take."""
_NEAR = 0.02
"""Relative difference within which the length of the input is that of the files."""


def audio_data(path: Path) -> Iterator[DataGuess]:
    """Yield sound files in a folder for each class, or unlabelled in one folder."""
    root, folders = class_folders(path, _SOUNDS)
    if folders:
        reason = f"{len(folders)} folders hold sound files, one a class"
        adapter = {"type": "audio_folder", "data_source": root}
        yield DataGuess(adapter, "class", reason, content="audio")
    elif _sounds(path):
        adapter = {"type": "audio_folder", "data_source": path}
        yield DataGuess(adapter, "none", "sound files are there", content="audio")


def _sounds(folder: Path) -> Sequence[Path]:
    return [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in _SOUNDS]


def with_length(data: DataGuess, plans: Sequence[InputPlan]) -> DataGuess:
    """Return the data with the rate and length that the model's input suggests.

    The length of the input over a usual rate is the duration of the files; else the rate is that
    of the files.

    Raises:
        CalibrateError: the model takes no waveform of a fixed length.
    """
    shape = plans[0].shape
    is_wave = len(shape) == 2 or (len(shape) == 3 and shape[1] == 1)
    if len(plans) != 1 or not is_wave or shape[-1] < 1:
        listed = shapes_text({plan.name: plan.shape for plan in plans})
        raise CalibrateError(
            "the data are sound files, and the model takes no waveform of a fixed length: "
            f"{listed}",
            where="model.inputs",
            hint="write the config by hand, with the step `mel_spectrogram` where the model takes "
            "a spectrogram",
        )
    soundfile = import_extra("soundfile", "audio")
    files = _sounds(data.adapter["data_source"])[:_LOOKED_AT]
    try:
        infos = [soundfile.info(file) for file in files]
    except RuntimeError as error:
        raise CalibrateError(f"a sound file cannot be read ({error})") from error
    duration = median(info.frames / info.samplerate for info in infos)
    rates = [info.samplerate for info in infos]
    stated = mode(rates)
    fitting = [rate for rate in (stated, *_RATES) if abs(shape[-1] / rate / duration - 1) <= _NEAR]
    rate = fitting[0] if fitting else stated
    adapter = {
        **data.adapter,
        "sample_rate": rate,
        "seconds": shape[-1] / rate,
        **({"channel_dimension": True} if len(shape) == 3 else {}),
    }
    doubt = (
        f"The input has {shape[-1]} samples: {rate} a second are a guess (the files have "
        f"{', '.join(map(str, sorted(set(rates))))}, and their median length is {duration:.3g} s)."
    )
    return replace(data, adapter=adapter, doubts=(*data.doubts, doubt))
