"""Lets schemathesis judge a Roster server: `run.py PROGRAM DATABASE_URL FOLDER`.

Starts the server on a free port with an empty database, makes the admin in whose session the account API is judged, runs schemathesis over
/openapi.json, and fails where it does, or where more than 5 % of the answers were 401: then the judge had lost its way in.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import requests

HERE = pathlib.Path(__file__).parent
EMAIL = "judge@example.org"
PASSWORD = "seven purple bicycles"
PATIENCE_SECONDS = 60
MOST_UNAUTHORIZED = 0.05
PENDING = 10


def main(program, database_url, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    log = (folder / "server.log").open("w+")
    server = subprocess.Popen(
        [program, "serve", "--listen", "127.0.0.1:0", "--database-url", database_url, "--data-dir", str(folder)]
        + ["--log-format", "text"]
        # So that the judge's own attempts to sign in do not count with those that it makes up.
        + ["--trusted-proxies", "127.0.0.1"],
        stderr=log,
        stdin=subprocess.DEVNULL,
    )
    try:
        address = wait_for("the server", lambda: first(r"Roster answers at (\S+)", folder / "server.log", server))
        key = (folder / "first-admin-key").read_text().strip()
        environment = prepare(address, key, folder)
        judged = schemathesis(address, environment, folder)
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)
    statuses = {int(status): count for status, count in json.loads((folder / "statuses.json").read_text()).items()}
    unauthorized = statuses.get(401, 0) / max(1, sum(statuses.values()))
    print(f"statuses: {statuses}; {unauthorized:.1%} are 401", flush=True)
    if judged != 0:
        return judged
    if not statuses or unauthorized > MOST_UNAUTHORIZED:
        print(f"more than {MOST_UNAUTHORIZED:.0%} of the answers are 401", file=sys.stderr)
        return 1
    return 0


def prepare(address, key, folder):
    """Invites the second admin, who accepts; gives what the hooks have to know."""
    as_admin = {"X-Holistics-Key": key}
    own = requests.get(f"{address}/api/v2/users/me", headers=as_admin, timeout=30).json()["user"]
    invitation = {"emails": [EMAIL], "role": "admin", "allow_authentication_token": True}
    requests.post(f"{address}/api/v2/users/invite", json=invitation, headers=as_admin, timeout=30).raise_for_status()
    token, = wait_for("the mail", lambda: tokens(folder, 1))
    accepted = requests.post(f"{address}/api/account/invitations/{token}", json={"password": PASSWORD}, timeout=30)
    accepted.raise_for_status()
    invitation["emails"] = [f"pending{number}@example.org" for number in range(PENDING)]
    requests.post(f"{address}/api/v2/users/invite", json=invitation, headers=as_admin, timeout=30).raise_for_status()
    links = wait_for("the mails", lambda: tokens(folder, PENDING + 1))
    return {
        **os.environ,
        "JUDGE_BASE_URL": address,
        "JUDGE_KEY": key,
        "JUDGE_EMAIL": EMAIL,
        "JUDGE_PASSWORD": PASSWORD,
        "JUDGE_USER_IDS": f"{own['id']} {accepted.json()['user']['id']}",
        "JUDGE_TOKENS": " ".join(links - {token}),
        "JUDGE_STATUSES": str(folder / "statuses.json"),
    }


def tokens(folder, count):
    """The links of the mails that were sent, if there are as many."""
    found = {first(r"/invitations/(\w{43})", mail) for mail in (folder / "mail").glob("*.eml")} - {None}
    return found if len(found) == count else None


def schemathesis(address, environment, folder):
    st = pathlib.Path(sys.executable).parent / "st"
    command = [st, "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json", "--no-color"]
    reports = ["--report", "junit", "--report-dir", folder / "reports"]
    return subprocess.run([*command, *reports], env={**environment, "SCHEMATHESIS_HOOKS": "hooks"}, cwd=HERE, check=False).returncode


def first(pattern, path, server=None):
    if server and server.poll() is not None:
        raise SystemExit(f"the server ended:\n{path.read_text()}")
    found = re.search(pattern, path.read_text())
    return found and found[1]


def wait_for(what, look):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise SystemExit(f"{what} did not come within {PATIENCE_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
