"""The parts of ``campaignmetrics.bounce``; import from there."""
