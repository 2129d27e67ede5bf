"""gunicorn loads the application, and with it the client, once, before it forks the workers.

gunicorn --config gunicorn_conf.py flask_app:app
"""

preload_app = True
workers = 2
worker_class = "gthread"
threads = 8
