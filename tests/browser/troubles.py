"""What a browser has to complain about: errors in the console, broken policies, failed scripts."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Response, WebError


class Troubles:
    """Collects complaints of any number of browsers."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._expected: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("response", self._response)

    def expect_status(self, status: int) -> None:
        """Answers of this status are part of the test; Chromium reports each as an error, and htmx
        those that it swaps in nowhere."""
        self._expected.append(rf"the server responded with a status of {status}\b")
        self._expected.append(rf"Response Status Error Code {status}\b")

    def expect_no_connection(self) -> None:
        """The line is down for a while as part of the test; Chromium and htmx both say so."""
        self._expected.append("net::ERR_INTERNET_DISCONNECTED")
        self._expected.append(r"^error: htmx:(afterRequest|sendError),")

    @property
    def unexpected(self) -> list[str]:
        return [
            said for said in self._seen if not any(re.search(it, said) for it in self._expected)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._seen.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _script(self, error: WebError) -> None:
        self._seen.append(f"script: {error.error}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._seen.append(f"{response.status} from {response.url}")
