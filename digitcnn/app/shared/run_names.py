"""Names of runs in menus."""

from collections.abc import Mapping

from digitcnn.runs.run import Run


def names(runs: Mapping[str, Run]) -> dict[str, str]:
    """Names for people by id; those of the same name with a number.

    A name that changed while the page is open would come back from the browser as no run's.
    """
    found: dict[str, str] = {}
    for run_id, run in runs.items():
        name, number = run.name, 2
        while name in found.values():
            name, number = f"{run.name} ({number})", number + 1
        found[run_id] = name
    return found
