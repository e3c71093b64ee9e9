"""Runs side by side: table, actions, curves, costs and recipes."""

from collections.abc import Sequence

import streamlit as st

from digitcnn.app.shared import cache, charts, messages, notes
from digitcnn.app.train import (
    after_corrections,
    expectations,
    how_it_learned,
    run_tools,
    runs_table,
    several,
    sweeps,
)
from digitcnn.figures import runs as figures_comparison
from digitcnn.figures.runs import Compared
from digitcnn.runs import table as comparison
from digitcnn.runs.card import MOST_MEMBERS
from digitcnn.runs.run import Run
from digitcnn.runs.store import RunListing, list_runs
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import percent

_CURVES = {
    "val_accuracy": "Validation accuracy",
    "val_loss": "Validation loss",
    "accuracy": "Training accuracy",
    "loss": "Training loss",
    "val_recall": "Validation recall",
}
_OVER = {"epochs": "by epochs", "seconds": "by seconds"}


def show() -> None:
    """Places the comparison; ticking runs reruns nothing else."""
    st.header("Runs", anchor=False)
    st.fragment(_compare)()


def _compare() -> None:
    with st.container(key="compare"), messages.in_words("comparing runs"):
        in_use = cache.reader().run.id
        listings = list_runs(settings().home)
        # The folder of a running training is shown above, and there is nothing to do to it here.
        listings = [listing for listing in listings if listing.state != "training"]
        ids = runs_table.table(listings, in_use)
        by_id = {listing.id: listing for listing in listings}
        chosen = [by_id[run_id] for run_id in ids if run_id in by_id]
        run_tools.show(by_id.get(runs_table.acted_on()), in_use)
        _learned(listings, [runs_table.acted_on(), *ids, in_use])
        ticked = [listing.run for listing in chosen if listing.run is not None]
        expectations.show(ticked)
        several.show(ticked)
        after_corrections.say_of_two(ticked)
        _charts(listings, ticked)
        sweeps.show()


def _learned(listings: Sequence[RunListing], wanted: Sequence[str]) -> None:
    """How the run learned that is acted on, or else is ticked, or in use."""
    runs = {listing.id: listing.run for listing in listings}
    run = next((found for run_id in wanted if (found := runs.get(run_id)) is not None), None)
    if run is not None:
        how_it_learned.show(run)


def _charts(listings: Sequence[RunListing], chosen: Sequence[Run]) -> None:
    runs = [listing.run for listing in listings if listing.run is not None]
    places = {run.id: place for place, run in enumerate(chosen)}
    compared = [_compared(run, places.get(run.id)) for run in runs]
    for run in chosen:
        if run.card.members:
            _members(run)
    if chosen:
        _overlaid(sorted((run for run in compared if run.place is not None), key=_place))
    if len(runs) > 1:
        _costs(compared)
    if len(chosen) > 1:
        st.subheader("Recipe differences", anchor=False)
        _differences(chosen)
        if not settings().public:
            _together(chosen)
    elif chosen:
        notes.quiet("Tick another run to compare their recipes.")


def _members(run: Run) -> None:
    named = [f"{member.name} ({percent(member.test_accuracy)})" for member in run.card.members]
    notes.quiet(f"{run.name} is the mean of {len(named)} networks: {', '.join(named)}.")


def _together(chosen: Sequence[Run]) -> None:
    """Offers to combine the ticked runs in an ensemble, if that is possible."""
    if len(chosen) > MOST_MEMBERS or any(run.card.members or run.card.foreign for run in chosen):
        return
    ids = [run.id for run in chosen]
    if settings().training:
        st.button(
            f"Make an ensemble of these {len(chosen)}",
            key="put-together",
            icon=":material/merge:",
            on_click=run_tools.put_together,
            args=(ids,),
            help="One run that averages the outputs of all of them, calibrated and evaluated like "
            "any other. This takes about a minute.",
        )
        return
    st.html(
        render(
            "app/train/templates/form.html",
            "command",
            title="To combine them in an ensemble, in a terminal:",
            command=f"python -m digitcnn runs ensemble {' '.join(ids)}",
        )
    )


def _overlaid(compared: Sequence[Compared]) -> None:
    compared = [run for run in compared if run.history is None or len(run.history.epochs)]
    if not compared:
        return  # put together of other runs, or made elsewhere: there was no training to show
    st.subheader("Curves", anchor=False)
    with st.container(key="curve-choice", horizontal=True):
        what = st.selectbox(
            "Curve", list(_CURVES), format_func=lambda curve: _CURVES[curve], key="curve",
            label_visibility="collapsed",
        )  # fmt: skip
        over = st.segmented_control(
            "Along", list(_OVER), format_func=lambda over: _OVER[over], default="epochs",
            key="along", label_visibility="collapsed", required=True,
        )  # fmt: skip
        error = not what.endswith("loss") and st.toggle(
            "Error, logarithmic",
            key="error-scale-compared",
            help="Shows the share of mistakes on a logarithmic scale: what happens between 98 and "
            "100% becomes visible.",
        )
    figure = figures_comparison.overlaid_curves(compared, what, over or "epochs", error)
    if not figure["data"]:
        notes.quiet("No curves were kept of these trainings.")
        return
    charts.place(
        figure,
        # Another curve is another chart: what was zoomed into is not on its axes.
        f"overlaid {what} {over} {error}",
        figures_comparison.overlaid_in_words(compared, what, _CURVES[what]),
    )
    notes.quiet(
        "The large mark is each run's best epoch on the validation digits; the test figure is "
        "beside its name."
    )


def _costs(compared: Sequence[Compared]) -> None:
    st.subheader("Accuracy vs. cost", anchor=False)
    with st.container(key="costs"):
        for cost in ("seconds", "parameters"):
            charts.place(
                figures_comparison.accuracy_against(compared, cost),
                f"against {cost}",
                figures_comparison.against_in_words(compared, cost),
            )


def _compared(run: Run, place: int | None) -> Compared:
    curves = cache.curves(run) if place is not None else None
    return Compared(run.name, curves, run.test_accuracy, run.seconds, run.card.parameters, place)


def _place(run: Compared) -> int:
    return run.place or 0


def _differences(chosen: Sequence[Run]) -> None:
    table = comparison.differences(chosen)
    if not table:
        notes.quiet("None: they followed the same recipe.")
        return
    names = [run.name for run in chosen]
    st.html(render("app/train/templates/compare.html", "differences", names=names, rows=table))
