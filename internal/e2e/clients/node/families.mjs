// Drives a Parley server with the AWS SDK for JavaScript, the way its users do.
//
// Takes the endpoint from AWS_ENDPOINT_URL and credentials from the environment,
// and the OpenAPI document as its argument. Prints one "ok" line per check and
// exits with status 1 at the first that fails.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AssociatePermissionCommand, BatchPutDocumentCommand, ConflictException, CreateAnonymousWebExperienceUrlCommand,
  CreateApplicationCommand, CreateChatResponseConfigurationCommand, CreateIndexCommand, CreatePluginCommand,
  CreateRetrieverCommand, CreateWebExperienceCommand, DeleteApplicationCommand,
  DeleteChatControlsConfigurationCommand, DeleteChatResponseConfigurationCommand, DeleteIndexCommand,
  DeletePluginCommand, DeleteWebExperienceCommand, DisassociatePermissionCommand, GetApplicationCommand,
  GetChatControlsConfigurationCommand, GetChatResponseConfigurationCommand, GetPluginCommand, GetPolicyCommand,
  GetWebExperienceCommand, ListIndicesCommand, ListPluginTypeActionsCommand, ListTagsForResourceCommand,
  QBusinessClient, ResourceNotFoundException, SearchRelevantContentCommand, TagResourceCommand,
  UntagResourceCommand, UpdateApplicationCommand, UpdateChatControlsConfigurationCommand,
  UpdateChatResponseConfigurationCommand, UpdatePluginCommand, UpdateWebExperienceCommand, ValidationException,
  paginateListApplications, paginateListChatResponseConfigurations, paginateListDocuments,
  paginateListPluginActions, paginateListPluginTypeMetadata, paginateListPlugins, paginateListWebExperiences,
  paginateSearchRelevantContent,
} from "@aws-sdk/client-qbusiness";

const client = new QBusinessClient({ maxAttempts: 1 });
const document = readFileSync(process.argv[2], "utf8");

function check(what, got, want) {
  assert.deepEqual(got, want, `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  console.log(`ok ${what}`);
}

// The command must be refused with an error of the class, which is returned.
async function refused(what, kind, command) {
  const error = await client.send(command).then(() => assert.fail(`${what}: not refused`), (e) => e);
  assert.ok(error instanceof kind, `${what}: ${error.name}: ${error.message}, want ${kind.name}`);
  console.log(`ok ${what}: ${error.message}`);
  return error;
}

async function all(pages, member) {
  const items = [];
  for await (const page of pages) items.push(...page[member]);
  return items;
}

async function wait(what, done) {
  for (const deadline = Date.now() + 60_000; !(await done()); await sleep(50)) {
    assert.ok(Date.now() < deadline, `${what}: not within a minute`);
  }
  console.log(`ok ${what}`);
}

async function applications() {
  const input = {
    displayName: "javascript", description: "naïve ☂", identityType: "ANONYMOUS", clientToken: randomUUID(),
    tags: [{ key: "team", value: "it" }],
  };
  const { applicationId, applicationArn } = await client.send(new CreateApplicationCommand(input));
  const again = await client.send(new CreateApplicationCommand(input));
  check("a token answers again", again.applicationId, applicationId);
  const conflict = await refused("a token with other input", ConflictException, new CreateApplicationCommand({ ...input, description: "other" }));
  check("the conflict's members", [conflict.resourceType, conflict.resourceId], ["clientToken", input.clientToken]);
  await client.send(new UpdateApplicationCommand({ applicationId, description: "changed" }));
  const got = await client.send(new GetApplicationCommand({ applicationId }));
  check("the application", [got.displayName, got.description, got.status], ["javascript", "changed", "ACTIVE"]);
  check("its time", got.createdAt instanceof Date && got.updatedAt > got.createdAt, true);
  const invalid = await refused("a bad name", ValidationException, new CreateApplicationCommand({ displayName: "has spaces" }));
  check("its reason and field", [invalid.reason, invalid.fields.map((f) => f.name)], ["FIELD_VALIDATION_FAILED", ["displayName"]]);
  return { applicationId, applicationArn };
}

async function pages({ applicationId }) {
  const want = [applicationId];
  for (let i = 0; i < 4; i++) {
    want.push((await client.send(new CreateApplicationCommand({ displayName: `page-${i}`, identityType: "ANONYMOUS" }))).applicationId);
  }
  const list = () => all(paginateListApplications({ client, pageSize: 2 }, {}), "applications");
  check("pages", (await list()).map((a) => a.applicationId).sort(), [...want].sort());
  for (const id of want.slice(1)) await client.send(new DeleteApplicationCommand({ applicationId: id }));
  await wait("deleted applications vanish", async () => (await list()).length === 1);
}

function custom(applicationId, displayName, payload) {
  return new CreatePluginCommand({
    applicationId, displayName, type: "CUSTOM", authConfiguration: { noAuthConfiguration: {} },
    customPluginConfiguration: { description: "Tickets", apiSchemaType: "OPEN_API_V3", apiSchema: { payload } },
  });
}

async function plugins({ applicationId }) {
  const { pluginId } = await client.send(custom(applicationId, "tickets", document));
  const plugin = { applicationId, pluginId };
  await wait("the plugin is READY", async () => (await client.send(new GetPluginCommand(plugin))).buildStatus === "READY");
  const actions = await all(paginateListPluginActions({ client, pageSize: 1 }, plugin), "items");
  check("its actions", actions.map((a) => a.actionIdentifier.split(":").slice(-2).join(":")).sort(),
    ["/tickets/{id}:GET", "/tickets:GET", "/tickets:POST"].sort());
  check("their members", actions.every((a) => a.displayName && a.description && a.instructionExample), true);
  await client.send(new UpdatePluginCommand({ ...plugin, state: "DISABLED" }));
  const listed = await all(paginateListPlugins({ client }, { applicationId }), "plugins");
  check("the list", listed.map((p) => [p.displayName, p.state]), [["tickets", "DISABLED"]]);
  await refused("a name twice", ConflictException, custom(applicationId, "tickets", document));
  const invalid = await refused("a bad document", ValidationException, custom(applicationId, "bad", "openapi: '2.0'"));
  check("its reason", invalid.reason, "FIELD_VALIDATION_FAILED");
  const asana = await client.send(new ListPluginTypeActionsCommand({ pluginType: "ASANA" }));
  check("an action of a built-in type", asana.items.length > 0, true);
  const kinds = (await all(paginateListPluginTypeMetadata({ client }, {}), "items")).map((k) => k.type);
  check("built-in types", ["JIRA_CLOUD", "ZENDESK_SUITE", "ASANA"].every((k) => kinds.includes(k)), true);
  return plugin;
}

async function permissions({ applicationId, applicationArn }) {
  const grant = {
    applicationId, statementId: "partner", actions: ["qbusiness:SearchRelevantContent"],
    principal: "arn:aws:iam::210987654321:role/partner",
  };
  const statement = JSON.parse((await client.send(new AssociatePermissionCommand(grant))).statement);
  check("the statement", statement, {
    Sid: "partner", Effect: "Allow", Principal: { AWS: grant.principal }, Action: grant.actions[0], Resource: [applicationArn],
  });
  const policy = async () => JSON.parse((await client.send(new GetPolicyCommand({ applicationId }))).policy);
  check("the policy", await policy(), { Version: "2012-10-17", Statement: [statement] });
  const removal = new DisassociatePermissionCommand({ applicationId, statementId: "partner" });
  await client.send(removal);
  check("the empty policy", (await policy()).Statement, []);
  const missing = await refused("a statement twice removed", ResourceNotFoundException, new DisassociatePermissionCommand({ applicationId, statementId: "partner" }));
  check("the id of what is missing", missing.resourceId, "partner");
}

async function tags({ applicationArn }) {
  await client.send(new TagResourceCommand({ resourceARN: applicationArn, tags: [{ key: "team", value: "ops" }, { key: "née Ø", value: "" }] }));
  await client.send(new UntagResourceCommand({ resourceARN: applicationArn, tagKeys: ["team", "never-there"] }));
  const got = await client.send(new ListTagsForResourceCommand({ resourceARN: applicationArn }));
  check("tags", got.tags, [{ key: "née Ø", value: "" }]);
}

async function library({ applicationId }) {
  const { indexId } = await client.send(new CreateIndexCommand({ applicationId, displayName: "papers" }));
  const here = { applicationId, indexId };
  const { retrieverId } = await client.send(new CreateRetrieverCommand({
    applicationId, type: "NATIVE_INDEX", displayName: "papers", configuration: { nativeIndexConfiguration: { indexId } },
  }));
  const bytes = (text) => ({ blob: new TextEncoder().encode(text) });
  const put = await client.send(new BatchPutDocumentCommand({ ...here, documents: [
    { id: "open", title: "Opening hours", content: bytes("The library opens at nine."), attributes: [{ name: "_category", value: { stringValue: "hours" } }] },
    { id: "staff", title: "Keys", content: bytes("The keys of the library are in the safe."),
      accessConfiguration: { accessControls: [{ principals: [{ user: { id: "anna@example.com", access: "ALLOW" } }] }] } },
  ] }));
  check("nothing fails", put.failedDocuments, []);
  const states = async () => (await all(paginateListDocuments({ client, pageSize: 1 }, { ...here }), "documentDetailList")).map((d) => d.status);
  await wait("both are indexed", async () => (await states()).join() === "INDEXED,INDEXED");
  const contentSource = { retriever: { retrieverId } };
  const found = await all(paginateSearchRelevantContent({ client, pageSize: 1 }, { applicationId, queryText: "library", contentSource }), "relevantContent");
  check("nobody finds what is open to all", found.map((f) => [f.documentId, f.content, f.scoreAttributes.scoreConfidence]),
    [["open", "The library opens at nine.", "VERY_HIGH"]]);
  await refused("a query of nothing", ValidationException, new SearchRelevantContentCommand({ applicationId, queryText: "", contentSource }));
  await client.send(new DeleteIndexCommand(here));
  await wait("the index vanishes", async () => (await client.send(new ListIndicesCommand({ applicationId }))).indices.length === 0);
}

async function experiences() {
  const { applicationId } = await client.send(new CreateApplicationCommand({ displayName: "public", identityType: "ANONYMOUS" }));
  const { webExperienceId } = await client.send(new CreateWebExperienceCommand({ applicationId, title: "Ask us", origins: ["https://intranet.example.com"] }));
  const here = { applicationId, webExperienceId };
  const got = await client.send(new GetWebExperienceCommand(here));
  check("the web experience", [got.status, got.title, got.origins], ["ACTIVE", "Ask us", ["https://intranet.example.com"]]);
  await client.send(new UpdateWebExperienceCommand({ ...here, subtitle: "Anything" }));
  check("its subtitle", (await client.send(new GetWebExperienceCommand(here))).subtitle, "Anything");
  check("the list", (await all(paginateListWebExperiences({ client }, { applicationId }), "webExperiences")).map((e) => e.webExperienceId), [webExperienceId]);
  const { anonymousUrl } = await client.send(new CreateAnonymousWebExperienceUrlCommand({ ...here, sessionDurationInMinutes: 15 }));
  check("its address", anonymousUrl.startsWith(`${got.defaultEndpoint}?`), true);
  const entered = await fetch(anonymousUrl, { redirect: "manual" });
  check("the way in", [entered.status, entered.headers.get("location")], [303, `/web/${webExperienceId}/`]);
  check("once", (await fetch(anonymousUrl, { redirect: "manual" })).status, 403);
  await refused("a provider for nobody", ValidationException, new UpdateWebExperienceCommand({
    ...here, identityProviderConfiguration: { samlConfiguration: { authenticationUrl: "https://idp.example.com" } },
  }));
  await client.send(new DeleteWebExperienceCommand(here));
  await refused("a deleted web experience", ResourceNotFoundException, new GetWebExperienceCommand(here));
  await client.send(new DeleteApplicationCommand({ applicationId }));
}

async function controls() {
  const { applicationId } = await client.send(new CreateApplicationCommand({ displayName: "controlled", identityType: "ANONYMOUS" }));
  const shown = () => client.send(new GetChatControlsConfigurationCommand({ applicationId }));
  check("the controls of a new application", (await shown()).creatorModeConfiguration, { creatorModeControl: "ENABLED" });
  await client.send(new UpdateChatControlsConfigurationCommand({ applicationId, blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ["機密"] } }));
  check("its blocked phrases", (await shown()).blockedPhrases, { blockedPhrases: ["機密"] });
  await refused("a scope without users", ValidationException, new UpdateChatControlsConfigurationCommand({ applicationId, responseScope: "EXTENDED_KNOWLEDGE_ENABLED" }));
  await client.send(new DeleteChatControlsConfigurationCommand({ applicationId }));
  check("no blocked phrase", (await shown()).blockedPhrases, { blockedPhrases: [] });
  const responseConfigurations = { ALL: { instructionCollection: { tone: "Friendly" } } };
  const { chatResponseConfigurationId } = await client.send(new CreateChatResponseConfigurationCommand({ applicationId, displayName: "brief", responseConfigurations }));
  const here = { applicationId, chatResponseConfigurationId };
  const got = await client.send(new GetChatResponseConfigurationCommand(here));
  check("the response configuration", [got.inUseConfiguration.status, got.inUseConfiguration.responseConfigurations], ["ACTIVE", responseConfigurations]);
  await client.send(new UpdateChatResponseConfigurationCommand({ ...here, displayName: "briefer", responseConfigurations }));
  check("the list", (await all(paginateListChatResponseConfigurations({ client }, { applicationId }), "chatResponseConfigurations")).map((c) => c.displayName), ["briefer"]);
  await client.send(new DeleteChatResponseConfigurationCommand(here));
  await refused("a deleted response configuration", ResourceNotFoundException, new GetChatResponseConfigurationCommand(here));
  await client.send(new DeleteApplicationCommand({ applicationId }));
}

async function end({ applicationId }, plugin) {
  await client.send(new DeletePluginCommand(plugin));
  await refused("a deleted plugin", ResourceNotFoundException, new GetPluginCommand(plugin));
  await client.send(new DeleteApplicationCommand({ applicationId }));
  await wait("the application vanishes", async () => (await all(paginateListApplications({ client }, {}), "applications")).length === 0);
}

const app = await applications();
await pages(app);
const plugin = await plugins(app);
await permissions(app);
await tags(app);
await library(app);
await experiences();
await controls();
await end(app, plugin);
console.log("ok the AWS SDK for JavaScript: all families");
