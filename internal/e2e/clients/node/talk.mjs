// Talks with plugins through the AWS SDK for JavaScript, the way its users do.
//
// Takes the endpoint from AWS_ENDPOINT_URL and credentials from the environment.
// Arguments: a file with the OpenAPI document of a desk, one with the document
// of a desk that wants a sign-in, and the ARN of that desk's client secret.
// Prints one "ok" line per check and exits with status 1 at the first that fails.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  ChatSyncCommand, ConflictException, CreateApplicationCommand, CreatePluginCommand, DeleteConversationCommand,
  ListMessagesCommand, QBusinessClient, ResourceNotFoundException, ValidationException, paginateListConversations,
  paginateListMessages,
} from "@aws-sdk/client-qbusiness";

const client = new QBusinessClient({ maxAttempts: 1 });
const [openDocument, guardedDocument, secretArn] = process.argv.slice(2);

const askOpen = "Which tickets are open?";
const askTicket = 'Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01';

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

async function plugin(applicationId, displayName, file, authConfiguration) {
  const made = await client.send(new CreatePluginCommand({
    applicationId, displayName, type: "CUSTOM", authConfiguration,
    customPluginConfiguration: {
      description: "Tickets", apiSchemaType: "OPEN_API_V3", apiSchema: { payload: readFileSync(file, "utf8") },
    },
  }));
  check(`the plugin ${displayName} is READY`, made.buildStatus, "READY");
  return made.pluginId;
}

function talk(applicationId, pluginId, said) {
  return new ChatSyncCommand({
    applicationId, chatMode: "PLUGIN_MODE", chatModeConfiguration: { pluginConfiguration: { pluginId } }, ...said,
  });
}

const after = ({ conversationId, systemMessageId }) => ({ conversationId, parentMessageId: systemMessageId });

function confirmation({ pluginId, payload, payloadFieldNameSeparator }, changed = {}) {
  const fields = {};
  for (const [key, { value }] of Object.entries(payload)) if (value !== undefined) fields[key] = { value };
  for (const [key, value] of Object.entries(changed)) fields[key] = { value };
  return { pluginId, payload: fields, payloadFieldNameSeparator };
}

async function openDesk(applicationId) {
  const id = await plugin(applicationId, "desk", openDocument, { noAuthConfiguration: {} });
  const read = await client.send(talk(applicationId, id, { userMessage: askOpen }));
  check("a read is done at once", [read.systemMessage.includes("Coffee machine leaks"), read.actionReview], [true, undefined]);
  const form = await client.send(talk(applicationId, id, { userMessage: askTicket, ...after(read) }));
  const review = form.actionReview;
  const { displayName, displayOrder, type, required, value } = review.payload.subject;
  check("a field of the form", [displayName, displayOrder, type, required, value], ["Subject", 1, "STRING", true, "Printer on floor 3 jams"]);
  check("its choices", review.payload.priority.allowedValues.map((c) => c.value), ["low", "normal", "urgent"]);
  check("an array's items", review.payload.labels.arrayItemJsonSchema, { type: "string" });
  const invalid = await refused("an altered key", ValidationException,
    talk(applicationId, id, { actionExecution: confirmation(review, { status: "solved" }), ...after(form) }));
  check("it is named", invalid.fields.map((f) => f.name), ["actionExecution.payload.status"]);
  await refused("another separator", ValidationException,
    talk(applicationId, id, { actionExecution: { ...confirmation(review), payloadFieldNameSeparator: "/" }, ...after(form) }));
  await refused("another user", ResourceNotFoundException,
    talk(applicationId, id, { userId: "mallory", actionExecution: confirmation(review), ...after(form) }));
  const run = { clientToken: randomUUID(), actionExecution: confirmation(review, { people: 2, labels: ["paper"] }), ...after(form) };
  const done = await client.send(talk(applicationId, id, run));
  check("the token answers again", (await client.send(talk(applicationId, id, run))).systemMessageId, done.systemMessageId);
  await refused("a replay", ConflictException, talk(applicationId, id, { ...run, clientToken: randomUUID() }));
  await history(applicationId, done.conversationId);
}

async function history(applicationId, conversationId) {
  const conversations = await all(paginateListConversations({ client, pageSize: 1 }, { applicationId }), "conversations");
  check("conversations", conversations.map((c) => c.conversationId), [conversationId]);
  const messages = await all(paginateListMessages({ client, pageSize: 2 }, { applicationId, conversationId }), "messages");
  check("messages, the newest first", messages.map((m) => m.type), ["SYSTEM", "USER", "SYSTEM", "USER", "SYSTEM", "USER"]);
  check("what was confirmed", messages[1].actionExecution.payload.people.value, 2);
  check("what was to be confirmed", messages[2].actionReview.payload.subject.required, true);
  await client.send(new DeleteConversationCommand({ applicationId, conversationId }));
  await refused("a deleted conversation", ResourceNotFoundException, new ListMessagesCommand({ applicationId, conversationId }));
}

async function guardedDesk(applicationId) {
  const id = await plugin(applicationId, "guarded", guardedDocument, {
    oAuth2ClientCredentialConfiguration: { secretArn, roleArn: "arn:aws:iam::000000000000:role/plugin" },
  });
  const first = await client.send(talk(applicationId, id, { userId: "ann", userMessage: askOpen }));
  const page = await fetch(first.authChallengeRequest.authorizationUrl);
  check("the browser ends on Parley's page", [page.status, page.url.includes("/oauth/callback")], [200, true]);
  const state = new URL(first.authChallengeRequest.authorizationUrl).searchParams.get("state");
  const done = await client.send(talk(applicationId, id, { userId: "ann", authChallengeResponse: { responseMap: { state } }, ...after(first) }));
  check("the call goes on", done.systemMessage.includes("Coffee machine leaks"), true);
}

const { applicationId } = await client.send(new CreateApplicationCommand({
  displayName: "javascript", identityType: "AWS_IAM_IDP_OIDC", clientIdsForOIDC: ["parley"],
  iamIdentityProviderArn: "arn:aws:iam::000000000000:oidc-provider/login.example.com",
}));
await openDesk(applicationId);
await guardedDesk(applicationId);
console.log("ok the AWS SDK for JavaScript: the whole talk");
