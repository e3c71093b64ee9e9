"""Reading very many pictures: finding them, reading them, and writing the results."""
