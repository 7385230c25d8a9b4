"""``python -m campaignmetrics`` is the command ``campaignmetrics``."""

from __future__ import annotations

import sys

from campaignmetrics.cli import main

sys.exit(main())
