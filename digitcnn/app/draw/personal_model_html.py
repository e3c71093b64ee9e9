"""What the page shows of a visitor's handwriting, as HTML."""

from functools import partial

from digitcnn.app.shared import personal_model
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.adaptation.adapt import Adaptation, Effect
from digitcnn.models.recipes import dataset_title
from digitcnn.runs.run import Run
from digitcnn.system.templates import render

_render = partial(render, "app/draw/templates/personal_model.html")

_NAMES = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")


def introduction(mine: personal_model.PersonalModel) -> str:
    """What this is, and where the drawings are kept."""
    if not len(mine.drawings):
        return (
            "Nothing yet. Mark a reading as correct or wrong: the drawing is kept, "
            "and the network adapts to it, only for you."
        )
    confirmed = personal_model.count(len(mine.drawings))
    return (
        f"You confirmed {confirmed}: kept until this session ends, and longer where “Keep in this "
        "browser” is ticked."
    )


def effect_html(learned: Adaptation, run: Run, is_on: bool) -> str:
    """Accuracy with and without the visitor's corrections, as a table and in words."""
    effect = learned.effect
    if learned.correction is None and effect.before == effect.n:
        return _render("nothing")
    known = {"handwriting": "synthetic", "mnist": "MNIST"}
    asked = run.recipe.get("dataset", "mnist")
    test = known.get(asked, dataset_title(asked))
    rows = [
        ("Your drawings", f"{effect.before} of {effect.n}", f"{effect.after} of {effect.n}"),
        (
            "Each one, learning only from the others (cross-validated)",
            f"{effect.before} of {effect.n}",
            f"{effect.held_out} of {effect.n}",
        ),
        (
            f"{effect.n_test:,} {test} test digits",
            f"{effect.test_before / effect.n_test:.2%}",
            f"{effect.test_after / effect.n_test:.2%}",
        ),
    ]
    if effect.n == 1:
        del rows[1]
    return _render("effect", rows=rows, is_on=is_on, cost=_cost(effect))


def pictures_html(
    mine: personal_model.PersonalModel, learned: Adaptation | None, chosen: str
) -> str:
    """Every drawing, with its label and, where it is read as something else, as what."""
    read = None
    if learned is not None:
        read = learned.after if mine.is_on else learned.before
    return _render(
        "pictures",
        drawings=[
            {
                "url": picture_url(mine.images[drawing.id]),
                "label": drawing.label,
                "read": None if read is None else int(read[i]),
                "chosen": drawing.id == chosen,
            }
            for i, drawing in enumerate(mine.drawings)
        ],
    )


def _cost(effect: Effect) -> str:
    """Which corrections are followed only partly to protect test accuracy, if any."""
    if not effect.weakened and effect.after < effect.n:
        return (
            "What the network still misreads resembles another digit of which it has seen many "
            "more examples. A few more drawings like these may help."
        )
    if not effect.weakened:
        return ""
    groups = [
        f"your {_NAMES[label]} read as {_NAMES[read]}"
        if label != read
        else f"your {_NAMES[label]} that were read correctly"
        for label, read in effect.weakened
    ]
    lost = 100 * (effect.test_before - effect.full_test) / effect.n_test
    which = groups[0] if len(groups) == 1 else f"{', '.join(groups[:-1])} and {groups[-1]}"
    fewer = effect.full_held_out - effect.held_out
    cost = f" {fewer} more of your drawings would be read as you say." if fewer > 0 else ""
    return (
        f"The network follows {which} only partly; following them fully would lower test accuracy "
        f"by {lost:.2f} points, and at most 0.1 is allowed.{cost} Is a label wrong? Correct it "
        "below."
    )
