"""Holds conversations over documents with boto3's ChatSync, the way its users do,
on a server without a language model: answers with citations for two people, files
attached, an administrator's controls, feedback, history, and a plugin on the way.

Takes the endpoint from AWS_ENDPOINT_URL and the root's credentials from the
environment. Arguments: a file with the OpenAPI document of a desk, and the sessions
of anna@example.com and ben@example.com, as JSON. Prints one "ok" line per check and
exits with status 1 at the first that fails.
"""

import datetime
import hashlib
import sys
import uuid

from checks import check, client, person, refused, wait

DESK, ANNA, BEN = sys.argv[1:4]
anna, ben = person(ANNA), person(BEN)

PAPERS = {
    "handbook": ("Everybody has thirty days of holiday a year. Ask your team lead two weeks ahead.", None),
    "salaries": ("The salary band of an engineer begins at 70,000 a year. It is looked at every spring.", "anna@example.com"),
    "firmware": ("The printer firmware ships in May. The release team is led by Doris.", "ben@example.com"),
    "urlaub": ("Der Urlaub für Werkstudenten beträgt zwanzig Tage im Jahr. Fragen Sie die Personalabteilung 🙂.", None),
}


class Company:
    def __init__(self):
        self.app = client.create_application(
            displayName="assistant", identityType="AWS_IAM_IDP_OIDC", clientIdsForOIDC=["assistant"],
            iamIdentityProviderArn="arn:aws:iam::000000000000:oidc-provider/login.example.com",
            attachmentsConfiguration={"attachmentsControlMode": "ENABLED"})["applicationId"]
        self.index = client.create_index(applicationId=self.app, displayName="papers")["indexId"]
        client.create_retriever(applicationId=self.app, type="NATIVE_INDEX", displayName="papers",
                                configuration={"nativeIndexConfiguration": {"indexId": self.index}})
        documents = []
        for id, (words, reader) in PAPERS.items():
            document = dict(id=id, title=id.capitalize(), contentType="PLAIN_TEXT", content={"blob": words.encode()},
                            attributes=[{"name": "_source_uri", "value": {"stringValue": f"https://wiki.example.com/{id}"}}])
            if reader:
                principal = {"user": {"id": reader, "access": "ALLOW", "membershipType": "INDEX"}}
                document["accessConfiguration"] = {"accessControls": [{"principals": [principal]}]}
            documents.append(document)
        client.batch_put_document(applicationId=self.app, indexId=self.index, documents=documents)
        wait("the papers are indexed", lambda: [d["status"] for d in client.list_documents(
            applicationId=self.app, indexId=self.index)["documentDetailList"]].count("INDEXED") == len(PAPERS))

    def say(self, who, text=None, after=None, **more):
        if text is not None:
            more["userMessage"] = text
        if after:
            more.update(conversationId=after["conversationId"], parentMessageId=after["systemMessageId"])
        return who.chat_sync(applicationId=self.app, **more)


def claims(answer, document):
    """The spans of the answer that a document is cited for."""
    text = answer["systemMessage"]
    return [text[s["beginOffset"]:s["endOffset"]] for source in answer.get("sourceAttributions", [])
            if source["documentId"] == document for s in source["textMessageSegments"]]


def cited(answer):
    return [source["documentId"] for source in sorted(answer.get("sourceAttributions", []), key=lambda s: s["citationNumber"])]


def answers(co):
    first = co.say(anna, "How many days of holiday do I have?")
    check("the answer is the handbook's", "thirty days of holiday" in first["systemMessage"], True)
    check("which is cited first", cited(first)[0], "handbook")
    check("for the claim itself, to the character", any("thirty days of holiday" in c for c in claims(first, "handbook")), True)
    source = first["sourceAttributions"][0]
    check("with number, title, address and index", (source["citationNumber"], source["title"], source["url"], source["indexId"]),
          (1, "Handbook", "https://wiki.example.com/handbook", co.index))
    check("and an excerpt of the document", "thirty days" in source["textMessageSegments"][0]["snippetExcerpt"]["text"], True)
    check("the three ids", all(first[m] for m in ("conversationId", "userMessageId", "systemMessageId")), True)
    check("it says that there is no model", "No language model is configured" in first["systemMessage"], True)
    german = co.say(anna, "Wie viele Tage Urlaub haben Werkstudenten?")
    check("offsets are characters in any script", any("zwanzig Tage" in c for c in claims(german, "urlaub")), True)
    mine = co.say(anna, "Where does the salary band of an engineer begin?")
    check("what only anna may see", (cited(mine)[0], "70,000" in mine["systemMessage"]), ("salaries", True))
    other = co.say(ben, "Where does the salary band of an engineer begin?")
    check("is not there for ben", ("70,000" in other["systemMessage"], "salaries" in cited(other)), (False, False))
    nothing = co.say(ben, "Who invented the zeppelin?", chatMode="RETRIEVAL_MODE")
    check("nothing found is said, and cites nothing", (cited(nothing), "not find" in nothing["systemMessage"] or "no answer" in nothing["systemMessage"].lower()), ([], True))
    return first


def conversation(co, first):
    token = str(uuid.uuid4())
    more = co.say(anna, "Whom do I ask for it?", after=first, clientToken=token)
    again = co.say(anna, "Whom do I ask for it?", after=first, clientToken=token)
    check("a follow-up is understood", "team lead" in more["systemMessage"], True)
    check("the token answers again", (again["systemMessageId"], again["sourceAttributions"]), (more["systemMessageId"], more["sourceAttributions"]))
    refused("an outdated parent", "ValidationException", co.say, who=anna, text="And then?", after=first)
    refused("ben does not see it", "ResourceNotFoundException", ben.list_messages, applicationId=co.app, conversationId=first["conversationId"])
    messages = anna.list_messages(applicationId=co.app, conversationId=first["conversationId"])["messages"]
    check("both turns are there, the newest first", [m["type"] for m in messages], ["SYSTEM", "USER", "SYSTEM", "USER"])
    check("as they were answered", messages[0]["body"], more["systemMessage"])
    check("with their sources", [s["documentId"] for s in messages[2]["sourceAttribution"]], cited(first))
    talks = anna.list_conversations(applicationId=co.app)["conversations"]
    check("the conversation has a title", [t["title"] for t in talks if t["conversationId"] == first["conversationId"]], ["How many days of holiday do I have?"])
    anna.put_feedback(applicationId=co.app, conversationId=first["conversationId"], messageId=first["systemMessageId"],
                      messageUsefulness={"usefulness": "USEFUL", "reason": "HELPFUL", "comment": "yes", "submittedAt": datetime.datetime.now(datetime.timezone.utc)})
    refused("feedback on one's own message", "ValidationException", anna.put_feedback, applicationId=co.app,
            conversationId=first["conversationId"], messageId=first["userMessageId"])
    refused("no media in it", "ResourceNotFoundException", anna.get_media, applicationId=co.app,
            conversationId=first["conversationId"], messageId=first["systemMessageId"], mediaId=str(uuid.uuid4()))


def files(co):
    note = "The parking garage opens at six. Bicycles stand in the cellar.".encode()
    answer = co.say(anna, "When does the parking garage open?", attachments=[
        {"name": "garage.txt", "data": note}, {"name": "broken.pdf", "data": b"%PDF-1.7 but no more than that"}])
    check("the answer is the file's", "at six" in answer["systemMessage"], True)
    check("one of the files failed, and is named", [(f["name"], f["status"]) for f in answer["failedAttachments"]], [("broken.pdf", "FAILED")])
    check("the file is cited as uploaded", {s.get("datasourceId") for s in answer["sourceAttributions"]}, {"uploaded-docs-file-stat-datasourceid"})
    listed = anna.list_attachments(applicationId=co.app, conversationId=answer["conversationId"])["attachments"]
    kept = {a["name"]: a for a in listed}
    check("it is listed", (kept["garage.txt"]["status"], kept["garage.txt"]["fileSize"], kept["garage.txt"]["md5chksum"]),
          ("SUCCESS", len(note), hashlib.md5(note).hexdigest()))
    place = dict(conversationId=answer["conversationId"], attachmentId=kept["garage.txt"]["attachmentId"])
    copy = co.say(anna, "Where do bicycles stand?", attachments=[{"name": "garage.txt", "copyFrom": {"conversation": place}}])
    check("reused in another conversation", "cellar" in copy["systemMessage"], True)
    check("ben has none", ben.list_attachments(applicationId=co.app)["attachments"], [])
    anna.delete_attachment(applicationId=co.app, **place)
    check("deleted", [a["name"] for a in anna.list_attachments(applicationId=co.app, conversationId=answer["conversationId"])["attachments"]], ["broken.pdf"])
    refused("six files are too many", "ValidationException", co.say, who=anna, text="Read these",
            attachments=[{"name": f"{n}.txt", "data": b"x"} for n in range(6)])


def controls(co):
    shown = client.get_chat_controls_configuration(applicationId=co.app)
    check("what holds in a new application", (shown["responseScope"], shown["creatorModeConfiguration"]["creatorModeControl"]), ("ENTERPRISE_CONTENT_ONLY", "ENABLED"))
    client.update_chat_controls_configuration(
        applicationId=co.app,
        blockedPhrasesConfigurationUpdate={"blockedPhrasesToCreateOrUpdate": ["project bluebird"], "systemMessageOverride": "That is not talked about here."},
        topicConfigurationsToCreateOrUpdate=[{
            "name": "salaries", "description": "salary bands and pay", "exampleChatMessages": ["What is the salary band?", "How much do engineers earn?"],
            "rules": [{"ruleType": "CONTENT_BLOCKER_RULE", "ruleConfiguration": {"contentBlockerRule": {"systemMessageOverride": "Ask your manager about pay."}}}]}])
    blocked = co.say(anna, "What is Project  Bluebird about?")
    check("a blocked phrase", (blocked["systemMessage"], cited(blocked)), ("That is not talked about here.", []))
    check("a blocked topic", co.say(anna, "What is the salary band of an engineer?")["systemMessage"], "Ask your manager about pay.")
    check("the rest goes on", cited(co.say(anna, "How many days of holiday do I have?"))[0], "handbook")
    client.delete_chat_controls_configuration(applicationId=co.app)
    check("deleted, they are gone", cited(co.say(anna, "What is the salary band of an engineer?"))[0], "salaries")
    made = client.create_chat_response_configuration(applicationId=co.app, displayName="short", responseConfigurations={
        "ALL": {"instructionCollection": {"responseLength": "CONCISE", "tone": "friendly"}}})
    got = client.get_chat_response_configuration(applicationId=co.app, chatResponseConfigurationId=made["chatResponseConfigurationId"])
    check("a response configuration", (got["displayName"], got["inUseConfiguration"]["status"]), ("short", "ACTIVE"))


def actions(co):
    document = open(DESK, encoding="utf-8").read()
    desk = client.create_plugin(applicationId=co.app, displayName="desk", type="CUSTOM", authConfiguration={"noAuthConfiguration": {}},
                                customPluginConfiguration={"description": "Tickets", "apiSchemaType": "OPEN_API_V3", "apiSchema": {"payload": document}})
    form = co.say(anna, 'Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01')
    check("without a mode a change is a form", form["actionReview"]["pluginId"], desk["pluginId"])
    fields = {k: {"value": f["value"]} for k, f in form["actionReview"]["payload"].items() if "value" in f}
    done = co.say(anna, after=form, actionExecution=dict(
        pluginId=desk["pluginId"], payload=fields, payloadFieldNameSeparator=form["actionReview"]["payloadFieldNameSeparator"]))
    check("confirmed, it is done", done["systemMessage"].startswith("Done"), True)
    then = co.say(anna, "How many days of holiday do I have?", after=done)
    check("and the conversation goes on with documents", cited(then)[0], "handbook")


def gone(co, first):
    anna.delete_conversation(applicationId=co.app, conversationId=first["conversationId"])
    refused("a deleted conversation", "ResourceNotFoundException", anna.list_messages, applicationId=co.app, conversationId=first["conversationId"])
    refused("cannot be gone on with", "ResourceNotFoundException", co.say, who=anna, text="Are you there?", after=first)
    poem = co.say(anna, "Write a poem", chatMode="CREATOR_MODE")
    check("without a model nothing is made up", "no language model" in poem["systemMessage"].lower(), True)
    client.delete_application(applicationId=co.app)


company = Company()
opening = answers(company)
conversation(company, opening)
files(company)
controls(company)
actions(company)
gone(company, opening)
print("ok the assistant")
