"""Rows from a server with OpenAI's interface: asked for patiently, kept at once, and not asked for again."""

from scotoma.models.endpoint.answers import HALF_A_CHARACTER, Answer, Question
from scotoma.models.endpoint.asking import ask_all
from scotoma.models.endpoint.client import Client, key_of

__all__ = ["HALF_A_CHARACTER", "Answer", "Client", "Question", "ask_all", "key_of"]
