"""The options of a training: what each is called, what it means, and what it may be.

One table. The command line and the form on Train are made from it, and recipes are checked by it.
Needs no TensorFlow.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["count", "number", "switch", "choice", "run", "layers", "sets", "file"]
"""``count``: a whole number; ``run``: one of the runs there are; ``layers``: see
:func:`digitcnn.models.networks.frozen_stages`; ``sets``: correction sets joined by ``+``."""

MAIN = ""  # the group of what a form shows at once
DIGITS, LEARNING, READING = "Digits", "Learning", "Reading"
OTHER_RUNS = "Learning from another run"
GROUPS = (DIGITS, LEARNING, OTHER_RUNS, READING)


@dataclass(frozen=True)
class Option:
    """One thing that decides a training.

    Attributes:
        name: the entry of a recipe.
        title: in a form.
        kind: of its values.
        help: what it does, for people.
        group: what it stands with in a form: ``MAIN`` or one of ``GROUPS``.
        low, high: bounds of a number, both included.
        step: of a number's buttons in a form.
        choices: values, each with its title.
        flags: what it is called on the command line, today's name first; by default as in a recipe.
        needs: the option without which this one means nothing.
        of_recipe: whether it is an entry of a recipe; the others are for this training alone.
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
        """What it is called on the command line, without the two dashes."""
        return self.flags[0] if self.flags else self.name.replace("_", "-")

    @property
    def flags_before(self) -> tuple[str, ...]:
        """What it was called on the command line in earlier versions."""
        return self.flags[1:]

    @property
    def bounds(self) -> str:
        """What a number must be, in words; empty for what is no number."""
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


LONGEST_TEXT = 200  # characters; a run's card holds no longer text

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
        "Random seed. The same seed gives the same network again; another seed gives one that is "
        "as good, give or take a few digits.",
        MAIN,
        0,
        2**31 - 1,
    ),
    Option(
        "augment",
        "Augmentation",
        "switch",
        "Each time a digit is seen, it is turned, slanted, scaled, shifted and thickened a little, "
        "at random: so the network learns the digit and not the picture.",
        MAIN,
    ),
    Option(
        "robust",
        "Robust augmentation",
        "switch",
        "Some digits are bent or turned far as well, and others corrupted: with noise, blur, or "
        "parts covered. Takes more epochs to pay.",
        DIGITS,
        needs="augment",
    ),
    Option(
        "handwriting",
        "Made-up digits",
        "count",
        "How many digits in ways of writing that MNIST lacks are added: slashed zeros, ones with a "
        "foot, crossed sevens …",
        DIGITS,
        0,
        500_000,
        1_000,
    ),
    Option(
        "learned_digits",
        "Learned digits",
        "count",
        "How many digits are added that are drawn from a model of how people move a pen.",
        DIGITS,
        0,
        500_000,
        1_000,
    ),
    Option(
        "nondigits",
        "Non-digits",
        "count",
        "How many drawings that are no digit teach the network to doubt.",
        DIGITS,
        0,
        100_000,
        1_000,
    ),
    Option(
        "learned_letters",
        "Learned letters",
        "count",
        "How many letters, drawn from the model of how people move a pen, teach it to doubt.",
        DIGITS,
        0,
        100_000,
        1_000,
    ),
    Option(
        "limit",
        "Digits at most",
        "count",
        "How many training digits of each data set are learned from, chosen at random by the seed; "
        "0 takes all.",
        DIGITS,
        0,
        1_000_000,
        100,
    ),
    Option(
        "validation",
        "Validation digits",
        "count",
        "How many training digits are held back, to watch how learning goes and to calibrate.",
        DIGITS,
        100,
        20_000,
        500,
    ),
    Option(
        "corrections",
        "Corrections",
        "sets",
        "Correction sets by which labels are put right first, as Explore makes them and the "
        "command corrections lists them; or a file. Several are joined.",
        DIGITS,
    ),
    Option(
        "stroke_model",
        "Model of strokes",
        "file",
        "A file of your own, .npz, that learned digits and letters are drawn from; handwriting fit "
        "makes one. By default the model that ships.",
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
        "By which rule weights change. AdamW: as most do. Muon: slower steps, and fewer of them.",
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
        "One cycle: the step size rises, then falls. Constant: it stays.",
        choices={"one-cycle": "One cycle", "constant": "Constant"},
    ),
    Option(
        "weight_decay",
        "Weight decay",
        "number",
        "How strongly weights are held small.",
        high=1,
        step=0.005,
    ),
    Option(
        "label_smoothing",
        "Label smoothing",
        "number",
        "Share of each label's certainty that is spread over all ten digits.",
        high=0.5,
        step=0.01,
        flags=("label-smoothing", "smoothing"),
    ),
    Option(
        "ema_momentum",
        "EMA momentum",
        "number",
        "Momentum of the moving average of the weights, which is what is kept; 0 keeps the last "
        "weights.",
        high=0.99999,
        step=0.001,
        flags=("ema-momentum", "averaging"),
    ),
    Option(
        "patience",
        "Patience",
        "count",
        "Epochs without progress on the validation digits before training stops and goes back to "
        "the best; 0 never stops early.",
        high=1_000,
    ),
    Option(
        "from_run",
        "Start from",
        "run",
        "The run whose weights training starts from; by default from random ones. Its network must "
        "be the same.",
        OTHER_RUNS,
        flags=("from",),
    ),
    Option(
        "freeze",
        "Frozen layers",
        "layers",
        "Layers that keep the weights that they start with: so many from the first on, such as 2, "
        "or by name, such as conv1,conv2. A layer's normalisation is frozen with it.",
        OTHER_RUNS,
        needs="from_run",
    ),
    Option(
        "teacher",
        "Teacher",
        "run",
        "A run to learn from (distillation): beside the labels, what it says to each digit, all "
        "ten probabilities, which can tell a small network more than a label does.",
        OTHER_RUNS,
    ),
    Option(
        "distillation_temperature",
        "Temperature",
        "number",
        "How far the teacher's probabilities are softened: at 1 not at all, higher says more about "
        "the digits that it thinks less likely.",
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
        "How much the teacher counts against the labels: 0 is labels alone, 1 the teacher alone.",
        OTHER_RUNS,
        high=1,
        step=0.05,
        needs="teacher",
    ),
    Option(
        "tta",
        "Test-time augmentation",
        "switch",
        "A digit is read in several views, and the mean is taken; better, and slower.",
        READING,
        flags=("tta", "views"),
    ),
    Option(
        "use",
        "Use it in any case",
        "switch",
        "The new network is used even if the one in use now reads better.",
        READING,
        of_recipe=False,
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}
