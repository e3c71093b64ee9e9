"""The trainer: the only room that imports TensorFlow as it is imported."""
