"""What can be trained, and how: layers, networks, recipes."""
