"""Drives the neighbours of the API with boto3: IAM, STS, IAM Identity Center.

Takes the endpoint from AWS_ENDPOINT_URL and the root's credentials from the
environment. Prints one "ok" line per check and exits with status 1 at the
first that fails.
"""

import json
import os
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


def client(service, **keys):
    return boto3.client(service, config=config, endpoint_url=os.environ["AWS_ENDPOINT_URL"], **keys)


iam, sts, sso, store, oidc = (client(s) for s in ("iam", "sts", "sso-admin", "identitystore", "sso-oidc"))


def check(what, got, want):
    if got != want:
        print(f"FAILED {what}: got {got!r}, want {want!r}")
        sys.exit(1)
    print(f"ok {what}")


def refused(what, code, status, call, **arguments):
    """The call must be refused with code and status; returns the message."""
    try:
        call(**arguments)
    except ClientError as error:
        check(what, (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
        return error.response["Error"]["Message"]
    print(f"FAILED {what}: not refused")
    sys.exit(1)


def forms():
    account = sts.get_caller_identity()["Account"]
    user = iam.create_user(UserName="boto", Path="/team/", Tags=[{"Key": "name", "Value": "Ünï + cödé"}, {"Key": "empty", "Value": ""}])["User"]
    check("names with a path", user["Arn"], f"arn:aws:iam::{account}:user/team/boto")
    check("lists, there and back", iam.list_user_tags(UserName="boto")["Tags"],
          [{"Key": "empty", "Value": ""}, {"Key": "name", "Value": "Ünï + cödé"}])
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    iam.put_user_policy(UserName="boto", PolicyName="p", PolicyDocument=json.dumps(policy))
    check("documents, there and back", iam.get_user_policy(UserName="boto", PolicyName="p")["PolicyDocument"], policy)
    message = refused("two violations", "ValidationError", 400, iam.list_users, MaxItems=0, PathPrefix="x")
    check("are both named", (message.startswith("2 validation errors detected: "), "'maxItems'" in message, "'pathPrefix'" in message), (True, True, True))
    refused("an absent role", "NoSuchEntity", 404, iam.get_role, RoleName="nobody")
    refused("a user twice", "EntityAlreadyExists", 409, iam.create_user, UserName="boto")
    refused("a token of nobody", "InvalidIdentityToken", 400, sts.assume_role_with_web_identity,
            RoleArn=f"arn:aws:iam::{account}:role/r", RoleSessionName="boto", WebIdentityToken="a.b.c")
    key = iam.create_access_key(UserName="boto")["AccessKey"]
    mine = dict(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    check("a key of the user", client("sts", **mine).get_caller_identity()["Arn"], user["Arn"])
    message = refused("no permission", "AccessDenied", 403, client("iam", **mine).get_role, RoleName="nobody")
    check("says why", message, f"User: {user['Arn']} is not authorized to perform: iam:GetRole on resource: "
          f"arn:aws:iam::{account}:role/nobody because no identity-based policy allows the iam:GetRole action")
    refused("another secret", "SignatureDoesNotMatch", 403,
            client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="x").get_caller_identity)
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        check("a presigned URL", (answer.headers["Content-Type"], account in answer.read().decode()), ("text/xml", True))


def documents():
    instance = sso.list_instances()["Instances"][0]
    refused("no such store", "ResourceNotFoundException", 400, store.list_users, IdentityStoreId="d-ffffffffff")
    check("an empty store", store.list_users(IdentityStoreId=instance["IdentityStoreId"])["Users"], [])
    refused("a missing ARN", "ValidationException", 400, sso.describe_application)
    try:
        oidc.create_token_with_iam(clientId="nobody", grantType="authorization_code")
    except oidc.exceptions.InvalidClientException as error:
        check("an error of OAuth", (error.response["error"], "clientId" in error.response["error_description"]), ("invalid_client", True))


forms()
documents()
