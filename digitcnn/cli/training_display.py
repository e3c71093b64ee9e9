"""A training in the terminal: a progress bar, or plain lines if it is not one."""

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from digitcnn.runs.progress import Progress
from digitcnn.text import duration, percent, time_left


class TrainingDisplay:
    """Shows a training's progress; a context manager, as the bar must be taken down at the end.

    Args:
        to_stderr: show on standard error, so that standard output stays free.
    """

    def __init__(self, to_stderr: bool = False):
        # A line is never broken where the output is a file: 200 columns hold all of ours.
        self._console = Console(stderr=to_stderr, highlight=False)
        if not self._console.is_terminal:
            self._console.width = 200
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[state]}"),
            console=self._console,
            transient=True,
        )
        self._bar: TaskID | None = None
        self._doing = ""
        self._epochs_told = 0

    def __enter__(self) -> "TrainingDisplay":
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Shows what has changed."""
        if progress.doing != self._doing and progress.state != "fitting":
            self._doing = progress.doing
            if self._doing:
                self._console.print(f"{self._doing} …")
        epochs = progress.history.get("epochs", [])
        for epoch in epochs[self._epochs_told :]:
            self._console.print(_epoch_line(epoch, progress))
        self._epochs_told = len(epochs)
        if self._console.is_terminal:
            self._move(progress)

    def _move(self, progress: Progress) -> None:
        if progress.state != "fitting":
            if self._bar is not None:
                self._bars.remove_task(self._bar)
                self._bar = None
            return
        if self._bar is None:
            self._bar = self._bars.add_task("", total=progress.steps, state="")
        state = (
            []
            if progress.accuracy is None
            else [f"{percent(progress.accuracy, 1)} training accuracy"]
        )
        if progress.seconds_left is not None:
            state.append(time_left(progress.seconds_left))
        self._bars.update(
            self._bar,
            completed=progress.step,
            description=f"Epoch {progress.epoch} of {progress.epochs}",
            state=", ".join(state),
        )


def _epoch_line(epoch: dict[str, Any], progress: Progress) -> str:
    return (
        f"Epoch {epoch['epoch']:>2} of {progress.epochs}: "
        f"training {percent(epoch['accuracy'])}, "
        f"validation {percent(epoch['val_accuracy'])} correct "
        f"(loss {epoch['loss']:.4f} and {epoch['val_loss']:.4f}), {duration(epoch['seconds'])}"
    )
