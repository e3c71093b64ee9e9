"""What waits to be sent to a page stays whole when a fragment begins to run."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from digitcnn.app.guard import unsent

PART = "a fragment that renews itself"


def shown(*path: int, part: str = "", text: str = "") -> ForwardMsg:
    """An element, or a container without ``text``, at a place of the page."""
    message = ForwardMsg()
    message.metadata.delta_path[:] = path
    message.delta.fragment_id = part
    if text:
        message.delta.new_element.text.body = text
    else:
        message.delta.add_block.vertical.SetInParent()
    return message


def over() -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return message


@pytest.fixture
def whole_page():
    """A run of the page: its part is its second element, which has a part of its own."""
    return [
        shown(0, 0, text="title"),
        shown(0, 1, part=PART),
        shown(0, 1, 0, part=PART),
        shown(0, 1, 0, 0, part="its own part", text="before"),
        shown(0, 2, text="form"),
        over(),
    ]


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)  # taken back afterwards
    unsent.keep()
    unsent.keep()  # Twice is as good as once.


def sent(whole_page) -> list[ForwardMsg]:
    queue = ForwardMsgQueue()
    for message in whole_page:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    queue.enqueue(shown(0, 1, part=PART))
    queue.enqueue(shown(0, 1, 0, part=PART, text="after"))
    return queue.flush()


def test_a_fragment_that_begins_takes_nothing_from_the_page_before_it(kept, whole_page):
    again = [shown(0, 1, part=PART), shown(0, 1, 0, part=PART, text="after")]
    assert sent(whole_page) == [*whole_page, *again]


def test_streamlit_alone_drops_what_the_rest_stands_on(whole_page):
    """Once this fails, Streamlit has mended it, and our own way can go."""
    found = sent(whole_page)
    paths = [list(message.metadata.delta_path) for message in found]
    assert whole_page[-1] in found and [0, 2] in paths  # It says that the page is whole,
    assert paths.index([0, 1, 0, 0]) < paths.index([0, 1])  # and shows a child without its parent.


def test_a_whole_page_that_begins_anew_takes_the_place_of_what_waits(kept, whole_page):
    queue = ForwardMsgQueue()
    for message in whole_page:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True)
    assert [message.WhichOneof("type") for message in queue.flush()] == ["script_finished"]
    assert queue.is_empty()
