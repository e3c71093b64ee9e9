"""A value that a page gives to a widget is sent only when the widget shows another one."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from digitcnn.app.shared import widget_value

    wanted = st.session_state.setdefault("wanted", ["b"])

    def chosen() -> None:
        st.session_state["wanted"] = st.session_state["choice"][:1]

    widget_value.give("choice", wanted)
    st.multiselect("Choice", ["a", "b", "c"], key="choice", on_change=chosen)


def test_it_is_sent_once_and_leaves_what_is_chosen_meanwhile():
    test = AppTest.from_function(page).run()
    choice = test.multiselect[0]
    assert (choice.value, choice.proto.set_value) == (["b"], True)
    choice = test.run().multiselect[0]
    assert (choice.value, choice.proto.set_value) == (["b"], False)
    choice = choice.set_value(["c"]).run().multiselect[0]
    assert (choice.value, choice.proto.set_value) == (["c"], False)


def test_what_the_page_refuses_or_an_address_changes_is_sent():
    test = AppTest.from_function(page).run()
    choice = test.multiselect[0].set_value(["c", "a"]).run().multiselect[0]
    assert (choice.value, choice.proto.set_value) == (["c"], True)
    test.session_state["wanted"] = ["a", "b"]
    choice = test.run().multiselect[0]
    assert (choice.value, choice.proto.set_value) == (["a", "b"], True)
