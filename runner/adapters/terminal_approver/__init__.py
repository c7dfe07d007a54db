"""Asks the person at the terminal: about calls, questions of the model, and plans."""
