"""The campaign tab of the report.

Source: ``docs/definitions.md``, *Widgets of the report*.
"""

from __future__ import annotations

import attrs

from campaignmetrics.tally import Tally


@attrs.frozen
class CampaignTab:
    """The campaign as a whole."""

    _tally: Tally

    @property
    def entered_profiles(self) -> int:
        """Distinct profiles that entered; they merge, but do not add up over time."""
        return self._tally.entered_profiles()
