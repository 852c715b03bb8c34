"""How an outside company gets in by the front door, with boto3: the customer
grants, the company's role takes a session for its tenant, a person signs in, and
only then is the search reached. Every way around it is refused.

Takes the endpoint from AWS_ENDPOINT_URL and the customer's credentials from the
environment. Arguments: the URL of the issuer that the company signs its users in
with, a token of that issuer for alice@customer.example and one for a stranger, the
key and secret of an administrator in the company's own account, and the password
of alice on the sign-in page. Prints one "ok" line per check and exits with status
1 at the first that fails.
"""

import base64
import html
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ISSUER, ASSERTION, STRANGER, KEY, SECRET, PASSWORD = sys.argv[1:7]
COMPANY, TENANT = "210987654321", "tenant-1"
TENANT_TAG = "qbusiness-dataaccessor:ExternalId"
PROVIDER = "arn:aws:iam::aws:contextProvider/IdentityCenter"
REDIRECT = "http://127.0.0.1:9/after-sign-in"  # nobody listens: the browser's last stop is read, not visited
config = Config(retries={"total_max_attempts": 1})


def clients(**keys):
    session = boto3.Session(**keys)
    return lambda service: session.client(service, config=config)


def with_session(credentials):
    return clients(aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
                   aws_session_token=credentials["SessionToken"])


customer = clients()
company = clients(aws_access_key_id=KEY, aws_secret_access_key=SECRET)


def check(what, got, want):
    if got != want:
        print(f"FAILED {what}: got {got!r}, want {want!r}")
        sys.exit(1)
    print(f"ok {what}")


def refused(what, status, code, call, /, **arguments):
    """The call must be refused with the status and code; returns the message."""
    try:
        call(**arguments)
    except ClientError as error:
        answer = error.response
        message = answer["Error"].get("Message") or answer.get("message") or ""
        check(f"{what}: {message[:160]}", (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]), (status, code))
        return message
    print(f"FAILED {what}: not refused with {code}")
    sys.exit(1)


RETRIEVERS = {}  # by application


def reached(what, q, app):
    """Who is let in finds what the person may see and the accessor lets through, and nothing else."""
    found = q.search_relevant_content(**search(app))["relevantContent"]
    check(what, [(hit["documentId"], hit["content"]) for hit in found], [("shared", "Holidays are in August.")])


def search(app):
    return dict(applicationId=app, queryText="holidays", contentSource={"retriever": {"retrieverId": RETRIEVERS[app]}})


def fill(q, app):
    """Three documents about holidays: for the partner and alice, for alice alone, for the partner and somebody else."""
    index = q.create_index(applicationId=app, displayName="papers")["indexId"]
    q.update_index(applicationId=app, indexId=index, documentAttributeConfigurations=[{"name": "audience", "type": "STRING", "search": "ENABLED"}])
    RETRIEVERS[app] = q.create_retriever(applicationId=app, type="NATIVE_INDEX", displayName="papers",
                                         configuration={"nativeIndexConfiguration": {"indexId": index}})["retrieverId"]

    def document(name, words, audience, reader):
        return {"id": name, "title": name, "contentType": "PLAIN_TEXT", "content": {"blob": words.encode()},
                "attributes": [{"name": "audience", "value": {"stringValue": audience}}],
                "accessConfiguration": {"accessControls": [{"principals": [{"user": {"id": reader, "access": "ALLOW", "membershipType": "INDEX"}}]}]}}

    q.batch_put_document(applicationId=app, indexId=index, documents=[
        document("shared", "Holidays are in August.", "partners", "alice@customer.example"),
        document("inside", "Holidays of the board are in July.", "staff", "alice@customer.example"),
        document("others", "Holidays of others are in June.", "partners", "mallory@customer.example")])
    states, deadline = [], time.monotonic() + 60
    while states != ["INDEXED"] * 3 and time.monotonic() < deadline:
        time.sleep(0.02)
        states = [d["status"] for d in q.list_documents(applicationId=app, indexId=index)["documentDetailList"]]
    check("the documents are indexed", states, ["INDEXED"] * 3)


def denied(what, q, app):
    message = refused(what, 403, "AccessDeniedException", q.search_relevant_content, **search(app))
    check(f"{what}: it says which layer is missing", "because no resource-based policy allows the qbusiness:SearchRelevantContent action" in message, True)


def company_role():
    """The company's own role, as section "Information to be provided" of the guide has it."""
    iam = company("iam")
    me = company("sts").get_caller_identity()
    check("the company's administrator", me["Account"], COMPANY)
    role = iam.create_role(RoleName="partner", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{COMPANY}:root"},
            "Action": ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]}]}))["Role"]
    iam.put_role_policy(RoleName="partner", PolicyName="search", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Resource": "*",
            "Action": ["qbusiness:SearchRelevantContent", "sso-oauth:CreateTokenWithIAM", "sts:SetContext"]}]}))
    return role["Arn"]


def customer_side(role, kind, **configuration):
    """Steps 1 and 2: the accessor, its permission, and who is assigned."""
    q = customer("qbusiness")
    instance = customer("sso-admin").list_instances()["Instances"][0]
    app = q.create_application(displayName=f"assistant-{kind}", identityType="AWS_IAM_IDC",
                               identityCenterInstanceArn=instance["InstanceArn"])["applicationId"]
    fill(q, app)
    detail = {"authenticationType": kind, "externalIds": [TENANT]}
    if configuration:
        detail["authenticationConfiguration"] = configuration
    accessor = q.create_data_accessor(
        applicationId=app, principal=role, displayName="partner", authenticationDetail=detail,
        actionConfigurations=[{"action": "qbusiness:SearchRelevantContent", "filterConfiguration": {
            "documentAttributeFilter": {"equalsTo": {"name": "audience", "value": {"stringValue": "partners"}}}}}])
    customer("sso-admin").put_application_assignment_configuration(ApplicationArn=accessor["idcApplicationArn"], AssignmentRequired=False)
    return app, accessor


def grant(app, role):
    customer("qbusiness").associate_permission(
        applicationId=app, statementId="partner", actions=["qbusiness:SearchRelevantContent"], principal=role,
        conditions=[{"conditionOperator": "StringEquals", "conditionKey": f"aws:PrincipalTag/{TENANT_TAG}", "conditionValues": [TENANT]}])


def assume(role, tenant=TENANT, **more):
    """Steps 3 and 7: a session of the company's role, tagged with the tenant."""
    tags = [{"Key": TENANT_TAG, "Value": tenant}] if tenant else []
    return with_session(company("sts").assume_role(RoleArn=role, RoleSessionName="backend", Tags=tags, **more)["Credentials"])


def identity_context(token):
    """Step 6: the claim of the id token."""
    body = token["idToken"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sts:identity_context"]


def as_person(role, token, **more):
    return assume(role, ProvidedContexts=[{"ProviderArn": PROVIDER, "ContextAssertion": identity_context(token)}], **more)


def by_token(role):
    """The way with the company's own tokens (a trusted token issuer)."""
    admin = customer("sso-admin")
    instance = admin.list_instances()["Instances"][0]["InstanceArn"]
    tti = admin.create_trusted_token_issuer(
        InstanceArn=instance, Name="partner", TrustedTokenIssuerType="OIDC_JWT", TrustedTokenIssuerConfiguration={"OidcJwtConfiguration": {
            "IssuerUrl": ISSUER, "ClaimAttributePath": "email", "IdentityStoreAttributePath": "emails.value",
            "JwksRetrievalOption": "OPEN_ID_DISCOVERY"}})["TrustedTokenIssuerArn"]
    app, accessor = customer_side(role, "AWS_IAM_IDC_TTI", idcTrustedTokenIssuerConfiguration={"idcTrustedTokenIssuerArn": tti})

    tagged = assume(role)
    denied("before the grant", tagged("qbusiness"), app)
    grant(app, role)
    exchange = dict(clientId=accessor["idcApplicationArn"], grantType="urn:ietf:params:oauth:grant-type:jwt-bearer")
    refused("a token for a stranger", 400, "InvalidGrantException", tagged("sso-oidc").create_token_with_iam, assertion=STRANGER, **exchange)
    refused("a token that was altered", 400, "InvalidGrantException", tagged("sso-oidc").create_token_with_iam, assertion=ASSERTION[:-4] + "AAAA", **exchange)
    token = tagged("sso-oidc").create_token_with_iam(assertion=ASSERTION, **exchange)
    check("the token's type", token["tokenType"], "Bearer")

    person = as_person(role, token)
    check("the session of a person", person("sts").get_caller_identity()["Arn"], f"arn:aws:sts::{COMPANY}:assumed-role/partner/backend")
    reached("with tenant and person the search is reached", person("qbusiness"), app)
    denied("another tenant", as_person(role, token, tenant="tenant-2")("qbusiness"), app)
    denied("no tenant", as_person(role, token, tenant=None)("qbusiness"), app)
    denied("the company's administrator", company("qbusiness"), app)
    refused("a forged context", 400, "ValidationError", assume, role=role,
            ProvidedContexts=[{"ProviderArn": PROVIDER, "ContextAssertion": identity_context(token)[:-8] + "AAAAAAAA"}])
    elsewhere(person("qbusiness"), app)

    customer("qbusiness").disassociate_permission(applicationId=app, statementId="partner")
    denied("revoked, on the next request", person("qbusiness"), app)
    return app


def elsewhere(q, app):
    """What was not granted stays closed, and reads as if nothing were there."""
    for what, call, arguments in (
            ("GetApplication", q.get_application, {}),
            ("GetPolicy", q.get_policy, {}),
            ("ListPlugins", q.list_plugins, {}),
            ("DeleteApplication", q.delete_application, {})):
        there = refused(f"{what} is not granted", 403, "AccessDeniedException", call, applicationId=app, **arguments)
        nowhere = "00000000-0000-4000-8000-000000000000"
        absent = refused(f"{what} of an application that is not there", 403, "AccessDeniedException", call, applicationId=nowhere, **arguments)
        check(f"{what}: the two read the same", there.replace(app, nowhere), absent)


class Stop(urllib.request.HTTPRedirectHandler):
    """Follows redirects of the server and stops where the company's page would be."""

    def redirect_request(self, request, file, code, message, headers, url):
        if url.startswith(REDIRECT):
            raise Landed(url)
        return super().redirect_request(request, file, code, message, headers, url)


class Landed(Exception):
    pass


def sign_in(endpoint, application, password, state="xyz"):
    """Step 4, in the browser: the form of the sign-in page, filled in by alice."""
    page = f"{endpoint}/authorize?" + urllib.parse.urlencode(
        {"response_type": "code", "client_id": application, "redirect_uri": REDIRECT, "state": state})
    browser = urllib.request.build_opener(Stop, urllib.request.HTTPCookieProcessor())
    form = browser.open(page).read().decode()
    fields = dict((html.unescape(n), html.unescape(v)) for n, v in re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form))
    action = html.unescape(re.search(r'<form[^>]*action="([^"]*)"', form).group(1))
    names = re.findall(r'<input[^>]*name="([^"]*)"', form)
    user = next(n for n in names if "user" in n.lower())
    secret = next(n for n in names if "password" in n.lower())
    body = urllib.parse.urlencode({**fields, user: "alice", secret: password}).encode()
    try:
        answer = browser.open(urllib.parse.urljoin(page, action), body)
    except Landed as landed:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(str(landed)).query))
    except urllib.error.HTTPError as error:
        return {"status": error.code}
    return {"status": answer.status}


def by_code(role, endpoint):
    """The way with the sign-in page (authorization code)."""
    app, accessor = customer_side(role, "AWS_IAM_IDC_AUTH_CODE")
    grant(app, role)
    arn = accessor["idcApplicationArn"]
    customer("sso-admin").put_application_grant(ApplicationArn=arn, GrantType="authorization_code",
                                                Grant={"AuthorizationCode": {"RedirectUris": [REDIRECT]}})
    check("a wrong password leads nowhere", "code" in sign_in(endpoint, arn, PASSWORD + "x"), False)
    back = sign_in(endpoint, arn, PASSWORD)
    check("the state comes back", back.get("state"), "xyz")
    exchange = dict(clientId=arn, grantType="authorization_code", code=back["code"], redirectUri=REDIRECT)
    tagged = assume(role)
    token = tagged("sso-oidc").create_token_with_iam(**exchange)
    reached("after the sign-in the search is reached", as_person(role, token)("qbusiness"), app)
    fresh = tagged("sso-oidc").create_token_with_iam(clientId=arn, grantType="refresh_token", refreshToken=token["refreshToken"])
    reached("a refreshed token is as good", as_person(role, fresh)("qbusiness"), app)
    refused("a code is good once", 400, "InvalidGrantException", tagged("sso-oidc").create_token_with_iam, **exchange)

    person = as_person(role, sign_in_again(endpoint, arn, tagged))
    customer("qbusiness").delete_data_accessor(applicationId=app, dataAccessorId=accessor["dataAccessorId"])
    refused("the accessor is gone: no token any more", 400, "AccessDeniedException", tagged("sso-oidc").create_token_with_iam, **exchange)
    message = refused("the statement stands, and lets nobody in without an accessor", 403, "AccessDeniedException",
                      person("qbusiness").search_relevant_content, **search(app))
    check("it says what is missing", "has no data accessor" in message, True)
    company("iam").delete_role_policy(RoleName="partner", PolicyName="search")
    message = refused("without a policy of its own", 403, "AccessDeniedException", person("qbusiness").search_relevant_content, **search(app))
    check("it names the identity-based policy", "because no identity-based policy allows" in message, True)


def sign_in_again(endpoint, arn, tagged):
    code = sign_in(endpoint, arn, PASSWORD)["code"]
    return tagged("sso-oidc").create_token_with_iam(clientId=arn, grantType="authorization_code", code=code, redirectUri=REDIRECT)


def main():
    role = company_role()
    by_token(role)
    by_code(role, customer("sts").meta.endpoint_url)
    print(f"ok boto3 {boto3.__version__}: the front door")


main()
