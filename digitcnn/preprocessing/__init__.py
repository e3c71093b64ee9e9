"""A drawing or a picture file becomes a digit image, the same way for all."""
