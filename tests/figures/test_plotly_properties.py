"""Plotly's properties, read one by one, are those that it reads all at once."""

import json
import subprocess
import sys
from pathlib import Path

import plotly
import pytest

from digitcnn.figures.plotly_properties import Properties

_FILE = Path(plotly.__file__).parent / "validators" / "_validators.json"

_IN_A_PROCESS = """
import streamlit
from plotly.validator_cache import ValidatorCache
from digitcnn.figures import plotly_properties
assert ValidatorCache._json_cache, "Streamlit's start no longer reads them: this is not needed"
assert plotly_properties.read_one_by_one()
import plotly.graph_objects as go
figure = go.Figure({
    "data": [{"type": "scatter", "y": [1, 2], "line": {"color": "red"}}, {"type": "bar", "y": [3]}],
    "layout": {"title": {"text": "a"}, "yaxis2": {"range": [0, 1]}, "legend": {"x": 1}},
})
assert figure.to_dict()["layout"]["yaxis2"]["range"] == [0, 1]
try:
    go.Figure({"data": [{"type": "bar", "nonsense": 1}]})
except ValueError as error:
    assert "nonsense" in str(error)
else:
    raise AssertionError("it no longer looks")
"""


def test_each_is_the_same():
    whole, properties = json.loads(_FILE.read_text("utf-8")), Properties(_FILE)
    assert len(properties) == len(whole) > 5_000
    assert {name: properties.get(name) for name in whole} == whole


def test_there_is_no_other():
    properties = Properties(_FILE)
    assert properties.get("layout.nonsense") is None and properties.get("") is None


def test_charts_are_checked_as_before():
    subprocess.run([sys.executable, "-c", _IN_A_PROCESS], check=True)


def test_a_file_of_another_kind(tmp_path):
    path = tmp_path / "properties.json"
    path.write_text('{"layout":{}}')
    with pytest.raises(ValueError, match="no properties"):
        Properties(path)
