"""Messages in the formats that 100ms's own clients understand."""

from . import _roomcast, _typing
from ._results import created
from ._roomcast import NOT_GIVEN, Message


def chat(text: str) -> Message:
    """Return a line in the chat: a message of type "chat".

    The chat of 100ms's Prebuilt shows no other type (100mslive/web-sdks, ChatBody.tsx).

    Args:
        text: Not blank, at most 1 MiB of UTF-8. It is checked when it is sent.
    """
    return created(_roomcast.Message._create("chat", {"message": text}))


def event(name: str, payload: "_typing.Option[_typing.JSONValue]" = NOT_GIVEN) -> Message:
    """Return an event for `useCustomEvent` of 100ms's React SDK, which parses the payload as JSON.

    The event's name is the message's type (100mslive/web-sdks, useCustomEvent.ts).

    Args:
        name: Not blank, at most 256 bytes, no control characters, not beginning with "hms_". It is checked
            when it is sent.
        payload: Text, a number, a bool, None, or a dict, list or tuple of these, at most 1 MiB as JSON. It is
            converted immediately, so later changes of it change nothing. Defaults to an empty text.

    Raises:
        InvalidRequestError: JSON cannot express the payload. The text names the place in it.
    """
    return created(_roomcast.Message._create("event", {"name": name, "payload": payload}))


def reaction(emoji_id: str, *, sender_id: "_typing.Option[str]" = NOT_GIVEN) -> Message:
    """Return a flying emoji in 100ms's Prebuilt (100mslive/web-sdks, FlyingEmoji.jsx).

    Arguments are not blank, have at most 256 bytes, and no control characters. They are checked when it is
    sent.

    Args:
        emoji_id: An id of emoji-mart, such as "+1", "heart", "clap", "tada".
        sender_id: The id of the peer that it comes from. Defaults to one that Prebuilt shows without a name.
    """
    return created(_roomcast.Message._create("reaction", {"emoji_id": emoji_id, "sender_id": sender_id}))
