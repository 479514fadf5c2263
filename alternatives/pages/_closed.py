"""What of Streamlit's own addresses nobody gets: its metrics, which say how many visitors there are."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from alternatives.serving import settings

METRICS = "/_stcore/metrics"


class Closed:
    """Answers for addresses that are closed as for those that aren't there. All else goes on to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_open = settings.is_on(settings.METRICS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_closed = (
            scope["type"] == "http" and not self._is_open and scope["path"].rstrip("/").endswith(METRICS)
        )
        await (PlainTextResponse("Not Found", 404) if is_closed else self._app)(scope, receive, send)
