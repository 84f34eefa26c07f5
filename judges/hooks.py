"""What schemathesis is told about Roster besides the document: whom it acts for, and what it must leave alone.

Requests with a key are made by the first admin, account requests in a session of another admin. Neither may lose its way in, because whatever
comes after that would be 401 and prove nothing. A request that would take it away goes to somebody else who is not there, and ends as 404.
"""

import atexit
import itertools
import json
import os
import random
from collections import Counter

import requests
import schemathesis

BASE_URL = os.environ["JUDGE_BASE_URL"]
EMAIL = os.environ["JUDGE_EMAIL"]
PASSWORD = os.environ["JUDGE_PASSWORD"]
KEY = os.environ["JUDGE_KEY"]
NOBODY = 4_711_000_000

#: How many of the requests about an invitation are about one that there is. Random ones would all be 404.
KNOWN_TOKENS = 0.8
random.seed(20261125)

#: The ids of the judge's two users, as text.
USER_IDS = set(os.environ["JUDGE_USER_IDS"].split())

#: What must not be done to them.
GUARDED = {
    "v1_update_user",
    "v1_delete_user",
    "v1_revoke_keys",
    "v1_change_role",
    "v2_update_user",
    "v2_delete_user",
    "v2_revoke_keys",
}

#: Links of invitations, of which each can be accepted once.
TOKENS = itertools.cycle(os.environ["JUDGE_TOKENS"].split())

statuses = Counter()


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def sign_in():
    """Begins a session, from an address of its own: attempts are counted by address."""
    return requests.post(
        f"{BASE_URL}/api/account/session",
        json={"email": EMAIL, "password": PASSWORD},
        headers={"X-Forwarded-For": f"10.0.{random.randrange(256)}.{random.randrange(256)}"},
        timeout=30,
    )


def session():
    """A new session: its cookie and the text for changes."""
    answer = sign_in()
    answer.raise_for_status()
    return answer.cookies["roster_session"], answer.json()["csrf_token"]


def own_session_id():
    listed = requests.get(f"{BASE_URL}/api/account/sessions", cookies={"roster_session": SESSION[0]}, timeout=30)
    return next(str(found["id"]) for found in listed.json()["sessions"] if found["current"])


SESSION = session()
SESSION_ID = own_session_id()


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """The session for what a session changes or alone may see, the key for what a key reaches; nothing where nobody is asked."""

    def get(self, case, context):
        security = case.operation.definition.raw.get("security", [])
        schemes = {name for requirement in security for name in requirement}
        if operation_id(case) == "account_sign_out":
            return session()
        if "csrf" in schemes or schemes == {"session"}:
            return SESSION
        return KEY if schemes else None

    def set(self, case, data, context):
        if data == KEY:
            case.headers["X-Holistics-Key"] = data
        elif data:
            case.cookies["roster_session"], case.headers["X-CSRF-Token"] = data


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps the judge's own users and session out of harm, and shows links that there are."""
    name = operation_id(case)
    if name in {"account_get_invitation", "account_accept_invitation"} and random.random() < KNOWN_TOKENS:
        case.path_parameters["token"] = next(TOKENS)
    guarded = {SESSION_ID} if name == "account_end_session" else USER_IDS if name in GUARDED else set()
    for place in (case.path_parameters, case.body):
        if isinstance(place, dict):
            for field in ("id", "user_id"):
                if str(place.get(field)) in guarded:
                    place[field] = NOBODY


@schemathesis.hook
def after_call(context, case, response):
    """Counts what is answered, but to attempts to sign in, where 401 is what random passwords deserve."""
    if operation_id(case) != "account_sign_in":
        statuses[response.status_code] += 1


@atexit.register
def report():
    with open(os.environ["JUDGE_STATUSES"], "w") as file:
        json.dump(statuses, file, sort_keys=True)
