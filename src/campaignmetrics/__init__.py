"""Email and push campaign figures from event logs."""
from campaignmetrics.events import BounceCategory, EmailEvent, EmailKind, EntryEvent, PushEvent, PushKind
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow, to_arrow
from campaignmetrics.errors import CampaignMetricsError, EventError, SchemaError, ResolutionError, TallyFormatError, ReadError, CountError, ZoneError, MetricError
from campaignmetrics.tally import Tally
from campaignmetrics.reducers import reduce, reduce_arrow
from campaignmetrics.reports import report, Report
from campaignmetrics.ratio import Ratio
