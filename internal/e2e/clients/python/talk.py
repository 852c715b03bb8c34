"""Talks with plugins through boto3, the way its users do.

Takes the endpoint from AWS_ENDPOINT_URL and credentials from the environment.
Arguments: a file with the OpenAPI document of a desk, one with the document of
a desk that wants a sign-in, and that desk's client secret, as JSON. Prints one
"ok" line per check and exits with status 1 at the first that fails.
"""

import sys
import urllib.request
import uuid

import boto3

from checks import check, client, config, refused

vault = boto3.client("secretsmanager", config=config)

ASK_OPEN = "Which tickets are open?"
ASK_TICKET = 'Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01'


def plugin(app, name, file, auth):
    document = open(file, encoding="utf-8").read()
    made = client.create_plugin(
        applicationId=app, displayName=name, type="CUSTOM", authConfiguration=auth,
        customPluginConfiguration={"description": "Tickets", "apiSchemaType": "OPEN_API_V3", "apiSchema": {"payload": document}})
    check(f"the plugin {name} is READY", made["buildStatus"], "READY")
    return made["pluginId"]


def talk(app, plugin, **said):
    return dict(applicationId=app, chatMode="PLUGIN_MODE",
                chatModeConfiguration={"pluginConfiguration": {"pluginId": plugin}}, **said)


def after(answer):
    return dict(conversationId=answer["conversationId"], parentMessageId=answer["systemMessageId"])


def confirmation(review, **changed):
    fields = {key: {"value": f["value"]} for key, f in review["payload"].items() if "value" in f}
    fields.update({key: {"value": value} for key, value in changed.items()})
    return dict(pluginId=review["pluginId"], payload=fields, payloadFieldNameSeparator=review["payloadFieldNameSeparator"])


def open_desk(app, document):
    desk = plugin(app, "desk", document, {"noAuthConfiguration": {}})
    read = client.chat_sync(**talk(app, desk, userMessage=ASK_OPEN))
    check("a read is done at once", "Coffee machine leaks" in read["systemMessage"], True)
    check("and has no form", "actionReview" in read, False)
    form = client.chat_sync(**talk(app, desk, userMessage=ASK_TICKET, **after(read)))
    review = form["actionReview"]
    subject = review["payload"]["subject"]
    check("a field of the form", (subject["displayName"], subject["displayOrder"], subject["type"], subject["required"], subject["value"]),
          ("Subject", 1, "STRING", True, "Printer on floor 3 jams"))
    check("its choices", [c["value"] for c in review["payload"]["priority"]["allowedValues"]], ["low", "normal", "urgent"])
    check("an array's items", review["payload"]["labels"]["arrayItemJsonSchema"], {"type": "string"})
    bad = refused("an altered key", "ValidationException", client.chat_sync,
                  **talk(app, desk, actionExecution=confirmation(review, status="solved"), **after(form)))
    check("it is named", [f["name"] for f in bad["fields"]], ["actionExecution.payload.status"])
    refused("another user", "ResourceNotFoundException", client.chat_sync, userId="mallory",
            **talk(app, desk, actionExecution=confirmation(review), **after(form)))
    run = talk(app, desk, clientToken=str(uuid.uuid4()), actionExecution=confirmation(review, people=2, labels=["paper"]), **after(form))
    done = client.chat_sync(**run)
    check("the token answers again", client.chat_sync(**run)["systemMessageId"], done["systemMessageId"])
    refused("a replay", "ConflictException", client.chat_sync, **{**run, "clientToken": str(uuid.uuid4())})
    history(app, done["conversationId"])


def history(app, conversation):
    check("conversations", [c["conversationId"] for c in client.list_conversations(applicationId=app)["conversations"]], [conversation])
    pages = client.get_paginator("list_messages").paginate(applicationId=app, conversationId=conversation, PaginationConfig={"PageSize": 2})
    messages = [m for page in pages for m in page["messages"]]
    check("messages, the newest first", [m["type"] for m in messages], ["SYSTEM", "USER"] * 3)
    check("what was confirmed", messages[1]["actionExecution"]["payload"]["people"]["value"], 2)
    check("what was to be confirmed", messages[2]["actionReview"]["payload"]["subject"]["required"], True)
    client.delete_conversation(applicationId=app, conversationId=conversation)
    refused("a deleted conversation", "ResourceNotFoundException", client.list_messages, applicationId=app, conversationId=conversation)


def guarded_desk(app, document, secret):
    arn = vault.create_secret(Name="boto/desk", SecretString=secret)["ARN"]
    desk = plugin(app, "guarded", document, {"oAuth2ClientCredentialConfiguration": {
        "secretArn": arn, "roleArn": "arn:aws:iam::000000000000:role/plugin"}})
    first = client.chat_sync(userId="ann", **talk(app, desk, userMessage=ASK_OPEN))
    with urllib.request.urlopen(first["authChallengeRequest"]["authorizationUrl"]) as page:
        check("the browser ends on Parley's page", (page.status, "/oauth/callback" in page.url), (200, True))
    again = client.chat_sync(userId="ann", **talk(app, desk, userMessage=ASK_OPEN, **after(first)))
    check("the message again", "Coffee machine leaks" in again["systemMessage"], True)


def main():
    app = client.create_application(
        displayName="boto", identityType="AWS_IAM_IDP_OIDC", clientIdsForOIDC=["parley"],
        iamIdentityProviderArn="arn:aws:iam::000000000000:oidc-provider/login.example.com")["applicationId"]
    open_desk(app, sys.argv[1])
    guarded_desk(app, sys.argv[2], sys.argv[3])
    print(f"ok boto3 {boto3.__version__}: the whole talk")


main()
