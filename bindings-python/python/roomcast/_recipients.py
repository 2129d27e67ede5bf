"""What became of a message to several recipients."""

from . import _typing
from ._record import SendRecord

TO_SEVERAL = ("send_to_user", "send_to_users", "send_to_peers", "send_to_roles")
"""The methods that return a list of it."""


class RecipientResult(SendRecord):
    """What became of a message for one of several recipients. Immutable.

    Either `result` or `error` is None.
    """

    _fields = ("peer_id", "role", "user_id", "result", "error")

    peer_id: "_typing.Optional[str]"
    """The peer; None if the recipient is a role, or a user who is not in the room."""
    role: "_typing.Optional[str]"
    """The role, if the recipients are roles."""
    user_id: "_typing.Optional[str]"
    """The user, if the recipients are users: there is one result for each of their peers."""
