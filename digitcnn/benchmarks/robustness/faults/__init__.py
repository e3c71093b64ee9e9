"""What goes wrong around the program, made to go wrong many times at random moments."""
