"""`runner`: hand a task to a model and walk away."""

__version__ = "0.1.0"
