"""The drivers: how each is started, and how its input is spelt and encoded. Their output has the same format."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Any, Callable
from urllib.parse import quote

from . import paths, platforms

# Seconds after which a driver that has not ended is killed.
HANG = 120
# Removed from a driver's environment unless a case sets them.
VARIABLES = (
    "HMS_ACCESS_KEY",
    "HMS_SECRET",
    "HMS_MANAGEMENT_TOKEN",
    "HMS_BASE_URL",
    "ROOMCAST_ONLY_SANDBOX",
    "ROOMCAST_INSECURE_HTTP_HOST",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "ROOMCAST_PANIC_AT",
)


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_client(options: dict[str, Any]) -> dict[str, Any]:
    return options


def camel_client(options: dict[str, Any]) -> dict[str, Any]:
    spelled = {}
    for name, value in options.items():
        if name == "timeout":
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            name, value = "timeout_ms", value * 1000 if number else value
        spelled[camel(name)] = value
    return spelled


def misspelt(name: str, spell: Callable[[str], str]) -> str:
    """The name in the spelling of the other languages: camel case for snake case, and vice versa."""
    return camel(name) if spell(name) == name else name


@dataclass(frozen=True)
class Driver:
    """A language's driver."""

    language: str
    # The language's name in the User-Agent.
    agent: str
    command: Callable[[bool], list[str]]
    environment: Callable[[bool], dict[str, str]]
    spell: Callable[[str], str] = lambda name: name
    spell_client: Callable[[dict[str, Any]], dict[str, Any]] = snake_client
    encode: Callable[[dict[str, Any]], str] = json.dumps
    # Where its certificate authorities come from if the system has none: `$own_roots`.
    own_roots: str = "webpki-roots"
    # What replaces `{"$not_unicode": true}`: text that is not valid Unicode.
    not_unicode: Any = "\ud800"
    # Its standard error is a file instead of a pipe.
    error_file: bool = False
    # What `not_on` of a case may name: see harness/platforms.py.
    traits: frozenset[str] = frozenset()
    # Whether it has a fake client, for a job that has peers of a fake server.
    has_fake: bool = False
    # The files of cases that are run with it; None: all.
    only: frozenset[str] | None = None

    def run(
        self,
        client: dict[str, Any],
        calls: list[dict[str, Any]],
        env: dict[str, str],
        on_ready: Callable[[], None] = lambda: None,
        fake: list[dict[str, str]] | None = None,
    ) -> Run:
        """Runs the calls in a new process; calls `on_ready` once it has created its client.

        With `fake`, the client is a fake one, and these are the peers of its server.
        """
        faultpoints = "ROOMCAST_PANIC_AT" in env
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        environment.update(self.environment(faultpoints))
        environment.update(env)
        spelt = [self._with_broken_text(self._spelt(call)) for call in calls]
        job: dict[str, Any] = {"client": self.spell_client(client), "calls": spelt}
        if fake is not None:
            job["fake"] = fake
        command = self.command(faultpoints)
        # On a busy machine wine may end before it starts the program. Then nothing was printed, not even an error.
        for is_last in (False, False, True) if "wine" in self.traits else (True,):
            run = watch(command, self.encode(job).encode(), environment, on_ready, error_file=self.error_file)
            if is_last or run.exit_code == 0 or run.out or run.err:
                break
        return run

    def _spelt(self, call: dict[str, Any]) -> dict[str, Any]:
        spelt = {**call}
        if "options" in call:
            spelt["options"] = self._spelt_options(call["options"])
        if "items" in call:
            spelt["items"] = [self._spelt(item) if isinstance(item, dict) else item for item in call["items"]]
        return spelt

    def _spelt_options(self, given: dict[str, Any]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for name, value in given.items():
            wrong = name.startswith("$misspelt:")
            plain = name[len("$misspelt:") :] if wrong else name
            if plain == "timeout":
                options.update(self.spell_client({plain: value}))
            else:
                options[misspelt(plain, self.spell) if wrong else self.spell(plain)] = value
        return options

    def _with_broken_text(self, value: Any) -> Any:
        if value == {"$not_unicode": True}:
            return self.not_unicode
        if isinstance(value, dict):
            return {name: self._with_broken_text(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._with_broken_text(item) for item in value]
        return value


@dataclass(frozen=True)
class Run:
    """The output, times and memory of a driver's process."""

    exit_code: int
    out: str
    err: str
    # When each line was read, in seconds since the process was started.
    times: list[float]
    # The peak resident memory of the process, in KiB.
    peak_kib: int

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def elapsed(self) -> list[float]:
        """How long each call took, in seconds: the time between its line and the previous one."""
        return [later - earlier for earlier, later in zip(self.times, self.times[1:])]


@contextlib.contextmanager
def error_output(error_file: bool) -> Iterator[tuple[int | IO[bytes], Callable[[], bytes]]]:
    """Where a process writes its errors, and a function that reads them once it has ended."""
    if error_file:
        with tempfile.TemporaryFile() as file:
            yield file, lambda: (file.seek(0), file.read())[1]
        return
    reading, writing = os.pipe()
    errors: list[bytes] = []
    with open(reading, "rb") as pipe:
        reader = threading.Thread(target=lambda: errors.append(pipe.read()))
        reader.start()
        with open(writing, "wb") as end:

            def read() -> bytes:
                end.close()
                reader.join()
                return b"".join(errors)

            try:
                yield end, read
            finally:
                read()


def watch(
    command: list[str],
    job: bytes,
    environment: dict[str, str],
    on_ready: Callable[[], None],
    *,
    error_file: bool = False,
) -> Run:
    """Runs a driver, and records its output, the time of each line, and its peak memory."""
    started = time.monotonic()
    lines: list[bytes] = []
    times: list[float] = []
    peak = 0

    def listen(out: IO[bytes]) -> None:
        for line in out:
            times.append(time.monotonic() - started)
            lines.append(line)
            if len(lines) == 1:
                on_ready()

    with error_output(error_file) as (stderr, read_errors):
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        )
        assert process.stdin and process.stdout
        listener = threading.Thread(target=listen, args=(process.stdout,))
        listener.start()
        try:
            process.stdin.write(job)
            process.stdin.close()
            while process.poll() is None:
                peak = max(peak, peak_kib(process.pid))
                if time.monotonic() - started > HANG:
                    raise TimeoutError(f"the driver hangs: {b''.join(lines).decode()}")
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
            listener.join()
            process.stdout.close()
        return Run(process.returncode, b"".join(lines).decode(), read_errors().decode(), times, peak)


def peak_kib(pid: int) -> int:
    """The peak resident memory of a process so far, in KiB; 0 if the system does not report it."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def c_lines(job: dict[str, Any]) -> str:
    """The same job as lines of `key value`, since C has no JSON."""
    lines = [line("client." + name, value, wants=C_CLIENT.get(name, str)) for name, value in job["client"].items()]
    for call in job["calls"]:
        lines.append(f"call {call['method']}")
        lines += argument_lines(call)
        if "body_hex" in call:
            lines.append(f"body {quote(bytes.fromhex(call['body_hex']), safe='')}")
        for name, value in call.get("webhooks", {}).items():
            lines.append(line("webhooks." + name, value))
        for item in call.get("items", []):
            lines += ["item", *argument_lines(item)] if isinstance(item, dict) else [line("item", item)]
        lines.append("end")
    return "\n".join(lines) + "\n"


COUNTS = ("threads", "each", "count", "cancel_after", "items_raise_after")
LISTS = ("send_to_users", "send_to_peers", "send_to_roles")


def argument_lines(call: dict[str, Any]) -> list[str]:
    """The arguments and options of a call, or of one of many messages."""
    lines = [f"pause_ms {round(call['seconds'] * 1000)}"] if "seconds" in call else []
    lines += [f"drain_ms {round(call['timeout'] * 1000)}"] if "timeout" in call else []
    lines += [f"{key} {call[key]}" for key in COUNTS if key in call]
    if "message" in call:
        lines += message_lines(call["message"])
    lines += [line(key, call[key]) for key in ("room_id", "given", "body") if key in call]
    if "target" in call:
        lines += target_lines(call["method"] in LISTS, call["target"])
    options = call.get("options", {}).items()
    return lines + [line("option." + name, value, wants=C_OPTIONS.get(name, str)) for name, value in options]


def target_lines(takes_list: bool, target: Any) -> list[str]:
    """Of a list, how many targets follow: an empty list is not the same as null."""
    if not takes_list:
        return [line("target", target)]
    if not isinstance(target, list):
        return [line("targets", target)]
    return [f"targets {len(target)}", *(line("target", one) for one in target)]


def message_lines(message: Any) -> list[str]:
    """A message that is not text becomes text with a format."""
    if not isinstance(message, (dict, list)):
        return [line("message", message)]
    if "$chat" in message:
        return ["format chat", line("message", message["$chat"])]
    if "$event" in message:
        event = message["$event"]
        return ["format event", line("option.type", event["name"]), line("message", as_json(event.get("payload", "")))]
    if "$reaction" in message:
        reaction = message["$reaction"]
        sender = [line("sender_id", reaction["sender_id"])] if "sender_id" in reaction else []
        return ["format reaction", line("message", reaction["emoji_id"]), *sender]
    return ["format json", line("message", as_json(message))]


def as_json(value: Any) -> str:
    """JSON as a program in C would write it: with "nan", where printf is given what is not finite."""
    if value == {"$nan": True}:
        return "nan"
    if isinstance(value, dict):
        return "{" + ",".join(f"{as_json(name)}:{as_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


C_CLIENT = {"timeout": float, "max_attempts": int, "retry_unknown": bool, "max_in_flight": int, "only_sandbox": bool}
C_OPTIONS = {**C_CLIENT, "rate": float}


def line(key: str, value: Any, wants: type = str) -> str:
    if key in ("client.timeout", "option.timeout"):
        key += "_ms"
        value = round(value * 1000) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        wants = int
    if value is None:
        return f"{key} %null"
    if wants is bool and isinstance(value, bool):
        return f"{key} {int(value)}"
    if wants is int and isinstance(value, int) and not isinstance(value, bool):
        return f"{key} {value}"
    if wants is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{key} {value}"
    if wants is str and isinstance(value, str):
        return f"{key} {quote(value, safe='')}"
    return f"{key} %other"


def no_environment(_: bool) -> dict[str, str]:
    return {}


def binary(name: str) -> Callable[[bool], list[str]]:
    return lambda faultpoints: [str((paths.FAULTPOINTS if faultpoints else paths.RELEASE) / name)]


def python_environment(faultpoints: bool) -> dict[str, str]:
    return {"PYTHONPATH": str(paths.FAULTPOINTS / "python")} if faultpoints else {}


def node_environment(faultpoints: bool) -> dict[str, str]:
    return {"ROOMCAST_PACKAGE": str(paths.FAULTPOINTS / "node")} if faultpoints else {}


def c_environment(faultpoints: bool) -> dict[str, str]:
    return {"LD_LIBRARY_PATH": str(paths.FAULTPOINTS / "c")} if faultpoints else {}


def script(interpreter: str, *arguments: str) -> Callable[[bool], list[str]]:
    return lambda _: [interpreter, *arguments]


PYTHON = str(paths.DRIVERS / "python" / "driver.py")
NODE = str(paths.DRIVERS / "node" / "driver.mjs")

HERE = {
    driver.language: driver
    for driver in (
        Driver(
            "rust", "rust", binary("roomcast-driver"), no_environment, not_unicode={"$not_unicode": True}, has_fake=True
        ),
        Driver(
            "python", "python", script(sys.executable, PYTHON), python_environment, own_roots="certifi", has_fake=True
        ),
        Driver(
            "python-async",
            "python",
            script(sys.executable, PYTHON, "--async"),
            python_environment,
            own_roots="certifi",
            has_fake=True,
        ),
        Driver(
            "node",
            "node",
            script("node", NODE),
            node_environment,
            camel,
            camel_client,
            own_roots="tls.rootCertificates",
            has_fake=True,
        ),
        Driver(
            "c",
            "c",
            script(str(paths.ROOT / "tests" / "build" / "driver-c")),
            c_environment,
            encode=c_lines,
            # Any value that is not text becomes bytes that are not UTF-8.
            not_unicode=object(),
        ),
    )
}


def elsewhere(driver: Driver, programs: platforms.Programs) -> Driver:
    """The driver as another platform runs it."""

    def chosen(faultpoints: bool) -> platforms.Program:
        return programs.faultpoints if faultpoints else programs.released

    return replace(
        driver,
        command=lambda faultpoints: list(chosen(faultpoints).command),
        environment=lambda faultpoints: dict(chosen(faultpoints).environment),
        traits=programs.traits,
        only=programs.only,
        error_file=programs.error_file,
    )


def drivers() -> dict[str, Driver]:
    """The drivers of the platform that is tested: this machine's, unless ROOMCAST_PLATFORM describes another."""
    if platforms.TESTED is None:
        return HERE
    programs = platforms.TESTED.programs
    return {
        language: elsewhere(driver, programs[language]) for language, driver in HERE.items() if language in programs
    }


DRIVERS = drivers()
