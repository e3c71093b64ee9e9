"""The eight lessons: what to do, where, when it is done, and what a teacher may say."""

from collections.abc import Callable
from dataclasses import dataclass

from digitcnn.app.shared.lesson_progress import Event

SURE_LOW, SURE_HIGH = 0.45, 0.55
N_DOUBTED = 3  # labels to look at
N_TAUGHT, N_OF_A_FRIEND = 3, 2
FEW_DIGITS = 300


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        name: in code, and in the browser that remembers it.
        title: for people.
        minutes: how long it takes.
        page: the page's name in code where it takes place; empty for the Learn page itself.
        task: what to do, in a sentence or two.
        steps: how, one after the other.
        learned: what it shows, told when it is done.
        teacher: what to say to a class.
        is_done: whether it is, from what happened; of a lesson with a question never.
        way: what Draw is to read.
        trains: options of the training that it needs, where that is allowed; empty for none.
        trains_on: what that training does, for people.
    """

    name: str
    title: str
    minutes: int
    page: str
    task: str
    steps: tuple[str, ...]
    learned: str
    teacher: tuple[str, ...]
    is_done: Callable[[list[Event]], bool] = lambda events: False
    way: str = ""
    trains: tuple[str, ...] = ()
    trains_on: str = ""


def _reads(events: list[Event]) -> list[Event]:
    return [event for event in events if event.name == "read" and event.facts["is_drawn"]]


def _refused(events: list[Event]) -> bool:
    """Whether a drawing was refused, but for a first stroke: half of a 4 is refused, too."""
    was_read = False
    for event in _reads(events):
        if event.facts["is_digit"]:
            was_read = True
        elif was_read or event.facts["n_strokes"] > 1:
            return True
    return False


def _half_sure(events: list[Event]) -> bool:
    return any(
        event.facts["is_digit"] and SURE_LOW <= event.facts["sure"] <= SURE_HIGH
        for event in _reads(events)
    )


def _four_as_nine(events: list[Event]) -> bool:
    return any(
        event.name == "opened" and (event.facts["label"], event.facts["read"]) == (4, 9)
        for event in events
    )


def _doubted(events: list[Event]) -> bool:
    settled = [event.facts for event in events if event.name == "settled"]
    return len({fact["digit"] for fact in settled if fact["show"] == "labels"}) >= N_DOUBTED


def _sees_the_bar(events: list[Event]) -> bool:
    return any(event.name == "map" and event.facts["sees_the_bar"] for event in events)


def _taught_and_tested(events: list[Event]) -> bool:
    """Whether new drawings were begun after the last one that was taught."""
    after = [event.facts for event in _reads(events) if event.facts["n_taught"] >= N_TAUGHT]
    if not after:
        return False
    n_taught = after[-1]["n_taught"]
    tested = [facts for facts in after if facts["n_taught"] == n_taught]
    begun = [
        facts
        for before, facts in zip([None, *tested], tested, strict=False)
        if before is not None and facts["n_strokes"] <= before["n_strokes"]
    ]
    return len(begun) >= N_OF_A_FRIEND


# A training on nothing but the data set's own digits, as they are. Nothing in it lags behind,
# neither averaged weights nor a normalisation's averages: in so few steps the digits held back
# would seem to be read worse than they are.
_BARE = (
    "--network", "plain",
    "--no-tta", "--no-augment", "--no-robust", "--handwriting", "0", "--learned-digits", "0",
    "--nondigits", "0", "--learned-letters", "0", "--label-smoothing", "0", "--ema-momentum", "0",
    "--learning-rate", "0.001", "--validation", "1000",
)  # fmt: skip

LESSONS = (
    Lesson(
        "unreadable",
        "Draw what it can’t read",
        5,
        "draw",
        "Draw something that the network refuses: it must say that this does not look like a "
        "digit.",
        (
            "Draw a digit as you usually do. It will be read.",
            "Clear the paper, and draw something else: a letter, a face, a scribble.",
            "Watch what the network says. Can you find a drawing that it takes for a digit "
            "nevertheless?",
        ),
        "A network that only knows ten digits would press everything into one of them. This one "
        "also learned from drawings that are not digits, so that it can refuse.",
        (
            "Ask first: what will the computer say to a cat? Let the class vote, then try it.",
            "Point: the network knows nothing about cats. It only measures how unlike a digit the "
            "drawing is.",
            "To discuss: where would it be dangerous if a machine always gave an answer?",
        ),
        _refused,
        "digit",
    ),
    Lesson(
        "four-as-nine",
        "Find the 4 that was read as 9",
        8,
        "explore",
        "Find a 4 that was read as 9 among the test digits, and open it.",
        (
            "The big table counts what became of the test digits. Rows say what a digit is, "
            "columns what was read.",
            "Press the cell in row 4, column 9, then one of the pictures.",
            "Is the cell empty? Then this network no longer makes the mistake. Switch on “How it "
            "learned”, and move the slider to the left until it did.",
        ),
        "Most mistakes are no accident: a 4 whose top is closed is nearly a 9. The table of "
        "mistakes shows which digits look alike to the network.",
        (
            "It is called a confusion matrix. The long diagonal is what went right.",
            "Have each group find another common confusion, and say what the two digits share.",
            "To discuss: would people have read these correctly?",
        ),
        _four_as_nine,
    ),
    Lesson(
        "half-sure",
        "Make it 50% sure",
        8,
        "draw",
        f"Draw a digit that the network reads {SURE_LOW:.0%} to {SURE_HIGH:.0%} sure.",
        (
            "Think of two digits that are alike: 1 and 7, 4 and 9, 3 and 8.",
            "Draw one that is halfway between them. The bars move while you draw.",
            "Too sure? Add a short line, or take one away with the eraser. Small changes decide.",
        ),
        "The bars are probabilities, and together they are 100%. Between two digits a few "
        "millimetres of ink move the answer from one to the other.",
        (
            "A competition: who gets closest to 50%?",
            "Point: a certainty of 50% should mean that it is right in half of such cases.",
            "To discuss: how sure must a machine be before you let it read a cheque?",
        ),
        _half_sure,
        "digit",
    ),
    Lesson(
        "overfit",
        "Learn 300 digits by heart",
        10,
        "",
        "Look at the curves of a training, and say whether the network learned its digits by "
        "heart.",
        (
            "A network sees its training digits again and again; once through all of them is an "
            "epoch. Other digits are held back, to test it: the chart calls them validation.",
            "Where the training digits are read far better than those held back, it has learned "
            "them by heart. That is called overfitting.",
            "Look at the end of both curves, and answer the question.",
        ),
        "Learning by heart is easy, and useless for new digits. So a network is always judged by "
        "digits that it has never seen.",
        (
            "Compare: knowing the answers to last year’s test, and understanding the subject.",
            "300 digits are about 30 of each. Ask how many a child needs to see.",
            "To discuss: how could one help against it? More digits, or the same ones changed a "
            "little: the next lesson.",
        ),
        trains=(
            "--limit", str(FEW_DIGITS), "--epochs", "20", "--batch", "32", *_BARE,
            "--name", "300 digits by heart",
        ),
        trains_on="300 digits, twenty times over",
    ),
    Lesson(
        "no-augmentation",
        "Turn augmentation off",
        10,
        "",
        "Look at the curves of a training, and say which digits are read better at its end.",
        (
            "Each time that a training digit is shown, it can be turned, slanted and resized a "
            "little. That is called augmentation: it makes many digits of one.",
            "With it the training digits are harder than the digits held back, which are shown as "
            "they are. Without it they are easier.",
            "Look at the end of both curves, and answer the question.",
        ),
        "With augmentation the training is harder than the test, and the network gets better at "
        "what it has not seen. Without it, the training digits soon teach nothing new.",
        (
            "Compare: athletes who train with weights on.",
            "Ask which changes are allowed: a turned 6 is a 6 only up to a point. Then it is a 9.",
            "To discuss: which changes would help with photographs of traffic signs?",
        ),
        trains=(
            "--limit", "2000", "--epochs", "10", "--batch", "64", *_BARE,
            "--name", "without augmentation",
        ),
        trains_on="2,000 digits, ten times over, each time the same pictures",
    ),
    Lesson(
        "bar-of-seven",
        "Which feature map sees the bar of your 7?",
        10,
        "inside",
        "Draw a 7. Then find a feature map of stage 1 that lights up at its upper bar, and press "
        "it.",
        (
            "Draw a 7 on this page, and open “Layers”.",
            "Each small picture of stage 1 is one feature map: light where it found its pattern.",
            "Press the map that is light along the upper bar of your 7, and dark elsewhere.",
        ),
        "Nobody told the network to look for bars. It found out by itself that such small "
        "patterns help, and puts digits together from them.",
        (
            "Each map looks for one small pattern of 5 by 5 dots, everywhere in the picture.",
            "Have pupils find a map for upright strokes, and one for curves.",
            "To discuss: does the network “see” the bar, or is that our word for it?",
        ),
        _sees_the_bar,
    ),
    Lesson(
        "label-or-network",
        "Is the label wrong, or the network?",
        8,
        "explore",
        f"Open {N_DOUBTED} digits whose labels are doubtful, and decide about each: what is it?",
        (
            "Above the pictures, choose “Doubtful labels”.",
            "Open a digit. Read what it is labelled, and what the network reads.",
            "Decide, and press it: the digit that it is, “Right” if that is its label, "
            "or “Leave out” if nobody can tell. The next one opens. “Undo” takes a decision back.",
        ),
        "Labels are made by people, and people make mistakes. Where a good network and a label "
        "disagree, it is worth a second look at both.",
        (
            "Let everybody write down their own answer before anyone speaks, then count.",
            "Point: if the class does not agree, no label can be right for everybody.",
            "To discuss: who should decide what a digit is – its writer, or its readers?",
        ),
        _doubted,
    ),
    Lesson(
        "your-hand",
        "Teach it your handwriting",
        10,
        "draw",
        f"Confirm {N_TAUGHT} of your drawings, then let a friend draw {N_OF_A_FRIEND} digits.",
        (
            f"Draw a digit, and say below what it is. Do so with {N_TAUGHT} drawings at least; "
            "best are those that were misread.",
            "From what it misread it learns your handwriting at once. Draw the same again: is it "
            "surer?",
            f"Now a friend draws {N_OF_A_FRIEND} digits, each on clear paper. Does what you taught "
            "help there, too?",
        ),
        "What was learned from one person's handwriting fits that person. Whether it fits others "
        "has to be tested with others.",
        (
            "In pairs: one teaches, the other tests; then swap.",
            "Point: a system tested only by its makers has not been tested.",
            "To discuss: whose handwriting should be in a data set that everybody is read with?",
        ),
        _taught_and_tested,
        "digit",
    ),
)  # fmt: skip
BY_NAME = {lesson.name: lesson for lesson in LESSONS}
