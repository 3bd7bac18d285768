"""Render a chat template in a copy of this process, as most time goes into starting a new one."""

from __future__ import annotations

import json
import os
import sys

from engine.prompt import template_process
from engine.prompt.template_process import Request


def render_in_copy(request: Request) -> tuple[bool, str | None, list[str]]:
    """Return whether the copy ended by itself, the text, and what the template consists of.

    The copy has the limits of the process in which the program renders templates.
    """
    template_process._compile("{{ 1 }}")  # imports Jinja before there are copies
    reader, writer = os.pipe()
    if (copy := os.fork()) == 0:
        try:
            sys.settrace(None)
            template_process._limit_this_process()
            answer = json.dumps([template_process._render(request), _consists_of(request)])
            with os.fdopen(writer, "wb") as file:
                file.write(answer.encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        answer = file.read().decode()
    _, status = os.waitpid(copy, 0)
    if status != 0:
        return False, None, []
    text, parts = json.loads(answer)
    return True, text, parts


def _consists_of(request: Request) -> list[str]:
    """Return the pairs of nodes in the template's tree, its filters and tests, or its error."""
    from jinja2 import TemplateError, nodes

    try:
        tree = template_process._compile("").environment.parse(request.template)
    except TemplateError as error:
        return [" ".join(str(error).split()[:4])]
    found = set()
    for node in [tree, *tree.find_all(nodes.Node)]:
        name = type(node).__name__ + str(getattr(node, "name", ""))
        found.update(f"{name} {type(child).__name__}" for child in node.iter_child_nodes())
    return sorted(found)
