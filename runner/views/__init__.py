"""What is computed from the events: for the model, a classifier, people and CI. Pure."""
