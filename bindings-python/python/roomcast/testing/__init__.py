"""For tests of programs that use roomcast: clients without a server, and a sandbox to talk to.

    from roomcast.testing import FakeClient

    def test_each_player_gets_their_own_cards():
        client = FakeClient()
        deal(client, "room", {"ann": ["A♠"], "bob": ["K♥"]})
        assert {sent.peer_id: sent.json() for sent in client.sent} == {"ann": ["A♠"], "bob": ["K♥"]}

A FakeClient is a Client that holds every call to the rules of the real one, without a network. A Sandbox is a
process of its own, with peers that show what they receive. For pytest there are fixtures: `roomcast_fake`,
`roomcast_async_fake` and `roomcast_sandbox`.
"""

from ._factories import make_event, make_peer, make_webhook
from ._fake import AsyncFakeClient, FakeCall, FakeClient
from ._guard import only_sandbox
from ._program import SandboxError
from ._sandbox import Fault, ReceivedMessage, Sandbox, SandboxPeer, SandboxRequest, WebhookDelivery

__all__ = [
    "AsyncFakeClient",
    "FakeCall",
    "FakeClient",
    "Fault",
    "ReceivedMessage",
    "Sandbox",
    "SandboxError",
    "SandboxPeer",
    "SandboxRequest",
    "WebhookDelivery",
    "make_event",
    "make_peer",
    "make_webhook",
    "only_sandbox",
]

# Tracebacks and `help` show the public names.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
