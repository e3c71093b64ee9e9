"""Tables in a terminal."""

from click import unstyle

from digitcnn.cli.terminal import table


def test_columns_line_up_and_nothing_is_cut_wrapped_or_taken_for_style(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    rows = [("a [b]run[/b]", 12_345, "x" * 200), ("", 7, "手書き")]
    lines = unstyle(table(("run", "digits", "says"), rows, "lr")).splitlines()
    assert lines == [
        "run           digits  says",
        "a [b]run[/b]   12345  " + "x" * 200,
        "                   7  手書き",
    ]


def test_wide_characters_take_two_places():
    lines = unstyle(table(("a", "b"), [("手", 1), ("ab", 2)])).splitlines()
    assert lines == ["a   b", "手  1", "ab  2"]


def test_numbers_can_be_names_of_columns():
    assert unstyle(table(("", 0, 1), [(0, 5, 6)], "rrr")).splitlines() == ["   0  1", "0  5  6"]


def test_a_table_without_rows_is_its_header():
    assert unstyle(table(("a", "b"), [])) == "a  b"
