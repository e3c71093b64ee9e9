"""The commands of ``python -m digitcnn``, one module each.

A command imports what takes long, TensorFlow above all, inside its function, so that the others
and ``--help`` answer at once.
"""
