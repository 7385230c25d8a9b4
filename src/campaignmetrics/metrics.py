"""Every metric, written once: arithmetic on the counts of one group of events.

A group is whatever is reported together: a channel's total, one message, one platform, one step of
time, one recipient domain. ``self._of(outcome)`` is how many of its events came down to that
outcome (``outcomes.py``), the channel left out. Counts are put together with ``+`` and ``-`` alone,
so that one formula serves a single group and, as arrays, many groups at once.

To add a metric, add a property with its definition here and a row to ``docs/definitions.md``: JSON
and all breakdowns have it by then. Which metrics the terminal shows is chosen in ``cli/text.py``;
an outcome whose recipients are to be counted once is one more of ``UNIQUE_OUTCOMES``.

Source of all definitions: ``docs/definitions.md``.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from campaignmetrics.events import BounceCategory
from campaignmetrics.ratio import Ratio


@attrs.frozen(kw_only=True, repr=False)
class SendingMetrics:
    """What email and push have in common: sending, bounces, opens.

    Counts are ints; ratios keep numerator and denominator.
    """

    _counts: Mapping[str, int]
    _source_says_targeted: bool = False

    def __repr__(self) -> str:
        shown = [name for name in ("start",) if hasattr(self, name)]  # of a step of time
        shown += metric_names(type(self), int)
        values = (f"{name}={getattr(self, name)!s}" for name in shown)
        return f"{type(self).__name__}({', '.join(values)})"

    def _of(self, *outcomes: str) -> int:
        return sum(self._counts.get(outcome, 0) for outcome in outcomes)

    @property
    def targeted(self) -> int:
        """Qualified before exclusions, as the source says; else sent, errors and exclusions."""
        if self._source_says_targeted:
            return self._of("targeted")
        return self.sent + self.errors + self.exclusions

    @property
    def exclusions(self) -> int:
        """Filtered out before sending."""
        return self._of("excluded")

    @property
    def errors(self) -> int:
        """Not sent because of a technical failure."""
        return self._of("errored")

    @property
    def sent(self) -> int:
        """Handed over for delivery, once per message and recipient."""
        return self._of("sent")

    @property
    def delays(self) -> int:
        """Refused for now; the sender tries again. Never in bounces."""
        return self._of("delayed")

    @property
    def delivered(self) -> int:
        """Accepted by the receiver, less what was returned after acceptance."""
        return self._of("delivered") - self._asynchronous_bounces

    @property
    def _asynchronous_bounces(self) -> int:
        return self._of(*(f"bounced.{category}.asynchronous" for category in BounceCategory))

    @property
    def bounces(self) -> int:
        """Finally refused, at once or later: hard, soft and ignored."""
        return self.hard_bounces + self.soft_bounces + self.ignored_bounces

    @property
    def hard_bounces(self) -> int:
        """Bounces because the address is no good."""
        return self._of("bounced.hard", "bounced.hard.asynchronous")

    @property
    def soft_bounces(self) -> int:
        """Bounces that another message may not meet."""
        return self._of("bounced.soft", "bounced.soft.asynchronous")

    @property
    def ignored_bounces(self) -> int:
        """Bounces that say nothing about the address, and those without a category."""
        return self._of("bounced.ignored", "bounced.ignored.asynchronous")

    @property
    def pending(self) -> int:
        """Sent, without an outcome yet; below 0 in a window that cuts through sends."""
        return self.sent - self.delivered - self.bounces

    @property
    def opens(self) -> int:
        """Opened, not by a machine."""
        return self._of("opened")

    @property
    def machine_opens(self) -> int:
        """Opened by a mail privacy proxy or a scanner."""
        return self._of("opened.machine")

    @property
    def delivered_ratio(self) -> Ratio:
        """Delivered / sent."""
        return Ratio(self.delivered, self.sent)

    @property
    def bounce_ratio(self) -> Ratio:
        """Bounces / sent."""
        return Ratio(self.bounces, self.sent)

    @property
    def hard_bounce_ratio(self) -> Ratio:
        """Hard bounces / sent."""
        return Ratio(self.hard_bounces, self.sent)

    @property
    def soft_bounce_ratio(self) -> Ratio:
        """Soft bounces / sent."""
        return Ratio(self.soft_bounces, self.sent)

    @property
    def ignored_bounce_ratio(self) -> Ratio:
        """Ignored bounces / sent."""
        return Ratio(self.ignored_bounces, self.sent)

    @property
    def error_ratio(self) -> Ratio:
        """Errors / targeted: an errored message was never sent."""
        return Ratio(self.errors, self.targeted)

    @property
    def exclusion_ratio(self) -> Ratio:
        """Exclusions / targeted."""
        return Ratio(self.exclusions, self.targeted)

    @property
    def open_ratio(self) -> Ratio:
        """Opens / delivered."""
        return Ratio(self.opens, self.delivered)


@attrs.frozen(kw_only=True, repr=False)
class EmailMetrics(SendingMetrics):
    """The additive metrics of one group of email events."""

    @property
    def clicks(self) -> int:
        """Clicked, not by a machine; unsubscription links are not clicks."""
        return self._of("clicked")

    @property
    def machine_clicks(self) -> int:
        """Clicked by a scanner."""
        return self._of("clicked.machine")

    @property
    def unsubscribes(self) -> int:
        """Unsubscription link used."""
        return self._of("unsubscribed")

    @property
    def spam_complaints(self) -> int:
        """Declared as spam or junk."""
        return self._of("complained")

    @property
    def click_through_ratio(self) -> Ratio:
        """Clicks / delivered."""
        return Ratio(self.clicks, self.delivered)

    @property
    def unsubscribe_ratio(self) -> Ratio:
        """Unsubscribes / delivered."""
        return Ratio(self.unsubscribes, self.delivered)

    @property
    def complaint_ratio(self) -> Ratio:
        """Spam complaints / delivered."""
        return Ratio(self.spam_complaints, self.delivered)


@attrs.frozen(kw_only=True, repr=False)
class EmailTotals(EmailMetrics):
    """The metrics of email events that also have distinct counts: in total, and by message.

    Distinct counts do not add up over time, platforms or domains, so they are not given there.
    """

    _uniques: Mapping[str, int]

    @property
    def unique_opens(self) -> int:
        """Distinct (message, recipient key) among opens."""
        return self._uniques.get("opened", 0)

    @property
    def unique_clicks(self) -> int:
        """Distinct (message, recipient key) among clicks."""
        return self._uniques.get("clicked", 0)

    @property
    def unique_open_ratio(self) -> Ratio:
        """Unique opens / delivered."""
        return Ratio(self.unique_opens, self.delivered)

    @property
    def unique_click_through_ratio(self) -> Ratio:
        """Unique clicks / delivered."""
        return Ratio(self.unique_clicks, self.delivered)

    @property
    def click_to_open_ratio(self) -> Ratio:
        """Unique clicks / unique opens."""
        return Ratio(self.unique_clicks, self.unique_opens)


@attrs.frozen(kw_only=True, repr=False)
class PushMetrics(SendingMetrics):
    """The additive metrics of one group of push events."""

    @property
    def actions(self) -> int:
        """A button of the notification used, or the notification dismissed."""
        return self._of("acted") + self.dismissals

    @property
    def dismissals(self) -> int:
        """Notifications dismissed."""
        return self._of("acted.dismissal")

    @property
    def engagements(self) -> int:
        """Opens and actions, dismissals included."""
        return self.opens + self.actions

    @property
    def engagement_ratio(self) -> Ratio:
        """Engagements / delivered."""
        return Ratio(self.engagements, self.delivered)


@attrs.frozen(kw_only=True, repr=False)
class PushTotals(PushMetrics):
    """The metrics of push events that also have distinct counts: in total, and by message."""

    _uniques: Mapping[str, int]

    @property
    def unique_opens(self) -> int:
        """Distinct (message, recipient key) among opens."""
        return self._uniques.get("opened", 0)

    @property
    def unique_open_ratio(self) -> Ratio:
        """Unique opens / delivered."""
        return Ratio(self.unique_opens, self.delivered)


def metric_names(group: type[SendingMetrics], kind: type[int | Ratio]) -> tuple[str, ...]:
    """List the counts (``int``) or the ratios (``Ratio``) of a class, in order of definition."""
    return tuple(
        name
        for part in reversed(group.__mro__)
        for name, value in vars(part).items()
        if isinstance(value, property) and name[0] != "_" and _returns(value.fget, kind)
    )


def _returns(function: object, kind: type) -> bool:
    return getattr(function, "__annotations__", {}).get("return") == kind.__name__
