"""Messages queued for a page are sent even if a fragment reruns before that."""

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue


def keep() -> None:
    """Makes Streamlit send queued messages when a fragment reruns, instead of dropping some.

    It drops what the fragment showed in the run before, and sends that run's other messages, with
    the word that it is over. The browser then takes away what it was not shown again: all that
    comes after the fragment moves up by one place, and what is meant for one part lands in another.
    A form is gone, or the page ends with "'setIn' cannot be called on an ElementNode". On a busy
    machine that happens whenever a fragment that renews itself is due while its page runs.
    """
    # Without a public way to it. Where this changes, Streamlit drops as it did.
    drop = getattr(ForwardMsgQueue, "clear", None)
    if drop is None or getattr(drop, "keeps_unsent", False):
        return

    def clear(
        self: Any,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        if retain_lifecycle_msgs and fragment_ids_this_run:
            self._delta_index_map = {}  # New messages replace no queued ones.
        else:
            drop(self, retain_lifecycle_msgs, fragment_ids_this_run)

    clear.keeps_unsent = True  # type: ignore[attr-defined]
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign]
