"""One module for each provider whose records are understood: its records become events."""

from campaignmetrics.sources import ajo

__all__ = ["ajo"]
