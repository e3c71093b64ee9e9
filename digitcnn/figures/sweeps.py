"""A sweep → a Plotly figure: validation accuracy of its trials along one entry."""

from typing import Any

from digitcnn.figures.colors import CHOSEN_COLOR, OTHER_COLOR
from digitcnn.figures.curves import layout_of
from digitcnn.figures.runs import SCATTER_HEIGHT_PX, short
from digitcnn.runs.sweeps import Sweep, Trial
from digitcnn.text import percent

_WIDE = 10  # numbers that are so many times as far apart lie on a logarithmic axis


def varied(sweep: Sweep) -> list[str]:
    """The entries of the recipe that were not the same in all trials."""
    names = dict.fromkeys(name for trial in sweep.trials for name in trial.changes)
    return [
        name for name in names if len({str(trial.changes.get(name)) for trial in sweep.trials}) > 1
    ]


def accuracy_along(sweep: Sweep, entry: str) -> dict[str, Any]:
    """Each trial's validation accuracy against its value of an entry; those kept in colour."""
    done = _done(sweep, entry)
    values = [trial.changes[entry] for trial in done]
    numbers = [
        value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    across: dict[str, Any] = {"title": {"text": entry.replace("_", " ")}}
    if len(numbers) < len(values):
        across["type"] = "category"
        values = [short(str(value)) for value in values]
    elif numbers and min(numbers) > 0 and max(numbers) / min(numbers) >= _WIDE:
        across["type"] = "log"
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": [trial.validation_accuracy for trial in done],
        "text": [short(_told(trial), 120) for trial in done],
        "marker": {
            "size": [13 if trial.run else 9 for trial in done],
            "color": [CHOSEN_COLOR if trial.run else OTHER_COLOR for trial in done],
        },
        "hovertemplate": "%{y:.2%}, %{text}<extra></extra>",
    }
    up = {"tickformat": ".4~%", "title": {"text": "validation accuracy"}}
    layout = layout_of(SCATTER_HEIGHT_PX, across, up)
    layout["margin"]["t"] = 36  # for the mode bar
    return {"data": [points], "layout": {**layout, "showlegend": False, "hovermode": "closest"}}


def along_in_words(sweep: Sweep, entry: str) -> str:
    """What :func:`accuracy_along` shows, for those who cannot see it."""
    best_first = sorted(_done(sweep, entry), key=lambda trial: -(trial.validation_accuracy or 0))
    parts = [
        f"{trial.changes[entry]}: {percent(trial.validation_accuracy or 0)}" for trial in best_first
    ]
    return f"Validation accuracy by {entry.replace('_', ' ')}, best first. {'; '.join(parts)}."


def _done(sweep: Sweep, entry: str) -> list[Trial]:
    return [
        trial
        for trial in sweep.trials
        if trial.validation_accuracy is not None and entry in trial.changes
    ]


def _told(trial: Trial) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in trial.changes.items())
