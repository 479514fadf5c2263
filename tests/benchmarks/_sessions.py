"""A session as a browser has it, without the browser: Streamlit's own messages over its websocket.

A session knows which state of the page a run shows, for the page writes every state to its link. So
each change can be followed until something on the page shows it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from alternatives.experiments.fields import OWN_BEST

Link = dict[str, str]
MAIN = 0
"""The first number in the path of everything in a page's main part."""


@dataclass
class Change:
    """A control that a session changed, and how many seconds later the page showed it."""

    control: str
    link: Link
    unseen: bool
    sent: float
    after: dict[str, float] = field(default_factory=dict)


class Session:
    """One visitor.

    Parameters
    ----------
    server : str
        Where the page is.
    link : dict of str
        The link's parameters that the visitor comes with.
    page : str, optional
        The page's name in its address. Default: the first page.
    query : str, optional
        What the address says in place of the link, encoded.
    is_at_top : bool, default=False
        Whether the visitor says where the page is, as browsers do: what waits for readers to come near then
        isn't sent. Without, all of a page is.
    address : str, optional
        One of this machine's that the visitor comes from, such as 127.0.0.2. Default: the system's choice.

    Attributes
    ----------
    changes : list of Change
        A change's `after` has the seconds until the first words in the main part for this state or a
        later one ("answer"), until the first chart for one ("picture"), and until its own run had
        come to its end ("finished").
    errors : list of str
    """

    def __init__(
        self,
        server: str,
        link: Link,
        page: str = "",
        query: str = "",
        is_at_top: bool = False,
        address: str = "",
    ) -> None:
        self.server = server
        self.link = link
        self.page = page
        self.query = query
        self.is_at_top = is_at_top
        self.address = address
        self.changes: list[Change] = []
        self.errors: list[str] = []
        self._controls: dict[str, Element] = {}
        self._folded: dict[str, str] = {}
        self._states: dict[str, WidgetState] = {}
        self._cached: dict[str, tuple[int, str]] = {}
        self._n_runs = 0
        self._n_charts = 0
        self._done = asyncio.Event()

    async def __aenter__(self) -> "Session":
        address = self.server.replace("http", "ws", 1) + "/_stcore/stream"
        self._connection: ClientConnection = await connect(
            address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            local_addr=(self.address, 0) if self.address else None,
        )
        self._listening = asyncio.create_task(self._listen())
        await self._send()
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._listening.cancel()
        await self._connection.close()

    async def settle(self, seconds: float) -> bool:
        """Wait until the last change's run has ended, but not longer than that; whether it has."""
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def unfold(self, title: str) -> None:
        """Unfold a part of the page, if there is one of that title, whose controls come with the next run."""
        if identity := self._folded.get(title):
            self._states[title] = WidgetState(id=identity, bool_value=True)
            await self._send()

    async def change(self, control: str, value: Any, link: Link, unseen: bool) -> None:
        """Change a control, after which the page's link will be the one given."""
        self.changes.append(Change(control, link, unseen, asyncio.get_running_loop().time()))
        # Every message says all that was ever changed: the server may drop an older one for a newer.
        self._states[control] = _state(self._controls[control], value)
        await self._send()

    async def _send(self) -> None:
        self._done.clear()
        message = BackMsg()
        message.rerun_script.query_string = self.query or urlencode(self.link)
        message.rerun_script.page_name = self.page
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        message.rerun_script.cached_message_hashes.extend(self._cached)
        if self.is_at_top:
            message.rerun_script.context_info.url = f"{self.server}/{self.page}"
        try:
            await self._connection.send(message.SerializeToString())
        except ConnectionClosed as error:
            self.errors.append(f"connection: {error}")

    async def _listen(self) -> None:
        try:
            async for data in self._connection:
                self._hear(ForwardMsg.FromString(data))
        except ConnectionClosed as error:
            self.errors.append(f"connection: {error}")

    def _hear(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._n_charts = 0
            self._n_runs += 1
        elif kind == "page_info_changed":
            self.link = dict(parse_qsl(message.page_info_changed.query_string))
        elif kind == "ref_hash":
            known = self._cached.get(message.ref_hash)
            if known is None:
                self.errors.append("message: refers to one that isn't known")
            else:
                self._cached[message.ref_hash] = self._n_runs, known[1]
                self._see(message, known[1])
        elif kind == "delta" and message.delta.WhichOneof("type") == "add_block":
            for part in (message.delta.add_block.expandable, message.delta.add_block.popover):
                if part.id:
                    self._folded[part.label] = part.id
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            name = element.WhichOneof("type") or ""
            if message.metadata.cacheable:
                self._cached[message.hash] = self._n_runs, name
            if name == "exception":
                self.errors.append(f"exception: {element.exception.type} {element.exception.message}")
            elif identity := getattr(getattr(element, name), "id", ""):
                self._controls[identity.split("-", 2)[-1]] = element
            self._see(message, name)
        elif kind == "script_finished":
            self._end(message.script_finished)

    def _see(self, message: ForwardMsg, element: str) -> None:
        if message.metadata.delta_path[0] == MAIN:
            self._note("answer")
        if element == "vega_lite_chart":
            self._n_charts += 1
            self._note("picture")

    def _end(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("run: the script can't be compiled")
        if status != ForwardMsg.FINISHED_SUCCESSFULLY:
            return
        # A browser forgets what two runs in a row haven't shown.
        self._cached = {hash_: known for hash_, known in self._cached.items() if known[0] > self._n_runs - 2}
        if not self.changes or self.changes[-1].link == self.link:
            self._note("finished")
            self._done.set()

    def _note(self, stage: str) -> None:
        now = asyncio.get_running_loop().time()
        for index in range(len(self.changes) - 1, -1, -1):
            if self.changes[index].link == self.link:
                break
        else:
            return
        while index >= 0 and stage not in self.changes[index].after:
            self.changes[index].after[stage] = now - self.changes[index].sent
            index = -1 if stage == "finished" else index - 1


def _state(control: Element, value: Any) -> WidgetState:
    """What a browser says of a control that was changed."""
    name = control.WhichOneof("type")
    assert name is not None
    state = WidgetState(id=getattr(control, name).id)
    if name == "slider" and control.slider.options:
        text = OWN_BEST if value is None else f"{value:g}"
        if text not in control.slider.options:
            raise ValueError(f"this slider has no {text}, only {', '.join(control.slider.options)}")
        state.string_array_value.data.append(text)
    elif name == "slider":
        state.double_array_value.data.append(value)
    elif name == "number_input":
        state.double_value = value
    elif name in ("selectbox", "text_area"):
        state.string_value = value
    else:
        raise TypeError(f"no session can change a {name}")
    return state
