"""Draw a digit and have it read by a convolutional network that this package trains itself.

The web process (``streamlit_app.py`` and ``digitcnn.app``) reads drawings; the trainer process
(``python -m digitcnn train``) makes the runs it reads them with. They share the home folder and
nothing else. Importing the package imports nothing heavy.
"""

__version__ = "0.1.0"
