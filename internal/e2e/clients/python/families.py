"""Drives a Parley server with boto3, the way its users do.

Takes the endpoint from AWS_ENDPOINT_URL and credentials from the environment,
and the OpenAPI document as its argument. Prints one "ok" line per check and
exits with status 1 at the first that fails.
"""

import json
import sys
import uuid

import boto3

from checks import check, client, config, refused, wait

vault = boto3.client("secretsmanager", config=config)
document = open(sys.argv[1], encoding="utf-8").read()


def applications():
    token = str(uuid.uuid4())
    new = dict(displayName="boto", description="naïve ☂", identityType="ANONYMOUS",
               clientToken=token, tags=[{"key": "team", "value": "it"}])
    made = client.create_application(**new)
    app = made["applicationId"]
    check("a token answers again", client.create_application(**new)["applicationId"], app)
    conflict = refused("a token with other input", "ConflictException",
                       client.create_application, **{**new, "description": "other"})
    check("the conflict's members", (conflict["resourceType"], conflict["resourceId"]), ("clientToken", token))
    got = client.get_application(applicationId=app)
    check("the application", (got["displayName"], got["description"], got["status"]), ("boto", "naïve ☂", "ACTIVE"))
    check("its time", got["createdAt"].tzinfo is not None, True)
    client.update_application(applicationId=app, description="changed")
    check("the update", client.get_application(applicationId=app)["description"], "changed")
    invalid = refused("a bad name", "ValidationException", client.create_application, displayName="has spaces")
    check("its reason", invalid["reason"], "FIELD_VALIDATION_FAILED")
    check("its field", [f["name"] for f in invalid["fields"]], ["displayName"])
    return app, made["applicationArn"]


def pages(app):
    others = [client.create_application(displayName=f"page-{i}", identityType="ANONYMOUS")["applicationId"] for i in range(4)]
    pages = client.get_paginator("list_applications").paginate(PaginationConfig={"PageSize": 2})
    seen = [a["applicationId"] for page in pages for a in page["applications"]]
    check("pages", sorted(seen), sorted([app, *others]))
    for other in others:
        client.delete_application(applicationId=other)
    wait("deleted applications vanish", lambda: len(client.list_applications()["applications"]) == 1)


def custom(app, **more):
    return dict(applicationId=app, type="CUSTOM", authConfiguration={"noAuthConfiguration": {}},
                customPluginConfiguration={"description": "Tickets", "apiSchemaType": "OPEN_API_V3",
                                           "apiSchema": {"payload": document}}, **more)


def plugins(app):
    plugin = client.create_plugin(**custom(app, displayName="tickets"))["pluginId"]
    wait("the plugin is READY", lambda: client.get_plugin(applicationId=app, pluginId=plugin)["buildStatus"] == "READY")
    actions = [a for page in client.get_paginator("list_plugin_actions").paginate(
        applicationId=app, pluginId=plugin, PaginationConfig={"PageSize": 1}) for a in page["items"]]
    check("its actions", sorted(":".join(a["actionIdentifier"].split(":")[-2:]) for a in actions),
          ["/tickets/{id}:GET", "/tickets:GET", "/tickets:POST"])
    check("their members", all(a["displayName"] and a["description"] and a["instructionExample"] for a in actions), True)
    check("an update answers nothing", [k for k in client.update_plugin(
        applicationId=app, pluginId=plugin, state="DISABLED") if k != "ResponseMetadata"], [])
    check("the list", [(p["displayName"], p["state"]) for p in client.list_plugins(applicationId=app)["plugins"]],
          [("tickets", "DISABLED")])
    conflict = refused("a name twice", "ConflictException", client.create_plugin, **custom(app, displayName="tickets"))
    check("the conflict's type", conflict["resourceType"], "plugin")
    bad = custom(app, displayName="bad")
    bad["customPluginConfiguration"]["apiSchema"] = {"payload": '{"openapi": "2.0"}'}
    invalid = refused("a bad document", "ValidationException", client.create_plugin, **bad)
    check("its reason", invalid["reason"], "FIELD_VALIDATION_FAILED")
    check("an action of a built-in type", len(client.list_plugin_type_actions(pluginType="ASANA")["items"]) > 0, True)
    kinds = [k["type"] for page in client.get_paginator("list_plugin_type_metadata").paginate() for k in page["items"]]
    check("built-in types", {"JIRA_CLOUD", "ZENDESK_SUITE", "ASANA"} <= set(kinds), True)
    return plugin


def permissions(app, arn):
    statement = json.loads(client.associate_permission(
        applicationId=app, statementId="partner", actions=["qbusiness:SearchRelevantContent"],
        principal="arn:aws:iam::210987654321:role/partner")["statement"])
    check("the statement", statement, {
        "Sid": "partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:role/partner"},
        "Action": "qbusiness:SearchRelevantContent", "Resource": [arn]})
    check("the policy", json.loads(client.get_policy(applicationId=app)["policy"]),
          {"Version": "2012-10-17", "Statement": [statement]})
    client.disassociate_permission(applicationId=app, statementId="partner")
    check("the empty policy", json.loads(client.get_policy(applicationId=app)["policy"])["Statement"], [])
    missing = refused("a statement twice removed", "ResourceNotFoundException",
                      client.disassociate_permission, applicationId=app, statementId="partner")
    check("the id of what is missing", missing["resourceId"], "partner")


def tags(arn):
    client.tag_resource(resourceARN=arn, tags=[{"key": "team", "value": "ops"}, {"key": "née Ø", "value": ""}])
    client.untag_resource(resourceARN=arn, tagKeys=["team", "never-there"])
    check("tags", client.list_tags_for_resource(resourceARN=arn)["tags"], [{"key": "née Ø", "value": ""}])


def secrets():
    token = str(uuid.uuid4())
    new = dict(Name="boto/jira", SecretString='{"user": "naïve ☂"}', ClientRequestToken=token, Tags=[{"Key": "team", "Value": "it"}])
    made = vault.create_secret(**new)
    check("a secret's token answers again", vault.create_secret(**new)["ARN"], made["ARN"])
    got = vault.get_secret_value(SecretId="boto/jira")
    check("the secret", (got["SecretString"], got["VersionId"], got["VersionStages"]), (new["SecretString"], token, ["AWSCURRENT"]))
    check("its time", got["CreatedDate"].tzinfo is not None, True)
    vault.put_secret_value(SecretId=made["ARN"], SecretBinary=bytes(range(256)))
    check("bytes", vault.get_secret_value(SecretId=made["ARN"])["SecretBinary"], bytes(range(256)))
    for i in range(3):
        vault.create_secret(Name=f"boto/{i}")
    pages = vault.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": ["boto/"]}], PaginationConfig={"PageSize": 3})
    check("all secrets, in pages", sorted(s["Name"] for p in pages for s in p["SecretList"]), ["boto/0", "boto/1", "boto/2", "boto/jira"])
    try:
        vault.get_secret_value(SecretId="nothing")
    except vault.exceptions.ResourceNotFoundException as error:
        check("a secret that is not there", error.response["Error"]["Message"], "Secrets Manager can't find the specified secret.")
        check("its request id", len(error.response["ResponseMetadata"]["RequestId"]), 36)
    vault.delete_secret(SecretId="boto/jira", RecoveryWindowInDays=7)
    try:
        vault.get_secret_value(SecretId="boto/jira")
    except vault.exceptions.InvalidRequestException as error:
        check("a deleted secret", error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
    vault.restore_secret(SecretId="boto/jira")
    for secret in vault.list_secrets()["SecretList"]:
        vault.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
    check("no secret is left", vault.list_secrets(IncludePlannedDeletion=True)["SecretList"], [])


def experiences():
    app = client.create_application(displayName="public", identityType="ANONYMOUS")["applicationId"]
    page = client.create_web_experience(applicationId=app, title="Ask us", origins=["https://intranet.example.com"])
    here = {"applicationId": app, "webExperienceId": page["webExperienceId"]}
    got = client.get_web_experience(**here)
    check("the web experience", (got["status"], got["title"], got["origins"]), ("ACTIVE", "Ask us", ["https://intranet.example.com"]))
    client.update_web_experience(**here, subtitle="Anything")
    check("its subtitle", client.get_web_experience(**here)["subtitle"], "Anything")
    listed = [e for p in client.get_paginator("list_web_experiences").paginate(applicationId=app) for e in p["webExperiences"]]
    check("the list", [e["webExperienceId"] for e in listed], [page["webExperienceId"]])
    url = client.create_anonymous_web_experience_url(**here, sessionDurationInMinutes=15)["anonymousUrl"]
    check("its address", url.startswith(got["defaultEndpoint"] + "?"), True)
    refused("a provider for nobody", "ValidationException", client.update_web_experience, **here,
            identityProviderConfiguration={"samlConfiguration": {"authenticationUrl": "https://idp.example.com"}})
    client.delete_web_experience(**here)
    refused("a deleted web experience", "ResourceNotFoundException", client.get_web_experience, **here)
    client.delete_application(applicationId=app)


def controls():
    app = client.create_application(displayName="controlled", identityType="ANONYMOUS")["applicationId"]
    def shown():
        return client.get_chat_controls_configuration(applicationId=app)
    check("the controls of a new application", shown()["responseScope"], "ENTERPRISE_CONTENT_ONLY")
    client.update_chat_controls_configuration(applicationId=app, blockedPhrasesConfigurationUpdate={"blockedPhrasesToCreateOrUpdate": ["Projekt Æther"]})
    check("its blocked phrases", shown()["blockedPhrases"]["blockedPhrases"], ["Projekt Æther"])
    refused("a topic without users", "ValidationException", client.update_chat_controls_configuration, applicationId=app,
            topicConfigurationsToCreateOrUpdate=[{"name": "pay", "rules": [{"ruleType": "CONTENT_BLOCKER_RULE"}]}])
    client.delete_chat_controls_configuration(applicationId=app)
    check("no blocked phrase", shown()["blockedPhrases"]["blockedPhrases"], [])
    manner = {"ALL": {"instructionCollection": {"tone": "Friendly", "responseLength": "Two sentences"}}}
    made = client.create_chat_response_configuration(applicationId=app, displayName="brief", responseConfigurations=manner)
    here = {"applicationId": app, "chatResponseConfigurationId": made["chatResponseConfigurationId"]}
    got = client.get_chat_response_configuration(**here)
    check("the response configuration", (got["inUseConfiguration"]["status"], got["inUseConfiguration"]["responseConfigurations"]), ("ACTIVE", manner))
    client.update_chat_response_configuration(**here, displayName="briefer", responseConfigurations=manner)
    listed = [c for p in client.get_paginator("list_chat_response_configurations").paginate(applicationId=app) for c in p["chatResponseConfigurations"]]
    check("the list", [(c["displayName"], c["responseConfigurationSummary"]) for c in listed], [("briefer", "Length: Two sentences\nTone: Friendly")])
    refused("a second one", "ServiceQuotaExceededException", client.create_chat_response_configuration, applicationId=app, displayName="more", responseConfigurations=manner)
    client.delete_chat_response_configuration(**here)
    refused("a deleted response configuration", "ResourceNotFoundException", client.get_chat_response_configuration, **here)
    client.delete_application(applicationId=app)


def end(app, plugin):
    client.delete_plugin(applicationId=app, pluginId=plugin)
    refused("a deleted plugin", "ResourceNotFoundException", client.get_plugin, applicationId=app, pluginId=plugin)
    client.delete_application(applicationId=app)
    wait("the application vanishes", lambda: client.list_applications()["applications"] == [])


def main():
    app, arn = applications()
    pages(app)
    plugin = plugins(app)
    permissions(app, arn)
    tags(arn)
    secrets()
    experiences()
    controls()
    end(app, plugin)
    print(f"ok boto3 {boto3.__version__}: all families")


main()
