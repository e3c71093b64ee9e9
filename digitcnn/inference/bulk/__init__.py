"""Reading very many pictures: where they are, who reads them, and where it is written down."""
