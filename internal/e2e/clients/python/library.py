"""Puts documents and searches them with boto3, the way its users do: an index, a
retriever, documents with access lists, groups, a bucket, a folder, a source of
one's own, and two people who find different things.

Takes the endpoint from AWS_ENDPOINT_URL and the root's credentials from the
environment. Arguments: a directory of buckets that the server reads, a folder it
may read, and the sessions of anna@example.com and ben@example.com, as JSON. Prints
one "ok" line per check and exits with status 1 at the first that fails.
"""

import datetime
import json
import os
import sys
import urllib.error
import urllib.request

import boto3

from checks import check, client, person, refused, wait

BUCKETS, FOLDER, ANNA, BEN = sys.argv[1:5]
anna, ben = person(ANNA), person(BEN)


def text(id, words, title=None, readers=None, **more):
    document = dict(id=id, contentType="PLAIN_TEXT", content={"blob": words.encode()}, title=title or id, **more)
    if readers:
        document["accessConfiguration"] = {"accessControls": [{"principals": readers}]}
    return document


def user(id, access="ALLOW"):
    return {"user": {"id": id, "access": access, "membershipType": "INDEX"}}


def group(name, access="ALLOW"):
    return {"group": {"name": name, "access": access, "membershipType": "INDEX"}}


class Library:
    def __init__(self):
        provider = "arn:aws:iam::000000000000:oidc-provider/login.example.com"
        self.app = client.create_application(displayName="library", identityType="AWS_IAM_IDP_OIDC",
                                             iamIdentityProviderArn=provider, clientIdsForOIDC=["library"])["applicationId"]
        self.index = client.create_index(applicationId=self.app, displayName="papers", description="all of them",
                                         capacityConfiguration={"units": 2}, tags=[{"key": "team", "value": "it"}])["indexId"]
        self.here = dict(applicationId=self.app, indexId=self.index)
        self.retriever = client.create_retriever(applicationId=self.app, type="NATIVE_INDEX", displayName="papers",
                                                 configuration={"nativeIndexConfiguration": {"indexId": self.index}})["retrieverId"]

    def put(self, *documents, **more):
        return client.batch_put_document(**self.here, documents=list(documents), **more).get("failedDocuments", [])

    def states(self):
        pages = client.get_paginator("list_documents").paginate(**self.here, PaginationConfig={"PageSize": 3})
        return {d["documentId"]: d["status"] for page in pages for d in page["documentDetailList"]}

    def indexed(self, *ids):
        wait(f"{len(ids)} documents are indexed", lambda: all(self.states().get(id) == "INDEXED" for id in ids))

    def search(self, who, query, **more):
        return who.search_relevant_content(applicationId=self.app, queryText=query,
                                           contentSource={"retriever": {"retrieverId": self.retriever}}, **more)["relevantContent"]

    def finds(self, what, who, query, *want, **more):
        check(what, sorted({hit["documentId"] for hit in self.search(who, query, **more)}), sorted(want))


def index(lib):
    got = client.get_index(**lib.here)
    check("the index", (got["displayName"], got["status"], got["type"], got["capacityConfiguration"]["units"]), ("papers", "ACTIVE", "ENTERPRISE", 2))
    client.update_index(**lib.here, documentAttributeConfigurations=[
        {"name": "department", "type": "STRING", "search": "ENABLED"}, {"name": "pages", "type": "NUMBER"},
        {"name": "topics", "type": "STRING_LIST", "search": "ENABLED"}])
    shown = {a["name"]: (a["type"], a["search"]) for a in client.get_index(**lib.here)["documentAttributeConfigurations"]}
    check("an attribute of one's own", shown["department"], ("STRING", "ENABLED"))
    check("a reserved attribute", shown["_created_at"][0], "DATE")
    refused("an attribute keeps its type", "ValidationException", client.update_index, **lib.here,
            documentAttributeConfigurations=[{"name": "department", "type": "NUMBER"}])
    refused("an index that is not there", "ResourceNotFoundException", client.get_index, applicationId=lib.app,
            indexId="00000000-0000-4000-8000-000000000000")


def access(lib):
    client.put_group(**lib.here, groupName="engineers", type="INDEX", groupMembers={"memberUsers": [{"userId": "Ben@example.com", "type": "INDEX"}]})
    client.put_group(**lib.here, groupName="staff", type="INDEX", groupMembers={"memberGroups": [{"groupName": "engineers", "type": "INDEX"}]})
    wait("the groups are there", lambda: client.get_group(**lib.here, groupName="staff")["status"]["status"] == "SUCCEEDED")
    check("nothing fails", lib.put(
        text("handbook", "Everybody has thirty days of holiday a year.", attributes=[
            {"name": "department", "value": {"stringValue": "people"}}, {"name": "pages", "value": {"longValue": 12}},
            {"name": "topics", "value": {"stringListValue": ["holiday", "sickness"]}},
            {"name": "_source_uri", "value": {"stringValue": "https://wiki.example.com/handbook"}},
            {"name": "_created_at", "value": {"dateValue": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)}}]),
        text("salaries", "The salary band of engineers begins at seventy thousand; holiday pay comes on top.", readers=[user("anna@example.com")]),
        text("roadmap", "The release of the printer firmware is in May: no holiday in April.", readers=[group("staff")]),
        text("secret", "Project Bluebird is about holiday homes.", readers=[group("staff"), user("ben@example.com", "DENY")])), [])
    lib.indexed("handbook", "salaries", "roadmap", "secret")
    lib.finds("anna finds hers", anna, "holiday", "handbook", "salaries")
    lib.finds("ben finds his, by a group in a group", ben, "holiday", "handbook", "roadmap")
    lib.finds("a denial beats a group", ben, "project bluebird homes")
    client.put_group(**lib.here, groupName="engineers", type="INDEX", groupMembers={"memberUsers": [{"userId": "anna@example.com", "type": "INDEX"}]})
    wait("a membership counts within a moment", lambda: "secret" in {h["documentId"] for h in lib.search(anna, "bluebird")})
    lib.finds("and takes away as well", ben, "release of the printer firmware holiday", "handbook")


def answers(lib):
    top = lib.search(anna, "thirty days of holiday")[0]
    check("the best passage", (top["documentId"], top["documentTitle"], top["documentUri"]), ("handbook", "handbook", "https://wiki.example.com/handbook"))
    check("its words", top["content"], "Everybody has thirty days of holiday a year.")
    check("its confidence", top["scoreAttributes"]["scoreConfidence"], "VERY_HIGH")
    attributes = {a["name"]: a["value"] for a in top["documentAttributes"]}
    check("its attributes", (attributes["department"], attributes["pages"]), ({"stringValue": "people"}, {"longValue": 12}))
    people = {"equalsTo": {"name": "department", "value": {"stringValue": "people"}}}
    lib.finds("a filter", anna, "holiday", "handbook", attributeFilter=people)
    lib.finds("its contrary", anna, "holiday", "salaries", "secret", "roadmap", attributeFilter={"notFilter": people})
    lib.finds("numbers and lists", anna, "holiday", "handbook", attributeFilter={"andAllFilters": [
        {"greaterThan": {"name": "pages", "value": {"longValue": 11}}},
        {"containsAny": {"name": "topics", "value": {"stringListValue": ["holiday", "pay"]}}}]})
    refused("a filter that is two", "ValidationException", lib.search, who=anna, query="holiday",
            attributeFilter={**people, "notFilter": people})
    pages = anna.get_paginator("search_relevant_content").paginate(
        applicationId=lib.app, queryText="holiday", contentSource={"retriever": {"retrieverId": lib.retriever}}, PaginationConfig={"PageSize": 1})
    seen = [h["documentId"] for page in pages for h in page["relevantContent"]]
    check("page by page, each once", (len(seen), len(set(seen))), (4, 4))


def rights(lib):
    check_access = lambda who, document: client.check_document_access(**lib.here, userId=who, documentId=document)
    answer = check_access("anna@example.com", "secret")
    check("why anna may", (answer["hasAccess"], {g["name"] for g in answer["userGroups"]}), (True, {"engineers", "staff"}))
    check("the list as it is stored", answer["documentAcl"]["denyList"]["conditions"][0]["users"], [{"id": "ben@example.com", "type": "INDEX"}])
    check("why ben may not", check_access("ben@example.com", "secret")["hasAccess"], False)
    content = anna.get_document_content(**lib.here, documentId="salaries")
    with urllib.request.urlopen(content["presignedUrl"]) as answer:
        check("the document itself", (answer.read().decode()[:15], content["mimeType"]), ("The salary band", "text/plain"))
    extracted = anna.get_document_content(**lib.here, documentId="salaries", outputFormat="EXTRACTED")
    with urllib.request.urlopen(extracted["presignedUrl"]) as answer:
        check("what was read of it", json.load(answer)["schemaVersionId"], "V1")
    try:
        urllib.request.urlopen(content["presignedUrl"][:-4] + "AAAA")
        check("an altered URL opens", True, False)
    except urllib.error.HTTPError as error:
        check("an altered URL opens nothing", error.code, 403)
    hidden = refused("what ben may not see", "ResourceNotFoundException", ben.get_document_content, **lib.here, documentId="salaries")
    absent = refused("what is not there", "ResourceNotFoundException", ben.get_document_content, **lib.here, documentId="nowhere1")
    check("reads the same", hidden["message"].replace("salaries", "nowhere1"), absent["message"])


def failures(lib):
    failed = lib.put(text("good", "A good document."), text("bad", "x", attributes=[{"name": "pages", "value": {"stringValue": "many"}}]))
    check("one fails, the others do not", [(f["id"], f["error"]["errorCode"]) for f in failed], [("bad", "InvalidRequest")])
    lib.indexed("good")
    check("not a PDF", lib.put(dict(id="broken", contentType="PDF", content={"blob": b"%PDF-1.7 and then nothing"})), [])
    wait("it fails by itself", lambda: lib.states()["broken"] in ("FAILED", "DOCUMENT_FAILED_TO_INDEX"))
    detail = next(d for d in client.list_documents(**lib.here)["documentDetailList"] if d["documentId"] == "broken")
    check("and says why", (detail["error"]["errorCode"], bool(detail["error"]["errorMessage"])), ("InvalidRequest", True))
    client.batch_delete_document(**lib.here, documents=[{"documentId": "good"}, {"documentId": "broken"}])
    wait("deleted", lambda: not {"good", "broken"} & set(lib.states()))
    lib.finds("and found no more", anna, "good document")


def sync(lib, source):
    where = dict(**lib.here, dataSourceId=source)
    execution = client.start_data_source_sync_job(**where)["executionId"]
    job = {}

    def ended():
        job.update(next(j for j in client.list_data_source_sync_jobs(**where)["history"] if j["executionId"] == execution))
        return job["status"] in ("SUCCEEDED", "FAILED", "INCOMPLETE", "ABORTED")

    wait("the job ends", ended)
    return job["status"], {k: v for k, v in job["metrics"].items() if v != "0"}


def write(path, words):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(words)


def bucket(lib):
    root = os.path.join(BUCKETS, "company-wiki")
    write(f"{root}/pages/canteen.txt", "The canteen serves soup on Mondays.")
    write(f"{root}/pages/garage.md", "# Garage\n\nThe garage closes at ten.")
    write(f"{root}/acl.json", json.dumps([{"keyPrefix": "s3://company-wiki/pages/garage", "aclEntries": [{"Name": "anna@example.com", "Type": "USER", "Access": "ALLOW"}]}]))
    source = client.create_data_source(**lib.here, displayName="wiki", roleArn="arn:aws:iam::000000000000:role/wiki", configuration={
        "type": "S3", "syncMode": "FULL_CRAWL", "connectionConfiguration": {"repositoryEndpointMetadata": {"BucketName": "company-wiki"}},
        "repositoryConfigurations": {"document": {"fieldMappings": []}},
        "additionalProperties": {"inclusionPrefixes": ["pages/"], "aclConfigurationFilePath": "acl.json"}})["dataSourceId"]
    status, metrics = sync(lib, source)
    check("a bucket", (status, metrics.get("documentsAdded")), ("SUCCEEDED", "2"))
    lib.finds("open to all", ben, "soup in the canteen", "s3://company-wiki/pages/canteen.txt")
    lib.finds("by the list of the bucket", ben, "when does the garage close")
    lib.finds("for whom it names", anna, "when does the garage close", "s3://company-wiki/pages/garage.md")
    write(f"{root}/pages/canteen.txt", "The canteen serves salad on Tuesdays.")
    os.remove(f"{root}/pages/garage.md")
    status, metrics = sync(lib, source)
    check("once more", (status, metrics.get("documentsModified"), metrics.get("documentsDeleted")), ("SUCCEEDED", "1", "1"))
    lib.finds("as it is now", ben, "salad", "s3://company-wiki/pages/canteen.txt")


def folder(lib):
    write(f"{FOLDER}/shared/bicycles.html", "<html><head><title>Bicycles</title></head><body><h1>Bicycles</h1><p>Bicycles stand in the cellar.</p></body></html>")
    source = client.create_data_source(**lib.here, displayName="folder", configuration={
        "type": "DIRECTORY", "syncMode": "FULL_CRAWL", "connectionConfiguration": {"repositoryEndpointMetadata": {"path": f"{FOLDER}/shared"}}})["dataSourceId"]
    status, _ = sync(lib, source)
    check("a folder", status, "SUCCEEDED")
    hit = lib.search(ben, "where do bicycles stand")[0]
    check("a page of it", (hit["documentTitle"], "cellar" in hit["content"]), ("Bicycles", True))
    client.delete_data_source(**lib.here, dataSourceId=source)
    wait("the source goes, and what it brought", lambda: not lib.search(ben, "bicycles"))


def custom(lib):
    source = client.create_data_source(**lib.here, displayName="own", configuration={"type": "CUSTOM", "version": "1.0.0"})["dataSourceId"]
    where = dict(**lib.here, dataSourceId=source)
    execution = client.start_data_source_sync_job(**where)["executionId"]
    refused("one job at a time", "ConflictException", client.start_data_source_sync_job, **where)
    mine = [{"name": "_data_source_id", "value": {"stringValue": source}}, {"name": "_data_source_sync_job_execution_id", "value": {"stringValue": execution}}]
    check("it takes documents", lib.put(text("lift", "The lift is repaired on Friday.", attributes=mine), dataSourceSyncId=execution), [])
    client.stop_data_source_sync_job(**where)
    history = lambda: client.list_data_source_sync_jobs(**where)["history"][0]
    wait("stopped is ended", lambda: history()["status"] == "SUCCEEDED")
    check("its figures", history()["metrics"]["documentsAdded"], "1")
    lib.finds("its document", ben, "when is the lift repaired", "lift")
    late = lib.put(text("late", "Too late.", attributes=mine), dataSourceSyncId=execution)
    check("too late", [(f["id"], f["dataSourceId"]) for f in late], [("late", source)])


def boosts(lib):
    def written(year):
        return [{"name": "_created_at", "value": {"dateValue": datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)}}]

    lib.put(text("old", "Parking rules: cars park in the yard, bicycles in the cellar.", attributes=written(2016)),
            text("new", "The rules about parking have changed. In the yard there is a place for each of the cars that people come with.", attributes=written(2026)))
    lib.indexed("old", "new")
    order = lambda: [h["documentId"] for h in lib.search(anna, "parking rules cars yard") if h["documentId"] in ("old", "new")]
    check("by words alone", order(), ["old", "new"])
    configuration = {"nativeIndexConfiguration": {"indexId": lib.index, "boostingOverride": {"_created_at": {"dateConfiguration": {
        "boostingLevel": "ONE", "boostingDurationInSeconds": 365 * 24 * 3600}}}}}
    client.update_retriever(applicationId=lib.app, retrieverId=lib.retriever, configuration=configuration)
    check("a boost of what is recent", order(), ["new", "old"])
    client.update_retriever(applicationId=lib.app, retrieverId=lib.retriever, configuration={"nativeIndexConfiguration": {"indexId": lib.index}})
    check("without it again", order(), ["old", "new"])


def gone(lib):
    client.delete_index(**lib.here)
    wait("the index goes", lambda: not client.list_indices(applicationId=lib.app)["indices"])
    refused("its retriever finds nothing to search", "ResourceNotFoundException", lib.search, who=anna, query="holiday")
    client.delete_retriever(applicationId=lib.app, retrieverId=lib.retriever)
    client.delete_application(applicationId=lib.app)


lib = Library()
for part in (index, access, answers, rights, failures, bucket, folder, custom, boosts, gone):
    part(lib)
print(f"ok boto3 {boto3.__version__}: the library")
