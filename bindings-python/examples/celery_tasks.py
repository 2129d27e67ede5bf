"""A Celery task that sends to rooms, and is retried only if the message provably never left.

CELERY_CONFIG_MODULE=celeryconfig celery --app celery_tasks worker
"""

from typing import Any

from celery import Celery

import roomcast

app = Celery("classroom")
app.config_from_envvar("CELERY_CONFIG_MODULE")
# Created before the pool is forked. Each process of the pool opens its own connections.
client = roomcast.Client()


@app.task(bind=True, max_retries=5)
def announce(self: Any, room_id: str, text: str) -> int:
    try:
        return client.broadcast(room_id, roomcast.chat(text)).attempts
    except (roomcast.APIConnectionError, roomcast.APITimeoutError) as error:
        if error.outcome != "not_sent":
            raise  # The message may have been delivered.
        raise self.retry(exc=error, countdown=2**self.request.retries) from error
