"""The static servers: nginx if it is installed, otherwise `roomcast-bench serve`."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from suite import DELAY_MS, RUST

NGINX = """
daemon off;
worker_processes 1;
pid {directory}/{port}.pid;
error_log stderr;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} {tls};
        ssl_certificate {directory}/cert.pem;
        ssl_certificate_key {directory}/key.pem;
        location / {{ return 200 '{{"message":"message sent"}}'; }}
    }}
}}
"""


def nginx() -> str | None:
    """The path of nginx, which on Debian is in a directory that is not on every user's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def started(command: list[str], core: int | None, **options) -> Iterator[subprocess.Popen]:
    pinned = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    process = subprocess.Popen(command, preexec_fn=pinned, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def own(core: int | None, *arguments: str) -> Iterator[str]:
    with started([RUST, "serve", *arguments], core, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit("bench: the server did not start")
        yield url


@contextlib.contextmanager
def of_nginx(program: str, core: int | None, directory: Path, tls: bool) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    values = {"directory": directory, "port": port, "tls": "ssl" if tls else ""}
    # As root, nginx's worker would run as nobody, who cannot read the directory.
    values["user"] = "user root;" if os.geteuid() == 0 else ""
    config = directory / f"nginx-{port}.conf"
    config.write_text(NGINX.format(**values))
    with started([program, "-p", str(directory), "-c", str(config)], core) as process:
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None:
                raise SystemExit("bench: nginx did not start")
            time.sleep(0.01)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/v2"


@contextlib.contextmanager
def all_servers(core: int | None, directory: Path) -> Iterator[dict[str, str]]:
    """The base URLs of all servers. Their certificates are written to `directory`."""
    subprocess.run([RUST, "certificate", str(directory)], check=True)
    program = nginx()
    with contextlib.ExitStack() as stack:
        if program:
            plain, tls = (of_nginx(program, core, directory, tls) for tls in (False, True))
        else:
            plain, tls = own(core), own(core, "--certificates", str(directory))
        yield {
            "plain": stack.enter_context(plain),
            "tls": stack.enter_context(tls),
            "delayed": stack.enter_context(own(core, "--delay-ms", str(DELAY_MS))),
        }
