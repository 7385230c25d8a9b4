"""The parts of the live report, each with one idea; ``live.py`` puts them together."""
