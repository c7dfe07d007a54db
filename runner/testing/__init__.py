"""Fakes and one contract suite for each door. Never imported by production code."""
