"""The web front end: thin pages that call the package, place what it gives and caption it.

Nothing here imports TensorFlow or Keras; nothing outside imports Streamlit.
"""
