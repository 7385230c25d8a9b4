"""One module for each provider whose records are understood: its records become events."""

from campaignmetrics.sources import ajo
from campaignmetrics.sources.shape import Reading

__all__ = ["Reading", "ajo"]
