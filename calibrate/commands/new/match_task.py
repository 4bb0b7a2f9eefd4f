"""Match a model and a dataset to tasks, by the outputs' shapes and the annotations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.fit_labels import with_fitting_labels
from calibrate.commands.new.guess_task import TaskGuess, guess_tasks, unlabelled_task
from calibrate.core.text import shapes_text


@dataclass(frozen=True, slots=True)
class Match:
    """A layout of the data with the tasks whose ground truth it contains.

    Attributes:
        data: the layout.
        tasks: at least one, the likeliest first; several where shapes alone do not decide.
        doubts: parts that the user has to check, a sentence each.
    """

    data: DataGuess
    tasks: tuple[TaskGuess, ...]
    doubts: tuple[str, ...] = ()


def match(guesses: Sequence[DataGuess], shapes: Mapping[str, tuple[int, ...]]) -> Match:
    """Return the likeliest tasks whose ground truth the data contains.

    Args:
        guesses: layouts of the data, the best annotated first.
        shapes: shapes of the model's outputs, with the batch, -1 dynamic.
    """
    for guess in guesses:
        data = with_fitting_labels(guess, shapes)
        tasks = [task for task in guess_tasks(shapes, data) if task.truth == data.truth != "none"]
        if tasks:
            return Match(data, tuple(tasks))
    data = guesses[-1]
    compared = unlabelled_task(shapes, is_image=data.content == "images")
    labelled = [data for data in guesses if data.truth != "none"]
    if not labelled:
        return Match(data, (compared,))
    doubt = (
        f"The data has labels ({labelled[0].reason}), but no built-in decoder reads such "
        f"predictions from the outputs {shapes_text(shapes)}: INT8 is compared with FP32 instead."
    )
    return Match(data, (compared,), (doubt,))
