"""What the answers of push providers mean, as in the tables of ``docs/sources/fcm.md``.

A refusal is a hard bounce where the token is dead for good, a soft one where another message may
get through, and an error where the sender's own credentials or message were at fault.
"""

from __future__ import annotations

from collections.abc import Mapping

from campaignmetrics.sources.shape import Meaning
from campaignmetrics.sources.words import states

APNS, FCM, EXPO, RECEIPT = "apns", "fcm", "expo", "expo/receipt"

RETRY = "retry"
"""The word for a soft refusal after which the sender says that it will try again."""

_ACCEPTED = states("sent", "delivered")

_HARD = {
    "export": "INVALID_REGISTRATION",
    APNS: "BadDeviceToken ExpiredToken Unregistered 410",
    FCM: "UNREGISTERED NOT_FOUND INVALID_ARGUMENT/token InvalidRegistration NotRegistered",
    EXPO: "DeviceNotRegistered",
}
_SOFT = {
    "export": "QUOTA_EXCEEDED MESSAGE_RECEIVED_INTERNAL_ERROR",
    APNS: (
        "IdleTimeout TooManyRequests InternalServerError ServiceUnavailable Shutdown 429 500 503"
    ),
    FCM: (
        "QUOTA_EXCEEDED RESOURCE_EXHAUSTED UNAVAILABLE INTERNAL DEADLINE_EXCEEDED"
        " Unavailable InternalServerError DeviceMessageRateExceeded TopicsMessageRateExceeded"
    ),
    EXPO: "MessageRateExceeded ExpoError ProviderError",
}
_OURS = {
    "export": (
        "MISSING_REGISTRATIONS UNAUTHORIZED_REGISTRATION MISMATCH_SENDER_ID INVALID_PACKAGE_NAME"
        " INVALID_APNS_CREDENTIAL INVALID_PARAMETERS PAYLOAD_TOO_LARGE AUTHENTICATION_ERROR"
        " INVALID_TTL"
    ),
    APNS: (
        "BadCertificate BadCertificateEnvironment BadCollapseId BadEnvironmentKeyIdInToken"
        " BadExpirationDate BadMessageId BadPath BadPriority BadTopic DeviceTokenNotForTopic"
        " DuplicateHeaders ExpiredProviderToken Forbidden InvalidProviderToken InvalidPushType"
        " MethodNotAllowed MissingDeviceToken MissingProviderToken MissingTopic PayloadEmpty"
        " PayloadTooLarge TooManyProviderTokenUpdates TopicDisallowed UnrelatedKeyIdInToken"
        " 403 405 413"
    ),
    FCM: (
        "INVALID_ARGUMENT SENDER_ID_MISMATCH THIRD_PARTY_AUTH_ERROR UNAUTHENTICATED"
        " PERMISSION_DENIED MissingRegistration InvalidPackageName MismatchSenderId"
        " InvalidParameters MessageTooBig InvalidDataKey InvalidTtl InvalidApnsCredential"
    ),
    EXPO: "DeveloperError InvalidCredentials MessageTooBig MismatchSenderId",
}


def _each(
    lists: Mapping[str, str], meaning: Meaning, spelled: Mapping[str, str]
) -> dict[str, Meaning]:
    """Give each word of some lists a meaning, the provider's name standing before it."""
    return {
        f"{spelled[name]}{word}": meaning
        for name, words in lists.items()
        if name in spelled
        for word in words.split()
    }


_PREFIXES = {"export": "", APNS: f"{APNS}/", FCM: f"{FCM}/", EXPO: f"{EXPO}/"}
_RECEIPTS = {EXPO: f"{RECEIPT}/"}

WORDS: Mapping[str, Meaning] = {
    "MESSAGE_ACCEPTED": states("sent"),
    "MESSAGE_DELIVERED": states("delivered"),
    f"{APNS}/200": _ACCEPTED,
    f"{FCM}/name": _ACCEPTED,
    f"{FCM}/message_id": _ACCEPTED,
    f"{EXPO}/ok": states("sent"),
    f"{RECEIPT}/ok": states("delivered"),
    RETRY: states("delayed"),
    **_each(_HARD, states("sent", "bounced", category="hard"), _PREFIXES),
    **_each(_SOFT, states("sent", "bounced", category="soft"), _PREFIXES),
    **_each(_OURS, states("errored"), _PREFIXES),
    **_each(_HARD, states("bounced", category="hard"), _RECEIPTS),
    **_each(_SOFT, states("bounced", category="soft"), _RECEIPTS),
    **_each(_OURS, states("bounced", category="ignored"), _RECEIPTS),
}

APNS_REASONS = frozenset(
    word
    for lists in (_HARD, _SOFT, _OURS)
    for word in lists[APNS].split()
    if not word.isdigit()  # a status without its reason
)
