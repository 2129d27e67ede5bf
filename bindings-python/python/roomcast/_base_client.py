"""What the blocking client and the one for asyncio share."""

from . import _roomcast, _typing
from ._declaration import implements
from ._observation import Observers, as_hooks
from ._results import created
from ._roomcast import NOT_GIVEN, NotGiven
from ._stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    from ._async_send_many import AsyncSendMany
    from ._send_many import SendMany

    _F = TypeVar("_F", bound=Callable[..., Any])


def _constructor(declaration: "_F") -> "_F":
    @implements(declaration)
    def __init__(self: "BaseClient", /, **options: "Any") -> None:
        # Two options also accept types of Python's library: a path and a timedelta.
        causes: dict[str, Exception] = {}
        for name, method in (("ca_file", "__fspath__"), ("timeout", "total_seconds")):
            value = options.get(name)
            # Without such a method the value is of a wrong type, which the core reports.
            if not isinstance(value, (str, int, float)) and hasattr(value, method):
                try:
                    options[name] = getattr(value, method)()
                except Exception as error:
                    causes[name] = error
        hooks = options.pop("hooks", NOT_GIVEN)
        hooks = () if hooks is NOT_GIVEN else as_hooks(hooks)
        self._native = created(self._create_native(options, causes))
        self._observers = Observers(hooks)

    return __init__


def send_many_of(cls: "type[SendMany] | type[AsyncSendMany]") -> "Callable[[_F], _F]":
    """Return a decorator that makes send_many() of a declaration."""

    def decorate(declaration: "_F") -> "_F":
        @implements(declaration)
        def send_many(self: "BaseClient", /, *arguments: object, **options: object) -> object:
            if len(arguments) > 1:
                given = len(arguments) + 1  # Python counts `self` too.
                raise TypeError(f"send_many() takes 2 positional arguments but {given} were given")
            items = arguments[0] if arguments else options.pop("items", None)
            return cls(self._native, items, options, self._observers)

        return send_many

    return decorate


class BaseClient:
    """What Client and AsyncClient share."""

    _native: _roomcast.Client
    _observers: Observers

    def _create_native(
        self, options: "dict[str, _typing.Any]", causes: "dict[str, Exception]"
    ) -> "_typing.Any":
        # The clients of roomcast.testing have another one.
        return _roomcast.Client.create(options, causes)

    @_constructor
    def __init__(
        self,
        *,
        access_key: "_typing.Option[str]" = NOT_GIVEN,
        secret: "_typing.Option[str]" = NOT_GIVEN,
        management_token: "_typing.Option[str]" = NOT_GIVEN,
        base_url: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
        max_in_flight: "_typing.Option[int]" = NOT_GIVEN,
        ca_file: "_typing.Union[str, _typing.PathLike[str], NotGiven]" = NOT_GIVEN,
        proxy: "_typing.Option[str]" = NOT_GIVEN,
        only_sandbox: "_typing.Option[bool]" = NOT_GIVEN,
        insecure_http_host: "_typing.Option[str]" = NOT_GIVEN,
        hooks: "_typing.Option[_typing.Hooks]" = NOT_GIVEN,
    ) -> None:
        """Create a client. Nothing is sent yet.

        An omitted option is taken from the environment or has a default. None does not mean omitted: it
        raises ConfigurationError. NOT_GIVEN does.

        Args:
            access_key: The app's access key, from 100ms's dashboard; goes with `secret`. Defaults to the
                variable HMS_ACCESS_KEY.
            secret: The app's secret, with which the client signs management tokens. Defaults to the variable
                HMS_SECRET.
            management_token: A management token made elsewhere, instead of `access_key` and `secret`. The
                client cannot renew it. Defaults to the variable HMS_MANAGEMENT_TOKEN.
            base_url: The API's URL: https, or http to loopback or to the `insecure_http_host`. Defaults to
                the variable HMS_BASE_URL, else to https://api.100ms.live/v2.
            timeout: The deadline of a whole call, all attempts and waits included, in seconds or as a
                timedelta: more than 0, at most an hour. Defaults to 10 seconds.
            max_attempts: The maximum number of attempts of one call: 1 to 100. Defaults to 3.
            retry_unknown: Whether to retry, too, when it is unknown whether the message was delivered. People
                may then see a message twice. Defaults to False.
            max_in_flight: The maximum number of calls of an AsyncClient in flight: 1 to 10,000. Further calls
                are queued, up to 64 MiB. As many idle connections are kept. Defaults to 64.
            ca_file: The path of a PEM file with certificate authorities to trust in addition to the system's
                or, where the system has none, to certifi's or the package's own.
            proxy: The HTTP proxy to tunnel through: http://user:password@host:port. Never used for loopback.
                Defaults to the variable HTTPS_PROXY, unless NO_PROXY names the host.
            only_sandbox: A guard for tests: with True, a client whose `base_url` is neither on this machine
                nor on the `insecure_http_host` raises ConfigurationError, so that no test reaches people. The
                variable ROOMCAST_ONLY_SANDBOX=1 does the same, and False does not cancel it.
            insecure_http_host: The name of one host besides this machine that plain http may go to, without
                scheme and port: a sandbox in a network of your own, such as that of docker-compose. Everyone
                between sees the token, with which anybody can send into any room, and all messages. Defaults
                to the variable ROOMCAST_INSECURE_HTTP_HOST.
            hooks: A function, or a list of them, each called with a Trace after each operation has ended: in
                the thread that called, or in the event loop, before the call returns. An exception of theirs
                goes to sys.unraisablehook. An operation that does not begin, as its arguments break a rule,
                has no trace.

        Raises:
            ConfigurationError: An option or a variable is missing, invalid or unknown; the text names it.
        """

    def __repr__(self) -> str:
        cls = type(self)
        options = "".join(f" {name}={value!r}" for name, value in self._native.options().items())
        return f"<{cls.__module__}.{cls.__qualname__}{options}>"

    def stats(self) -> Stats:
        """Return what the client is doing, and what it has done, in numbers. It does not block."""
        return Stats(**self._native.stats())
