"""Sends an email with the generated client, waits for it, lists, and meets an error.

    npm run python-client
    pip install httpx attrs python-dateutil
    MAILWARDEN_API_KEY=... python3 examples/python/main.py
"""

import os
import uuid

from mailwarden_client import AuthenticatedClient
from mailwarden_client.api.messages import messages_get, messages_list, messages_send_short
from mailwarden_client.models import (
    AdmittedMessage,
    MessagesGetUntil,
    MessagesListAnswer,
    MessagesSendBody,
    Problem,
    SendAnswer,
)


class MailwardenError(Exception):
    """What the server answered instead: `code` is stable, `retryable` says whether to repeat the very call."""

    def __init__(self, problem: Problem):
        super().__init__(f"{problem.code.value}: {problem.detail}")
        self.code = problem.code.value
        self.retryable = problem.retryable


def checked(answer):
    if isinstance(answer, Problem):
        raise MailwardenError(answer)
    return answer


client = AuthenticatedClient(
    base_url=os.environ.get("MAILWARDEN_URL", "http://127.0.0.1:8025"),
    token=os.environ["MAILWARDEN_API_KEY"],
    timeout=60,
)

with client:
    email = MessagesSendBody.from_dict(
        {"to": "ann@example.com", "subject": "Your order has shipped", "text": "It should be there on Thursday."}
    )
    # One key per email that is meant: repeated with it, the call sends nothing twice.
    key = str(uuid.uuid4())
    sent = checked(messages_send_short.sync(client=client, body=email, idempotency_key=key))
    again = checked(messages_send_short.sync(client=client, body=email, idempotency_key=key))
    assert isinstance(sent, SendAnswer) and isinstance(again, SendAnswer)
    print("the same email" if again.id == sent.id and again.replayed else "another email")

    read = checked(messages_get.sync(sent.id, client=client, wait=30, until=MessagesGetUntil.SENT))
    assert isinstance(read, AdmittedMessage)
    print(read.status.value, read.content.to[0].address)

    page = checked(messages_list.sync(client=client, limit=5))
    assert isinstance(page, MessagesListAnswer)
    print("listed" if sent.id in [one.id for one in page.items] else "not listed")

    try:
        checked(messages_get.sync("msg_none", client=client))
    except MailwardenError as error:
        print(error.code, "retryable" if error.retryable else "final")
