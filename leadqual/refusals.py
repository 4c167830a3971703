"""What the log says of requests that were refused."""

from logging import Filter, LogRecord


class _WithoutTraceback(Filter):
    def filter(self, record: LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


def without_traceback() -> Filter:
    """One line where a person may not do a thing; faults keep their traceback."""
    return _WithoutTraceback()
