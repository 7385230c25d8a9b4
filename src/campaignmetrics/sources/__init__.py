"""One module for each provider whose records are understood: its records become events.

Each has ``events`` and ``interpret`` for decoded records, and is a source that ``read`` knows. A
module is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from campaignmetrics.sources.shape import Reading, Source

if TYPE_CHECKING:
    from campaignmetrics.sources import (
        ajo,
        anymail,
        braze,
        brevo,
        fcm,
        mailersend,
        mailgun,
        mailjet,
        mailtrap,
        mandrill,
        onesignal,
        postmark,
        resend,
        sendgrid,
        ses,
        sparkpost,
    )

__all__ = [
    "Reading",
    "Source",
    "ajo",
    "anymail",
    "braze",
    "brevo",
    "fcm",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "onesignal",
    "postmark",
    "resend",
    "sendgrid",
    "ses",
    "sparkpost",
]

NAMES = tuple(name for name in __all__ if name.islower())
"""The sources, in the order in which a record is offered to them."""


def __getattr__(name: str) -> ModuleType:
    if name in NAMES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def declared(name: str) -> Source:
    """Give the declaration of a source."""
    source: Source = importlib.import_module(f"{__name__}.{name}").SOURCE
    return source
