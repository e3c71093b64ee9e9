"""Form fields for the options of a training, from the same table as the command line's."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from digitcnn.models import networks, recipes, training_options
from digitcnn.models.recipes import Recipe
from digitcnn.models.training_options import BY_NAME, OPTIONS, Option
from digitcnn.runs import origin
from digitcnn.runs.run import Run
from digitcnn.system.templates import render

_NONE = ""  # of runs: none of them
_SAME = 1e-12  # a number field rounds; what differs by less was not changed


class Fields:
    """The fields of a form that starts out with a recipe.

    Args:
        start: what they show at first.
        key: which tells them from the fields of other recipes.
        runs: those that a training can start from or learn from, the latest first.
        sets: names of the correction sets that there are.
    """

    def __init__(self, start: Recipe, key: str, runs: Sequence[Run], sets: Sequence[str]):
        self._start, self._key, self._sets = start, key, sets
        self._runs = {run.id: run for run in runs}
        self.values: dict[str, Any] = {}
        """What was chosen, by the name of each option."""

    def place(self, name: str, variant: str = "", start: Any = None) -> None:
        """Places the field of an option.

        Args:
            name: the option's.
            variant: where it starts out otherwise: another field, with a value of its own.
            start: what it shows at first, if not the recipe's value.
        """
        option = BY_NAME[name]
        if start is None:
            start = getattr(self._start, name) if option.of_recipe else None
        key = " ".join(filter(None, (name, variant, self._key)))
        self.values[name] = self._field(option, start, key)

    def place_others(self, starts: dict[str, tuple[str, Any]]) -> None:
        """Places all that are not there yet, in their groups.

        Args:
            starts: variant and first value of those that start out otherwise, by name.
        """
        for group in training_options.GROUPS:
            with st.container(key=f"more-{group.lower().replace(' ', '-')}"):
                st.html(render("app/train/templates/form.html", "group", title=group))
                for option in OPTIONS:
                    if option.group == group and option.name not in self.values:
                        self.place(option.name, *starts.get(option.name, ("", None)))

    def _field(self, option: Option, start: Any, key: str) -> Any:
        told: dict[str, Any] = {
            "key": key,
            "help": option.help,
            # What means nothing without another option waits for it.
            "disabled": bool(option.needs) and not self.values.get(option.needs),
        }
        match option.kind:
            case "switch":
                return st.toggle(option.title, bool(start), **told)
            case "choice":
                values = list(option.choices)
                return st.selectbox(
                    option.title,
                    values,
                    index=values.index(start),
                    format_func=lambda value: option.choices[value],
                    **told,
                )
            case "count":
                return st.number_input(
                    option.title,
                    int(option.low),
                    int(option.high),
                    start,
                    step=int(option.step),
                    **told,
                )
            case "number":
                return self._number(option, float(start), told)
            case "run":
                return self._run(option, start, told)
            case "layers":
                return self._layers(option, start, told)
            case "sets":
                before = recipes.dataset_parts(start) if start else []
                known = list(dict.fromkeys([*self._sets, *before]))
                return recipes.JOIN.join(st.multiselect(option.title, known, before, **told))
        return st.text_input(option.title, start or "", placeholder="the built-in one", **told)

    def _number(self, option: Option, start: float, told: dict[str, Any]) -> float:
        chosen: float = st.number_input(
            option.title,
            float(option.low),
            float(option.high),
            start,
            step=option.step,
            format="%.5g",
            **told,
        )
        return start if abs(chosen - start) < _SAME else chosen

    def _run(self, option: Option, start: str, told: dict[str, Any]) -> str:
        fits = [run for run in self._runs.values() if option.name == "teacher" or self._fits(run)]
        ids = [_NONE, *(run.id for run in fits)]
        if start not in ids:
            ids.append(start)
        chosen: str = st.selectbox(
            option.title, ids, index=ids.index(start), format_func=self._run_title, **told
        )
        return chosen

    def _fits(self, run: Run) -> bool:
        """Whether the run's weights are of the network that is chosen."""
        return run.network == self._start.network and origin.has_weights(run)

    def _run_title(self, run_id: str) -> str:
        if run_id == _NONE:
            return "None"
        run = self._runs.get(run_id)
        return run_id if run is None else run.name

    def _layers(self, option: Option, start: str, told: dict[str, Any]) -> str:
        network = self._start.architecture
        before = networks.frozen_stages(network, start)
        # A key of the network's own: another has other layers.
        chosen = st.multiselect(option.title, networks.stages(network), before, **told)
        if told["disabled"]:
            return ""
        return start if set(chosen) == set(before) else ",".join(chosen)
