"""A queue of files, for processes that load no Django."""

from kombu import Connection, Exchange, Queue

from leadqual.broker import Transport

EXCHANGE = Exchange("celery", type="direct")
QUEUE = Queue("celery", EXCHANGE, routing_key="celery")


def broker(folder: str) -> Connection:
    options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}/control",
        "polling_interval": 0.01,
    }
    return Connection("filesystem://", transport=Transport, transport_options=options)
