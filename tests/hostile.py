"""What a hostile visitor sends: messages, addresses and names, for Hypothesis and for tests."""

from hypothesis import strategies as st

from digitcnn.data import samples
from digitcnn.preprocessing import ink

# Names that would do something if a page took them for more than text.
NAMES = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "![x](http://198.51.100.7/pixel.png)",
    "[x](javascript:window.hacked=1) $\\href{x}{y}$",
    '"><svg onload=window.hacked=1>',
    "../../etc/passwd",
)

_NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-500, 500),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
)
_COMMANDS = st.one_of(
    st.tuples(st.sampled_from("ML"), st.floats(-50, 330), st.floats(-50, 330)).map(list),
    st.lists(st.one_of(st.sampled_from("MLQCZmx"), _NUMBERS), max_size=8),
    st.none(),
)
_OBJECTS = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["path", "Path", "PATH", "rect", "image", "", None, 7]),
            "path": st.one_of(st.lists(_COMMANDS, max_size=20), st.none(), st.text(max_size=9)),
        }
    ),
    st.recursive(
        st.one_of(_NUMBERS, st.text(max_size=20)),
        lambda part: st.one_of(
            st.lists(part, max_size=4), st.dictionaries(st.text(max_size=9), part, max_size=4)
        ),
        max_leaves=12,
    ),
)


@st.composite
def _spoilt(draw):
    """A proper drawing with one thing changed."""
    message = ink.canvas_json(samples.sample(draw(st.integers(0, 9))))
    thing = draw(st.sampled_from(message["objects"]))
    if draw(st.booleans()):
        thing[draw(st.sampled_from(sorted(thing)))] = draw(_NUMBERS)
    else:
        path = thing["path"]
        path[draw(st.integers(0, len(path) - 1))] = draw(_COMMANDS)
    return message


def canvas_messages() -> st.SearchStrategy:
    """What may come in place of a canvas's message; some are drawings."""
    objects = st.one_of(st.lists(_OBJECTS, max_size=4), _OBJECTS)
    return st.one_of(
        _spoilt(), st.fixed_dictionaries({"objects": objects}), _OBJECTS, st.just({}), st.none()
    )


def addresses() -> st.SearchStrategy:
    """Query strings: of the parameters that there are, and of any others."""
    name = st.one_of(
        st.sampled_from(
            ["true", "predicted", "run", "compare", "data", "show", "sort", "page", "digit"]
            + ["threshold", "region", "normalise", "diagonal", "confidence", "embed"]
        ),
        st.text("abc%&=/.<>\x00é", max_size=8),
    )
    value = st.one_of(
        st.integers(-5, 12).map(str),
        st.sampled_from(["nan", "inf", "1e999", "-0", "%", "%zz", "%00", *NAMES]),
        st.text(max_size=12),
    )
    pair = st.tuples(name, value).map("=".join)
    return st.lists(pair, max_size=5).map("&".join)
