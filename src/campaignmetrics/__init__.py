"""Email and push campaign figures from event logs."""
from campaignmetrics.events import BounceCategory, EmailEvent, EmailKind, EntryEvent, PushEvent, PushKind
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow, to_arrow
from campaignmetrics.errors import EventError, CampaignMetricsError
