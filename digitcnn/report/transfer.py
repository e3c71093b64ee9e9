"""The transfer benchmark → one HTML page with a chart and a table."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from digitcnn.models.recipes import dataset_title
from digitcnn.report.charts import Line, Scale, drawn
from digitcnn.system.templates import render
from digitcnn.text import percent

ARMS = {
    "scratch": "from scratch",
    "from_run": "from the run",
    "frozen": "some frozen",
}
"""The ways to begin, as figures call them and as people do."""

_COLORS = {"scratch": "training", "from_run": "validation", "frozen": "other"}


def html(figures: Mapping[str, Any]) -> str:
    """The page.

    Args:
        figures: as :func:`digitcnn.benchmarks.accuracy.transfer.measure` gives them.
    """
    arms = [arm for arm in ARMS if arm in figures["sizes"][0]]
    return render(
        "report/templates/transfer.html",
        run=figures["run"],
        network=figures["network"],
        dataset=dataset_title(figures["dataset"]),
        n_test=figures["n_test"],
        n_draws=figures["draws"],
        as_it_is=percent(figures["as_it_is"]),
        frozen=figures["frozen"],
        chart=chart(figures),
        arms=[ARMS[arm] for arm in arms],
        rows=[(row["digits"], [_told(row[arm]) for arm in arms]) for row in figures["sizes"]],
    )


def chart(figures: Mapping[str, Any]) -> Markup:
    """Accuracy by the number of digits, a line for each way to begin."""
    rows = figures["sizes"]
    sizes = [float(row["digits"]) for row in rows]
    lines = [
        Line(_COLORS[arm], sizes, [row[arm]["mean"] for row in rows], title)
        for arm, title in ARMS.items()
        if arm in rows[0]
    ]
    last = ", ".join(f"{line.title} {percent(line.y[-1])}" for line in lines)
    words = f"Accuracy by the number of digits learned from; at {sizes[-1]:,.0f} digits {last}."
    across = Scale(min(sizes), max(sizes)) if len(sizes) > 1 else Scale(0, 2 * sizes[0])
    return drawn(lines, "accuracy", words, "digits", across, sizes)


def _told(arm: Mapping[str, float]) -> str:
    return f"{percent(arm['mean'])} ({percent(arm['least'])} to {percent(arm['most'])})"
