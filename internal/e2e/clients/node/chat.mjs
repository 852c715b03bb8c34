// Holds streamed conversations with Chat of the AWS SDK for JavaScript, unmodified,
// over HTTP/2 and TLS: the way its users do, but for the file of the server's CA in
// NODE_EXTRA_CA_CERTS.
//
// Takes the endpoint from AWS_ENDPOINT_URL and credentials from the environment.
// Arguments: a file with the OpenAPI document of a desk, and a URL that lets the
// server's language model say what it holds back. Prints one "ok" line per check and
// exits with status 1 at the first that fails.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  BatchPutDocumentCommand, ChatCommand, CreateApplicationCommand, CreateIndexCommand, CreatePluginCommand,
  CreateRetrieverCommand, ListDocumentsCommand, QBusinessClient, ResourceNotFoundException, ValidationException, paginateListMessages,
} from "@aws-sdk/client-qbusiness";

const client = new QBusinessClient({ maxAttempts: 1 });
const [deskDocument, letGo] = process.argv.slice(2);
const bytes = (text) => new TextEncoder().encode(text);

const papers = {
  handbook: "Everybody has thirty days of holiday a year. Ask your team lead two weeks ahead.",
  firmware: "The printer firmware ships in May. The release team is led by Doris.",
};

function check(what, got, want) {
  assert.deepEqual(got, want, `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  console.log(`ok ${what}`);
}

// What is promised must be refused with an error of that name, which is returned. An
// error that comes after the answer has begun, as an event, has the name only: the
// SDK has classes for those that come in place of an answer.
async function refused(what, name, promised) {
  const error = await promised.then(() => assert.fail(`${what}: not refused`), (e) => e);
  assert.equal(error.name, name, `${what}: ${error.name}: ${error.message}, want ${name}`);
  console.log(`ok ${what}: ${error.message.split("\n")[0]}`);
  return error;
}

const members = (error) => JSON.parse(error.message.split("\n")[0]);

async function assistant() {
  const { applicationId } = await client.send(new CreateApplicationCommand({
    displayName: "assistant", identityType: "AWS_IAM_IDP_OIDC", clientIdsForOIDC: ["assistant"],
    iamIdentityProviderArn: "arn:aws:iam::000000000000:oidc-provider/login.example.com",
    attachmentsConfiguration: { attachmentsControlMode: "ENABLED" },
  }));
  const { indexId } = await client.send(new CreateIndexCommand({ applicationId, displayName: "papers" }));
  await client.send(new CreateRetrieverCommand({
    applicationId, type: "NATIVE_INDEX", displayName: "papers", configuration: { nativeIndexConfiguration: { indexId } },
  }));
  await client.send(new BatchPutDocumentCommand({
    applicationId, indexId,
    documents: Object.entries(papers).map(([id, text]) => ({
      id, title: `The ${id}`, contentType: "PLAIN_TEXT", content: { blob: bytes(text) },
      attributes: [{ name: "_source_uri", value: { stringValue: `https://wiki.example.com/${id}` } }],
    })),
  }));
  for (let indexed = 0; indexed < Object.keys(papers).length; await pause(20)) {
    const { documentDetailList } = await client.send(new ListDocumentsCommand({ applicationId, indexId }));
    indexed = documentDetailList.filter((d) => d.status === "INDEXED").length;
  }
  return { applicationId, indexId };
}

// turn sends events, the end of input after them, and yields what comes back.
async function* turn(input, events, options = {}) {
  async function* said() {
    yield* events;
    yield { endOfInputEvent: {} };
  }
  const { outputStream } = await client.send(new ChatCommand({ ...input, inputStream: said() }), options);
  yield* outputStream;
}

async function all(items) {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

const mode = (chatMode, pluginId) => ({
  configurationEvent: { chatMode, chatModeConfiguration: pluginId && { pluginConfiguration: { pluginId } } },
});
const text = (userMessage) => ({ textEvent: { userMessage } });
const file = (name, data) => ({ attachmentEvent: { attachment: { name, data } } });
const kinds = (events) => events.map((e) => Object.keys(e)[0]);
const increments = (events) => events.filter((e) => e.textEvent).map((e) => e.textEvent.systemMessage);
const metadata = (events) => events.at(-1).metadataEvent;
const after = ({ conversationId, systemMessageId }) => ({ conversationId, parentMessageId: systemMessageId });

// The words of the answer that a source is cited for: offsets count characters, of
// which JavaScript's strings have more than one for some.
function claims(answer, source) {
  const characters = [...answer.finalTextMessage];
  return source.textMessageSegments.map((s) => characters.slice(s.beginOffset, s.endOffset).join(""));
}

async function cited({ applicationId, indexId }) {
  const events = await all(turn({ applicationId }, [mode("RETRIEVAL_MODE"), text("How many days of holiday do I have?")]));
  const first = events[0].textEvent;
  check("the first event has the ids, and no text yet", [first.systemMessageType, first.systemMessage], ["RESPONSE", ""]);
  const answer = metadata(events);
  check("the last event has the same ids", [answer.conversationId, answer.userMessageId, answer.systemMessageId],
    [first.conversationId, first.userMessageId, first.systemMessageId]);
  check("nothing but text comes before it", new Set(kinds(events.slice(0, -1))), new Set(["textEvent"]));
  check("the answer comes in pieces", increments(events).filter((piece) => piece !== "").length > 5, true);
  check("which are the answer", increments(events).join(""), answer.finalTextMessage);
  check("with no mark in it", answer.finalTextMessage, "Everybody has thirty days 🎉 of holiday a year. Ask your team lead two weeks ahead.");
  check("one source", answer.sourceAttributions.map((s) => [s.citationNumber, s.documentId, s.title, s.url, s.indexId]),
    [[1, "handbook", "The handbook", "https://wiki.example.com/handbook", indexId]]);
  check("for both claims, to the character", claims(answer, answer.sourceAttributions[0]).map((c) => c.trim().replace(/\.$/, "")),
    ["Everybody has thirty days 🎉 of holiday a year", "Ask your team lead two weeks ahead"]);
  check("with an excerpt", answer.sourceAttributions[0].textMessageSegments[0].snippetExcerpt.text.includes("thirty days of holiday"), true);
  return answer;
}

async function streamed({ applicationId }, before) {
  const events = turn({ applicationId, ...after(before) }, [mode("CREATOR_MODE"), text("Take your time: what is a parrot?")]);
  const { value } = await events.next();
  check("the first event comes before the model has said a word", value.textEvent.systemMessage, "");
  check("in the conversation that goes on", value.textEvent.conversationId, before.conversationId);
  await refused("another message meanwhile", "ConflictException",
    all(turn({ applicationId, ...after(before) }, [text("And now?")])));
  await fetch(letGo);
  const answer = metadata(await all(events));
  check("then comes the rest", answer.finalTextMessage, "A parrot is a bird 🦜 that speaks.");
  const pages = paginateListMessages({ client }, { applicationId, conversationId: before.conversationId });
  const messages = (await all(pages)).flatMap((page) => page.messages);
  check("both turns are kept, the newest first", messages.map((m) => [m.type, m.messageId]), [
    ["SYSTEM", answer.systemMessageId], ["USER", answer.userMessageId],
    ["SYSTEM", before.systemMessageId], ["USER", before.userMessageId],
  ]);
  return answer;
}

async function files({ applicationId }) {
  const events = await all(turn({ applicationId }, [
    file("door.txt", bytes("The door is blue, and its handle is brass.")),
    file("broken.pdf", bytes("%PDF-1.7 and nothing else")),
    text("Which colour is the door?"),
  ]));
  check("a file that cannot be read is named at once, and the rest goes on", kinds(events).slice(0, 3), ["textEvent", "failedAttachmentEvent", "textEvent"]);
  const failed = events[1].failedAttachmentEvent;
  check("with why", [failed.attachment.name, failed.attachment.status, typeof failed.attachment.error.errorMessage], ["broken.pdf", "FAILED", "string"]);
  const answer = metadata(events);
  check("the answer rests on the other", [answer.finalTextMessage, answer.sourceAttributions[0].title, answer.sourceAttributions[0].datasourceId],
    ["The door is blue.", "door.txt", "uploaded-docs-file-stat-datasourceid"]);
  const again = metadata(await all(turn({ applicationId, ...after(answer) }, [text("Which colour is the door?")])));
  check("which stays in the conversation", [again.finalTextMessage, again.sourceAttributions[0].title], ["The door is blue.", "door.txt"]);
  const large = bytes("The door is blue. ".repeat(30_000));
  const third = metadata(await all(turn({ applicationId }, [file("large.txt", large), text("Which colour is the door?")])));
  check("half a megabyte arrives too", third.sourceAttributions[0].title, "large.txt");
}

async function acts({ applicationId }) {
  const { pluginId } = await client.send(new CreatePluginCommand({
    applicationId, displayName: "desk", type: "CUSTOM", authConfiguration: { noAuthConfiguration: {} },
    customPluginConfiguration: {
      description: "Tickets", apiSchemaType: "OPEN_API_V3", apiSchema: { payload: readFileSync(deskDocument, "utf8") },
    },
  }));
  const plugin = mode("PLUGIN_MODE", pluginId);
  const read = await all(turn({ applicationId }, [plugin, text("Which tickets are open?")]));
  check("a read is done at once", metadata(read).finalTextMessage.includes("Coffee machine leaks"), true);
  const asked = await all(turn({ applicationId, ...after(metadata(read)) },
    [plugin, text('Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01')]));
  check("a write is shown first", kinds(asked).slice(-2), ["actionReviewEvent", "metadataEvent"]);
  const { payload, payloadFieldNameSeparator, ...form } = asked.at(-2).actionReviewEvent;
  check("by the plugin", [form.pluginId, form.pluginType, form.systemMessageId], [pluginId, "CUSTOM", metadata(asked).systemMessageId]);
  check("with its fields", [payload.subject.value, payload.priority.allowedValues.map((c) => c.value), payload.subject.required],
    ["Printer on floor 3 jams", ["low", "normal", "urgent"], true]);
  const fields = { people: { value: 2 } };
  for (const [key, { value }] of Object.entries(payload)) if (value !== undefined) fields[key] = { value };
  const confirmation = { actionExecutionEvent: { pluginId, payload: fields, payloadFieldNameSeparator } };
  const token = { clientToken: randomUUID() };
  const run = () => all(turn({ applicationId, ...token, ...after(metadata(asked)) }, [plugin, confirmation]));
  const done = metadata(await run());
  check("what was confirmed is done", done.conversationId, metadata(read).conversationId);
  check("the token answers again, from the beginning", metadata(await run()).systemMessageId, done.systemMessageId);
  await refused("a replay", "ConflictException", all(turn({ applicationId, ...after(metadata(asked)) }, [plugin, confirmation])));
}

async function mistakes({ applicationId }, before) {
  const wrong = await refused("an ID that is none", "ValidationException",
    all(turn({ applicationId, conversationId: "x" }, [text("Hello?")])));
  check("of its class: nothing was answered yet", [wrong instanceof ValidationException, wrong.fields[0].name], [true, "conversationId"]);
  const missing = await refused("no such conversation", "ResourceNotFoundException",
    all(turn({ applicationId, conversationId: randomUUID(), parentMessageId: randomUUID() }, [text("Hello?")])));
  check("of its class, too", [missing instanceof ResourceNotFoundException, missing.resourceType], [true, "conversation"]);
  const silent = await refused("no word at all", "ValidationException", all(turn({ applicationId }, [])));
  check("the event is named", members(silent).fields.map((f) => f.name), ["textEvent"]);
  await refused("two words at once", "ValidationException", all(turn({ applicationId }, [text("One"), text("Two")])));
  await refused("an old answer", "ValidationException",
    all(turn({ applicationId, conversationId: before.conversationId, parentMessageId: randomUUID() }, [text("Hello?")])));

  const heard = [];
  const broken = turn({ applicationId, ...after(before) }, [mode("CREATOR_MODE"), text("Break off: what is a parrot?")]);
  const error = await refused("a model that breaks off", "ExternalResourceException", (async () => {
    for await (const event of broken) heard.push(event);
  })());
  check("after what was heard", [heard.length > 1, increments(heard).join("").startsWith("One two")], [true, true]);
  check("in words for a person", /language model/.test(members(error).message), true);
  const { systemMessageId } = heard[0].textEvent;
  const on = metadata(await all(turn({ applicationId, conversationId: before.conversationId, parentMessageId: systemMessageId },
    [mode("RETRIEVAL_MODE"), text("How many days of holiday do I have?")])));
  check("the conversation goes on", on.sourceAttributions[0].documentId, "handbook");
  return on;
}

// A client that leaves in the middle keeps nobody from going on.
async function left({ applicationId }, before) {
  const leave = new AbortController();
  const events = turn({ applicationId, ...after(before) },
    [mode("CREATOR_MODE"), text("Take your time: what is a parrot?")], { abortSignal: leave.signal });
  check("a first event, then nobody listens", (await events.next()).value.textEvent.systemMessage, "");
  leave.abort();
  for (const deadline = Date.now() + 30_000; ; await pause(50)) {
    try {
      const on = metadata(await all(turn({ applicationId, conversationId: before.conversationId, parentMessageId: before.systemMessageId },
        [mode("RETRIEVAL_MODE"), text("How many days of holiday do I have?")])));
      return check("and the conversation goes on", on.sourceAttributions[0].documentId, "handbook");
    } catch (error) {
      if (error.name !== "ConflictException" || Date.now() > deadline) throw error;
    }
  }
}

const app = await assistant();
const answer = await cited(app);
const last = await streamed(app, answer);
await files(app);
await acts(app);
await left(app, await mistakes(app, last));
client.destroy();
console.log("ok the AWS SDK for JavaScript: streamed conversations");
