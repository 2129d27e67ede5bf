"""gunicorn loads the application, and with it the client, once, before it forks the workers.

gunicorn --config gunicorn_conf.py flask_app:app
"""

from typing import Any

preload_app = True
workers = 2
worker_class = "gthread"
threads = 8


def worker_exit(server: Any, worker: Any) -> None:
    """Wait for what threads of the worker still send, at most 5 seconds."""
    from flask_app import client

    if not client.drain(5):
        worker.log.warning("sends were cancelled at the worker's exit")
