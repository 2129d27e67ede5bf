"""A Celery task that sends to rooms, and tries again only when the message provably never left.

CELERY_CONFIG_MODULE=celeryconfig celery --app celery_tasks worker
"""

from typing import Any

from celery import Celery

import roomcast

app = Celery("classroom")
app.config_from_envvar("CELERY_CONFIG_MODULE")
# Made before the pool is forked; each process of the pool makes connections of its own.
client = roomcast.Client()


@app.task(bind=True, max_retries=5)
def announce(self: Any, room_id: str, text: str) -> int:
    try:
        return client.broadcast(room_id, text, type="chat").attempts
    except (roomcast.ConnectionFailedError, roomcast.DeadlineError) as error:
        if error.outcome != "not_sent":
            raise  # People may have seen it.
        raise self.retry(exc=error, countdown=2**self.request.retries) from error
