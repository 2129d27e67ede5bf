"""gunicorn with the application, and the client in it, loaded once before the workers are forked.

gunicorn --config gunicorn_conf.py flask_app:app
"""

preload_app = True
workers = 2
worker_class = "gthread"
threads = 8
