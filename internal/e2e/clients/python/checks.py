"""What the scripts beside this one share: clients that send a request once, and
checks that print one "ok" line each and end the program at the first that fails.
"""

import json
import sys
import time

import boto3
from botocore.config import Config

config = Config(retries={"total_max_attempts": 1})
client = boto3.client("qbusiness", config=config)


def person(session):
    """The client of somebody whose session is given as JSON."""
    keys = json.loads(session)
    return boto3.client("qbusiness", config=config, aws_access_key_id=keys["AccessKeyId"],
                        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


def check(what, got, want):
    if got != want:
        print(f"FAILED {what}: got {got!r}, want {want!r}")
        sys.exit(1)
    print(f"ok {what}")


def refused(what, code, call, **arguments):
    """The call must be refused with the code; returns the error's members."""
    try:
        call(**arguments)
    except getattr(client.exceptions, code) as error:
        print(f"ok {what}: {error.response['message']}")
        return error.response
    print(f"FAILED {what}: not refused with {code}")
    sys.exit(1)


def wait(what, done):
    deadline = time.monotonic() + 60
    while not done():
        if time.monotonic() > deadline:
            print(f"FAILED {what}: not within a minute")
            sys.exit(1)
        time.sleep(0.02)
    print(f"ok {what}")
