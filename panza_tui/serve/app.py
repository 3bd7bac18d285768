"""The web service: /v1/models and /v1/chat/completions, as OpenAI's clients ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine.drafting.types import Draft
from panza_tui.serve.access import Access, TooLarge, too_large
from panza_tui.serve.answers import completion, events
from panza_tui.serve.chat_request import read_chat_request
from panza_tui.serve.drafter import Drafter, Job, as_request_error
from panza_tui.serve.errors import RequestError, error_response
from panza_tui.serve.json_answer import JSONAnswer

_SECONDS_BETWEEN_LOOKS = 0.5
"""How often it is looked whether a client that waits has left."""

Handler = Callable[[Request], Awaitable[Response]]


def make_app(drafter: Drafter, *, key: str, origins: Sequence[str] = ()) -> Starlette:
    """Return the ASGI app. origins: web pages and extensions that may ask, too."""

    async def models(request: Request) -> Response:
        listed = [
            _model(name, created) for name, created in await asyncio.to_thread(drafter.models)
        ]
        return JSONAnswer({"object": "list", "data": listed})

    async def model(request: Request) -> Response:
        wanted = request.path_params["name"]
        for name, created in await asyncio.to_thread(drafter.models):
            if name == wanted:
                return JSONAnswer(_model(name, created))
        raise RequestError(f"There is no model '{wanted}'.", status=404, code="model_not_found")

    async def chat(request: Request) -> Response:
        asked = read_chat_request(await request.body())
        job = drafter.start(await asyncio.to_thread(drafter.prepare, asked))
        if asked.stream:
            return StreamingResponse(
                events(job), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
            )
        drafts = await _finished(job, request)
        return JSONAnswer(completion(job, drafts)) if drafts else _left()

    return Starlette(
        routes=[
            Route("/v1/models", _answering(models), methods=["GET"]),
            Route("/v1/models/{name:path}", _answering(model), methods=["GET"]),
            Route("/v1/chat/completions", _answering(chat), methods=["POST"]),
        ],
        middleware=[Middleware(Access, key=key, origins=origins)],
        exception_handlers={HTTPException: _not_served},  # type: ignore[dict-item]
    )


def _answering(handler: Handler) -> Handler:
    """Return a handler that answers with the errors that it raises."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return _left()
        except TooLarge:
            return too_large()
        except Exception as error:
            refused = as_request_error(error)
            answer = error_response(refused.status, str(refused), refused.code, refused.param)
            if refused.status == 503:
                answer.headers["Retry-After"] = "10"
            return answer

    return answer


async def _finished(job: Job, request: Request) -> list[Draft]:
    """Wait for all drafts of a job; [] if the client leaves before, which ends them."""

    async def drafts() -> list[Draft]:
        return [event async for event in job if isinstance(event, Draft)]

    waiting = asyncio.ensure_future(drafts())
    try:
        while not waiting.done():
            await asyncio.wait([waiting], timeout=_SECONDS_BETWEEN_LOOKS)
            if not waiting.done() and await request.is_disconnected():
                return []
        return waiting.result()
    finally:
        job.stop.set()
        waiting.cancel()


def _left() -> Response:
    """Return the answer to a client that has left; nobody reads it."""
    return Response(status_code=499)


async def _not_served(request: Request, error: HTTPException) -> Response:
    paths = "GET /v1/models and POST /v1/chat/completions"
    return error_response(error.status_code, f"Only {paths} are served.")


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "panza-tui"}
