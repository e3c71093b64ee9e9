"""Values become Plotly figures and pictures."""
