"""Tables, figures and words, for people and for other programs."""
