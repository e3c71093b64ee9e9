"""A drawing or a picture file becomes a digit image, always in the same way."""
