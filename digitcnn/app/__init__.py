"""The web front end: thin pages that call the package and show what it returns.

Nothing here imports TensorFlow or Keras; nothing outside imports Streamlit.
"""
