"""One question to one server: asked again where a failure may pass, else an error that names the row.

The key is sent to the study's URL alone: no redirect is followed, and neither a proxy nor a login is taken
from the environment. Where the server says it again, it goes no further: answers and errors are without it,
and an error is raised outside the handler of the one that it speaks of, so that none hangs on to that.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from itertools import count
from types import ModuleType
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from scotoma.basics.errors import ScotomaError, shown
from scotoma.basics.randomness import stream
from scotoma.models.endpoint.answers import Answer, Models, Question, Reply, read_json
from scotoma.models.endpoint.redaction import Redactor
from scotoma.study.settings.generators import Endpoint
from scotoma.study.settings.judges import JudgeEndpoint
from scotoma.study.settings.servers import Server

T = TypeVar("T")

#: Seconds before the first new try, doubled for every further one up to the second number.
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0

#: A server that wants to be left alone for longer than these seconds ends the run, which can go on later.
_PATIENCE = 600.0

#: Bytes of a reply. An answer of 4,096 tokens has some twenty thousand.
_LONGEST = 4_000_000


class Stopped(Exception):
    """Asked to stop while waiting for the next try."""


class _Passing(Exception):
    """A failure that may pass; with the seconds the server asks us to wait."""

    def __init__(self, what: str, wait: float = 0.0) -> None:
        super().__init__(what)
        self.wait = wait


class Client:
    """A connection to an endpoint; threads may share it.

    Args:
        endpoint: Settings of the server: where, how and how patiently to ask.
        end_marker: A server stops there; empty where it is to end by itself.

    Raises:
        ScotomaError: the library is missing, or the variable with the key is not set or holds none.
    """

    def __init__(self, endpoint: Endpoint | JudgeEndpoint, end_marker: str) -> None:
        self.endpoint, self._marker = endpoint, end_marker
        self._httpx, key = _library(endpoint.place), key_of(endpoint)
        self._redactor = Redactor(key)
        self._http = self._httpx.Client(
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=endpoint.timeout,
            limits=self._httpx.Limits(max_connections=endpoint.concurrency),
            follow_redirects=False,
            trust_env=False,
        )
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def stop(self) -> None:
        """Lets no question be asked again."""
        self._stopped.set()

    def models(self) -> list[str]:
        """What the server says it has; asked once.

        Raises:
            ScotomaError: it does not answer, or not as it should.
        """
        try:
            body = self._send("GET", "models", None, "its models")
        except _Passing as error:
            raise ScotomaError(f"{error}", where=self.endpoint.url) from error
        models = self._read(body, "its models", Models.model_validate)
        return [self._redactor.redact_answer(model.id) for model in models.data]

    def ask(self, question: Question) -> Answer:
        """The server's answer.

        Raises:
            ScotomaError: it answered something else, or failed more often than is allowed.
            Stopped: it failed, and we were asked to stop before the next try.
        """
        path = "chat/completions" if self.endpoint.api == "chat" else "completions"
        what = f"row {question.row}"
        for tries in count(1):
            try:
                body = self._send("POST", path, self._body(question), what)
                return self._read(body, what, lambda found: self._answer(question, found))
            except _Passing as error:
                if tries > self.endpoint.retries:
                    raise ScotomaError(
                        f"no answer for row {question.row} in {tries} tries: {error}",
                        where=self.endpoint.url,
                        remedy="`scotoma doctor STUDY` says whether the server answers at all. Answers so "
                        "far are kept; the same command requests the rest.",
                    ) from error
                wait = max(error.wait, _backoff(question.seed, tries))
            if self._stopped.wait(wait):
                raise Stopped
        raise AssertionError("a count has no end")

    def _body(self, question: Question) -> dict[str, Any]:
        sampling = self.endpoint.sampling
        prompt = (
            {"messages": [{"role": "user", "content": question.prompt}]}
            if self.endpoint.api == "chat"
            else {"prompt": question.prompt}
        )
        body = {
            "model": self.endpoint.model,
            **prompt,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stop": [self._marker] if self._marker else None,
            "seed": question.seed,
            **self.endpoint.body,
        }
        return {name: value for name, value in body.items() if value is not None}

    def _answer(self, question: Question, reply: dict[str, Any]) -> Answer:
        answer = Reply.model_validate(reply).to(question, self.endpoint.api)
        texts = ("text", "finish_reason", "model", "fingerprint")
        return answer.model_copy(
            update={name: self._redactor.redact_answer(getattr(answer, name)) for name in texts}
        )

    def _read(self, body: bytes, what: str, to: Callable[[dict[str, Any]], T]) -> T:
        """What is made of a reply's JSON."""
        try:
            return to(read_json(body))
        except ValueError as error:  # pydantic's is one, and quotes what the server said
            problem = self._redactor.redact_message(_first(error))
        raise self._wrong(problem, what)

    def _send(self, method: str, path: str, body: dict[str, Any] | None, what: str) -> bytes:
        """The bytes of a reply that is a success."""
        ends = time.monotonic() + self.endpoint.timeout
        url = f"{self.endpoint.url}/{path}"
        failed: Exception | None = None
        try:
            with self._http.stream(method, url, json=body) as reply:
                content = b"".join(self._parts(reply.iter_bytes(), ends, what))
        except (self._httpx.TransportError, self._httpx.StreamError) as error:
            failed = _Passing(self._quoted(f"{type(error).__name__} {error}"))
        except (self._httpx.InvalidURL, self._httpx.RequestError) as error:
            failed = self._wrong(self._quoted(str(error)), what)
        if failed:
            raise failed
        if reply.status_code == 200:
            return content
        problem = f"status {reply.status_code} {self._quoted(content.decode('utf8', 'replace'))}"
        if reply.status_code in (408, 429) or reply.status_code >= 500:
            raise _Passing(problem, self._wait_asked_for(reply.headers.get("retry-after", "")))
        if reply.is_redirect:
            problem = (
                f"a redirect to {self._quoted(reply.headers.get('location', ''))}, and redirects are not "
                "followed"
            )
        raise self._wrong(problem, what)

    def _parts(self, parts: Iterator[bytes], ends: float, what: str) -> Iterator[bytes]:
        size = 0
        for part in parts:
            size += len(part)
            if size > _LONGEST:
                raise self._wrong(f"more than {_LONGEST:,} bytes", what)
            if time.monotonic() > ends:  # a server may send a little now and then for ever
                raise _Passing(f"not complete within {self.endpoint.timeout:g} s")
            yield part

    def _wait_asked_for(self, retry_after: str) -> float:
        """Seconds, of a header that has seconds or a date; 0 of one that has neither."""
        try:
            seconds = float(retry_after)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
            except (ValueError, OverflowError):
                return 0.0
        if not math.isfinite(seconds):
            return 0.0
        if seconds > _PATIENCE:
            raise ScotomaError(
                f"the server asks for a pause of {seconds:,.0f} seconds",
                where=self.endpoint.url,
                remedy="Answers so far are kept; give the same command again after that time.",
            )
        return max(seconds, 0.0)

    def _wrong(self, problem: str, what: str) -> ScotomaError:
        return ScotomaError(
            f"asked for {what}, the server gave no usable answer: {problem}",
            where=self.endpoint.url,
            remedy="Check url, model, api, key and body of the study's endpoint. Answers so far are kept; "
            "the same command requests the rest.",
        )

    def _quoted(self, text: str) -> str:
        return shown(self._redactor.redact_message(text))


def key_of(endpoint: Server) -> str:
    """The key, from the environment; empty where the study names no variable.

    Raises:
        ScotomaError: the variable is not set, or holds what cannot be a key.
    """
    if endpoint.key is None:
        return ""
    key = os.environ.get(endpoint.key, "").strip()
    # Of a header that cannot be sent, the library's error would quote all.
    if not key or not key.isascii() or not key.isprintable():
        raise ScotomaError(
            f"the environment variable {endpoint.key} "
            + ("holds characters that are not allowed in a key" if key else "is not set"),
            where=f"{endpoint.place}: key",
            remedy=f"Set it where the run is started: export {endpoint.key}=...; it is sent to "
            f"{endpoint.url} alone and written nowhere.",
        )
    return key


def _library(place: str) -> ModuleType:
    try:
        import httpx2
    except ModuleNotFoundError as error:
        raise ScotomaError(
            "the library httpx2 is not installed",
            where=place,
            remedy="Run: pip install 'scotoma[endpoint]'",
        ) from error
    # Where a program logs everything, these would log status lines and headers as the server says them.
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx2


def _backoff(seed: int, tries: int) -> float:
    """Seconds to wait: half to all of what has doubled, so that rows refused together come back apart."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 30))
    return longest * float(stream(seed, "backoff", tries).uniform(0.5, 1))


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    (detail, *_) = error.errors(include_url=False, include_input=False)
    return f"{'.'.join(map(str, detail['loc'])) or 'JSON'}: {detail['msg']}"
