/**
 * The webhook against a real receiver: what it gets is signed and whole, what fails is tried again
 * within bounds, and nothing of the receiver's address or secret is ever told.
 *
 * @module
 */
import { systemClock } from "../../src/clock.ts";
import { SentinelError } from "../../src/errors.ts";
import {
  deliver,
  type DeliveryOptions,
  readWebhook,
  signature,
  type Webhook,
  type WebhookMessage,
} from "../../src/io/webhook.ts";
import { announcementDocument } from "../../src/state/announcement.ts";
import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";
import { waitFor } from "../support/wait.ts";
import { startWebhookReceiver, WEBHOOK_SECRET } from "../support/webhook_receiver.ts";

const HOSTILE = 'why\x1b[2J\u202e"\n=cmd|';
const ALICE = { user: "alice", arn: "arn:aws:iam::123456789012:user/alice" };

const REQUEST: ApprovalRequest = {
  id: "0123456789abcdef",
  requester: ALICE,
  profile: "prod",
  role: null,
  account: "123456789012",
  justification: HOSTILE,
  durationSeconds: 3600,
  status: "pending",
  createdAt: 0,
  updatedAt: 0,
  pendingUntil: 86_400_000,
  approvedAt: null,
  decisions: [],
};

const MESSAGE: WebhookMessage = announcementDocument({
  id: "fedcba9876543210",
  name: "request.created",
  at: 0,
  by: ALICE,
  table: "sentinel-requests",
  comment: null,
  request: REQUEST,
});

/** Delivers as the environment says; the runtime reads its proxies when it starts. */
const DELIVER = `
import { deliver, readWebhook } from ${
  JSON.stringify(import.meta.resolve("../../src/io/webhook.ts"))
};
import { systemClock } from ${JSON.stringify(import.meta.resolve("../../src/clock.ts"))};
const message = ${JSON.stringify(MESSAGE)};
console.log(await deliver(readWebhook(Deno.env), message, { clock: systemClock }));
`;

/** The machine's clock, with timers that run a hundred times as fast. */
const hasty: DeliveryOptions["clock"] = {
  ...systemClock,
  after: (ms, callback) => systemClock.after(ms / 100, callback),
};

function webhookTo(env: Readonly<Record<string, string>>): Webhook {
  return readWebhook({ get: (name) => env[name] })!;
}

function send(env: Readonly<Record<string, string>>, options: Partial<DeliveryOptions> = {}) {
  return deliver(webhookTo(env), MESSAGE, { clock: hasty, random: () => 0, ...options });
}

Deno.test("a message is delivered once, signed, and reads back as it was meant", async () => {
  await using receiver = startWebhookReceiver();
  assertEquals(await send(receiver.env), null);
  const [only, ...others] = receiver.received;
  assertEquals(others, []);
  assertEquals([only!.method, only!.isGenuine], ["POST", true]);
  assertEquals(only!.headers.get("content-type"), "application/json");
  assertEquals(only!.headers.get("x-sentinel-event"), "request.created");
  assertEquals(only!.headers.get("x-sentinel-delivery"), "fedcba9876543210");
  assertEquals(only!.message, JSON.parse(JSON.stringify(MESSAGE)));
  assertEquals(only!.message.request.justification, HOSTILE);
  assertMatch(only!.body, /^[ -~]*$/, "whoever prints the body prints no control character");
});

Deno.test("a message that was changed, or is sent again with another moment, has a wrong signature", async () => {
  const signed = await signature("body", { secret: WEBHOOK_SECRET, seconds: 1000.9 });
  assertMatch(signed, /^t=1000,v1=[0-9a-f]{64}$/);
  const others = [
    signature("bodY", { secret: WEBHOOK_SECRET, seconds: 1000 }),
    signature("body", { secret: WEBHOOK_SECRET, seconds: 1001 }),
    signature("body", { secret: `${WEBHOOK_SECRET}!`, seconds: 1000 }),
  ];
  for (const other of await Promise.all(others)) {
    assert(other.slice(-64) !== signed.slice(-64));
  }
});

Deno.test("what may pass is tried again, what may not is not", async (t) => {
  for (
    const [answers, failure, attempts] of [
      [[503], null, 2],
      [[500, 429], null, 3],
      [[503, 503, 503], "it answered 503", 3],
      [["hang"], null, 2],
      [["hang", "hang", "hang"], "it did not answer within 10 s", 3],
      [[400], "it answered 400", 1],
      [[401], "it answered 401", 1],
      [[404], "it answered 404", 1],
    ] as const
  ) {
    await t.step(`${answers.join(", ")} → ${failure}`, async () => {
      await using receiver = startWebhookReceiver();
      receiver.answer(...answers);
      assertEquals(await send(receiver.env), failure);
      assertEquals(receiver.received.length, attempts);
      assert(receiver.received.every(({ isGenuine }) => isGenuine), "each attempt is signed");
      assertEquals(new Set(receiver.received.map(({ message }) => message.id)).size, 1);
    });
  }
});

Deno.test("a redirect is not followed, wherever it leads", async () => {
  await using receiver = startWebhookReceiver();
  await using other = startWebhookReceiver();
  receiver.answer({ redirectTo: other.url });
  assertEquals(
    await send(receiver.env),
    "it answered 302, and redirects are not followed",
  );
  assertEquals([receiver.received.length, other.received.length], [1, 0]);
});

Deno.test("a receiver that is not there is tried three times and told without its URL", async () => {
  const { url } = await (async () => {
    await using gone = startWebhookReceiver();
    return gone;
  })();
  const reason = await send({
    SENTINEL_WEBHOOK_URL: url,
    SENTINEL_WEBHOOK_SECRET: WEBHOOK_SECRET,
  });
  assertEquals(reason, "it cannot be reached (connection refused)");
});

Deno.test("why a receiver cannot be reached is told in few words, without its URL", async () => {
  await using receiver = startWebhookReceiver();
  const { SENTINEL_WEBHOOK_SECRET } = receiver.env;
  const cases = [
    [receiver.url.replace("http:", "https:"), "TLS failed"],
    // fetch() calls no such port.
    ["http://127.0.0.1:1/hunter2", "no connection"],
  ] as const;
  for (const [url, reason] of cases) {
    const env = { SENTINEL_WEBHOOK_URL: url, SENTINEL_WEBHOOK_SECRET: SENTINEL_WEBHOOK_SECRET! };
    assertEquals(await send(env, { once: true }), `it cannot be reached (${reason})`);
  }
});

Deno.test("where the receiver has failed before, one attempt is enough", async () => {
  await using receiver = startWebhookReceiver();
  receiver.answer(503, 204);
  assertEquals(await send(receiver.env, { once: true }), "it answered 503");
  assertEquals(receiver.received.length, 1);
});

Deno.test("what goes to this machine passes no proxy", async () => {
  await using receiver = startWebhookReceiver();
  await using proxy = startWebhookReceiver();
  const hosts = ["127.0.0.1", "localhost"];
  for (const host of hosts) {
    const SENTINEL_WEBHOOK_URL = receiver.url.replace("127.0.0.1", host);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", DELIVER],
      env: { ...receiver.env, SENTINEL_WEBHOOK_URL, HTTP_PROXY: proxy.url, NO_PROXY: "" },
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "null\n"]);
  }
  assertEquals([receiver.received.length, proxy.received.length], [hosts.length, 0]);
});

Deno.test("an interruption ends a delivery at once: in an attempt, and in a pause", async () => {
  for (const [answer, clock] of [["hang", systemClock], [503, systemClock]] as const) {
    await using receiver = startWebhookReceiver();
    receiver.answer(answer);
    const interruption = new AbortController();
    const sent = send(receiver.env, { clock, signal: interruption.signal });
    await waitFor("an attempt", () => receiver.received.length === 1);
    interruption.abort();
    assertEquals(await sent, "it was interrupted");
    assertEquals(receiver.received.length, 1);
  }
});

Deno.test("a receiver must be reached privately; what is wrong is told without the URL", () => {
  const good = [
    "https://hooks.example.com/services/T0/B0/x?y=z",
    "http://127.0.0.1:8080/",
    "http://127.9.9.9/",
    "http://[::1]:8080/x",
    "http://localhost:1234/x",
  ];
  for (const url of good) {
    const webhook = webhookTo({
      SENTINEL_WEBHOOK_URL: url,
      SENTINEL_WEBHOOK_SECRET: WEBHOOK_SECRET,
    });
    assertEquals([webhook.url, webhook.origin], [url, new URL(url).origin]);
  }
  const bad = [
    "http://hooks.example.com/hunter2",
    "http://10.0.0.1/hunter2",
    "http://localhost.example.com/hunter2",
    "http://127.0.0.1.example.com/hunter2",
    "https://user:hunter2@example.com/",
    "https://hunter2@example.com/",
    "ftp://localhost/hunter2",
    "file:///hunter2",
    "hunter2",
    "//example.com/hunter2",
  ];
  for (const url of bad) {
    const env = { SENTINEL_WEBHOOK_URL: url, SENTINEL_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const error = assertThrows(() => webhookTo(env), SentinelError);
    assertEquals(error.code, "CONFIG_INVALID", url);
    assert(!`${error.message}${error.suggestion}`.includes("hunter2"), error.message);
  }
  for (const secret of [undefined, "", "too short"]) {
    const env = {
      SENTINEL_WEBHOOK_URL: good[0]!,
      ...(secret !== undefined && { SENTINEL_WEBHOOK_SECRET: secret }),
    };
    const error = assertThrows(() => webhookTo(env), SentinelError, "SENTINEL_WEBHOOK_SECRET");
    assert(secret === undefined || secret === "" || !error.message.includes(secret));
  }
  assertEquals(readWebhook({ get: () => undefined }), null);
  assertEquals(readWebhook({ get: () => "" }), null);
});
