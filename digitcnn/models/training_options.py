"""The options of a training: names, meanings, and allowed values.

One table: the command line and the form on Train are made from it, and recipes are checked against
it. Needs no TensorFlow.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["count", "number", "switch", "choice", "run", "layers", "sets", "file"]
"""``count``: a whole number; ``run``: one of the runs there are; ``layers``: see
:func:`digitcnn.models.networks.frozen_stages`; ``sets``: correction sets joined by ``+``."""

MAIN = ""  # the group that a form shows without unfolding anything
DIGITS, LEARNING, READING = "Digits", "Learning", "Reading"
OTHER_RUNS = "Learning from another run"
GROUPS = (DIGITS, LEARNING, OTHER_RUNS, READING)


@dataclass(frozen=True)
class Option:
    """One setting of a training.

    Attributes:
        name: the entry of a recipe.
        title: its label in a form.
        kind: the kind of its values.
        help: what it does, for users.
        group: its group in a form: ``MAIN`` or one of ``GROUPS``.
        low, high: bounds of a number, inclusive.
        step: step of a number's buttons in a form.
        choices: values, each with its title.
        flags: its names on the command line, the current one first; by default as in a recipe.
        needs: the option without which this one has no effect.
        of_recipe: whether it is an entry of a recipe; the others apply to this training only.
    """

    name: str
    title: str
    kind: Kind
    help: str
    group: str = LEARNING
    low: float = 0
    high: float = 0
    step: float = 1
    choices: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    needs: str = ""
    of_recipe: bool = True

    @property
    def flag(self) -> str:
        """Its name on the command line, without the two dashes."""
        return self.flags[0] if self.flags else self.name.replace("_", "-")

    @property
    def flags_before(self) -> tuple[str, ...]:
        """Its names on the command line in earlier versions."""
        return self.flags[1:]

    @property
    def bounds(self) -> str:
        """The allowed range in words; empty if the option is not a number."""
        if self.kind == "count":
            return f"a whole number, {self.low:.0f} to {self.high:.0f}"
        return f"a number, {self.low} to {self.high}" if self.kind == "number" else ""

    def allows(self, value: object) -> bool:
        """Whether a value is of its kind and within its bounds."""
        match self.kind:
            case "switch":
                return isinstance(value, bool)
            case "choice":
                return value in self.choices
            case "count" | "number":
                if not isinstance(value, int | float) or isinstance(value, bool):
                    return False
                is_of_kind = self.kind == "number" or isinstance(value, int)
                return is_of_kind and self.low <= value <= self.high
        return isinstance(value, str) and len(value) <= LONGEST_TEXT


LONGEST_TEXT = 200  # characters, as in a run's card

OPTIONS = (
    Option(
        "epochs",
        "Epochs",
        "count",
        "Passes over the training data. More takes longer, with diminishing returns.",
        MAIN,
        1,
        1_000,
    ),
    Option(
        "seed",
        "Seed",
        "count",
        "Random seed. The same seed gives the same network again; another one gives a network that "
        "is as good, give or take a few digits.",
        MAIN,
        0,
        2**31 - 1,
    ),
    Option(
        "augment",
        "Augmentation",
        "switch",
        "Each time a digit is seen, it is rotated, sheared, scaled, shifted and thickened a little "
        "at random, so that the network learns the digit and not the picture.",
        MAIN,
    ),
    Option(
        "robust",
        "Robust augmentation",
        "switch",
        "Some digits are also distorted or rotated by large angles, and others corrupted with "
        "noise, blur or covered parts. Needs more epochs to pay off.",
        DIGITS,
        needs="augment",
    ),
    Option(
        "handwriting",
        "Synthetic digits",
        "count",
        "How many synthetic digits are added in styles that MNIST lacks: slashed zeros, ones with "
        "a foot, crossed sevens …",
        DIGITS,
        0,
        500_000,
        1_000,
    ),
    Option(
        "learned_digits",
        "Learned digits",
        "count",
        "How many digits sampled from a model of pen strokes are added.",
        DIGITS,
        0,
        500_000,
        1_000,
    ),
    Option(
        "nondigits",
        "Non-digits",
        "count",
        "How many drawings of other things are added, so that the network learns to refuse them.",
        DIGITS,
        0,
        100_000,
        1_000,
    ),
    Option(
        "learned_letters",
        "Learned letters",
        "count",
        "How many letters sampled from the stroke model are added, to be refused as well.",
        DIGITS,
        0,
        100_000,
        1_000,
    ),
    Option(
        "limit",
        "Digits at most",
        "count",
        "At most this many training digits of each data set are used, chosen at random by the "
        "seed; 0 uses all.",
        DIGITS,
        0,
        1_000_000,
        100,
    ),
    Option(
        "validation",
        "Validation digits",
        "count",
        "How many training digits are held back to monitor the training and to calibrate.",
        DIGITS,
        100,
        20_000,
        500,
    ),
    Option(
        "corrections",
        "Corrections",
        "sets",
        "Correction sets that are applied to the labels first: made on Explore, listed by the "
        "command corrections, or a file. Join several with +.",
        DIGITS,
    ),
    Option(
        "stroke_model",
        "Stroke model",
        "file",
        "An .npz file that learned digits and letters are sampled from; handwriting fit makes "
        "one. By default the built-in model.",
        DIGITS,
        of_recipe=False,
    ),
    Option(
        "batch",
        "Batch",
        "count",
        "Digits per update step.",
        low=1,
        high=4_096,
    ),
    Option(
        "optimizer",
        "Optimizer",
        "choice",
        "How weights are updated. AdamW: the usual choice. Muon: slower steps, but fewer of them.",
        choices={"adamw": "AdamW", "muon": "Muon"},
    ),
    Option(
        "learning_rate",
        "Learning rate",
        "number",
        "The largest step size. Too small is slow; too large diverges.",
        low=1e-9,
        high=1,
        step=0.0005,
    ),
    Option(
        "schedule",
        "Schedule",
        "choice",
        "One cycle: the step size rises, then falls. Constant: it stays the same.",
        choices={"one-cycle": "One cycle", "constant": "Constant"},
    ),
    Option(
        "weight_decay",
        "Weight decay",
        "number",
        "How strongly weights are pulled towards zero.",
        high=1,
        step=0.005,
    ),
    Option(
        "label_smoothing",
        "Label smoothing",
        "number",
        "Share of each label's probability that is spread over all ten digits.",
        high=0.5,
        step=0.01,
        flags=("label-smoothing", "smoothing"),
    ),
    Option(
        "ema_momentum",
        "EMA momentum",
        "number",
        "Momentum of the moving average of the weights that is kept; 0 keeps the last weights.",
        high=0.99999,
        step=0.001,
        flags=("ema-momentum", "averaging"),
    ),
    Option(
        "patience",
        "Patience",
        "count",
        "Epochs without progress on the validation digits before training stops and returns to "
        "the best; 0 never stops early.",
        high=1_000,
    ),
    Option(
        "from_run",
        "Start from",
        "run",
        "The run whose weights training starts from; by default they are random. It must have the "
        "same network.",
        OTHER_RUNS,
        flags=("from",),
    ),
    Option(
        "freeze",
        "Frozen layers",
        "layers",
        "Layers that keep their initial weights: a number, such as 2 for the first two, or names, "
        "such as conv1,conv2. A layer's normalisation is frozen with it.",
        OTHER_RUNS,
        needs="from_run",
    ),
    Option(
        "teacher",
        "Teacher",
        "run",
        "A run to distil: besides the labels, the network learns from all ten probabilities that "
        "this run gives each digit, which can say more than a label does.",
        OTHER_RUNS,
    ),
    Option(
        "distillation_temperature",
        "Temperature",
        "number",
        "How far the teacher's probabilities are softened: at 1 not at all; higher values say more "
        "about the digits that it considers less likely.",
        OTHER_RUNS,
        low=1,
        high=100,
        step=0.5,
        needs="teacher",
    ),
    Option(
        "distillation_weight",
        "Teacher's weight",
        "number",
        "Weight of the teacher against the labels: 0 is labels only, 1 the teacher only.",
        OTHER_RUNS,
        high=1,
        step=0.05,
        needs="teacher",
    ),
    Option(
        "tta",
        "Test-time augmentation",
        "switch",
        "Each digit is read in several views and the results are averaged: better, but slower.",
        READING,
        flags=("tta", "views"),
    ),
    Option(
        "use",
        "Use it in any case",
        "switch",
        "Use the new network even if the one in use now reads better.",
        READING,
        of_recipe=False,
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}
