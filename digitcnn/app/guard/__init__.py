"""The guard between the network and Streamlit, so that one visitor can't hurt the others.

An ASGI middleware. Nothing reaches Streamlit that was not looked at first: who asks (``hosts``),
how many and how often (``rates``), what a message costs (``messages``), whose turn it is
(``turns``), and what may be uploaded (``uploads``). ``housekeeping`` gives back what is not used.
"""
