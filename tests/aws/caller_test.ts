/**
 * Whose credentials an administrative command finds where no profile is named: those of what it
 * runs in, and never one of two.
 *
 * @module
 */
import { resolveCaller } from "../../src/aws/caller.ts";
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { ConfigHome } from "./config_home.ts";

const PAIR = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "CANARY" };
const POD = {
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/run/token",
};
const TASK = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/creds" };
const KEYS = "aws_access_key_id = AKIAFILE\naws_secret_access_key = CANARY\n";
const DEFAULT = `[default]\nregion = eu-west-1\n`;

interface Case {
  readonly what: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly profile?: string;
  /** Kind, and who it is in words. */
  readonly expected: readonly [string, string];
}

const CASES: readonly Case[] = [
  {
    what: "keys of the environment come before everything",
    variables: { ...PAIR, ...POD, ...TASK },
    config: `${DEFAULT}${KEYS}`,
    expected: ["environment", "AWS_ACCESS_KEY_ID"],
  },
  {
    what: "a named profile comes before those",
    variables: { ...PAIR, ...POD, ...TASK },
    config: `[profile ops]\n${KEYS}`,
    profile: "ops",
    expected: ["keys", 'profile "ops"'],
  },
  {
    what: "a pod without any file",
    variables: POD,
    expected: ["web_identity", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  },
  {
    what: "a pod whose default profile has settings only",
    variables: POD,
    config: DEFAULT,
    expected: ["web_identity", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  },
  {
    what: "a task without any file",
    variables: TASK,
    expected: ["container", "AWS_CONTAINER_CREDENTIALS_FULL_URI"],
  },
  {
    what: "in a task the default profile comes first, for every tool",
    variables: TASK,
    config: `${DEFAULT}${KEYS}`,
    expected: ["keys", 'profile "default"'],
  },
  {
    what: "AWS_PROFILE comes before the pod",
    variables: { ...POD, AWS_PROFILE: "ops" },
    config: `[profile ops]\n${KEYS}`,
    expected: ["keys", 'profile "ops"'],
  },
];

for (const { what, variables, config = "", profile = null, expected } of CASES) {
  Deno.test(`caller: ${what}`, async () => {
    using home = new ConfigHome({ config }, variables);
    const { caller } = await resolveCaller({ profile, env: home.env });
    assertEquals([caller.base.kind, caller.name], expected);
  });
}

const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  [
    "a pod beside a default profile, of which tools choose differently",
    POD,
    `${DEFAULT}${KEYS}`,
    "tools differ",
  ],
  ["nothing at all", {}, "", 'there is no profile "default" that has any'],
  ["settings and nothing else", {}, DEFAULT, 'there is no profile "default" that has any'],
  ["a token without a role", { AWS_WEB_IDENTITY_TOKEN_FILE: "/run/token" }, "", "AWS_ROLE_ARN"],
  [
    "a name that STS refuses",
    { ...POD, AWS_ROLE_SESSION_NAME: "a/b" },
    "",
    "AWS_ROLE_SESSION_NAME",
  ],
  ["half a pair beside a pod", { ...POD, AWS_ACCESS_KEY_ID: "AKIA" }, "", "half a key pair"],
  [
    "a broken default profile beside a task",
    TASK,
    `[default]\nregion = EU\n${KEYS}`,
    "region must be",
  ],
];

for (const [what, variables, config, says] of REFUSED) {
  Deno.test(`no caller: ${what}`, async () => {
    using home = new ConfigHome({ config }, variables);
    await assertRejects(() => resolveCaller({ profile: null, env: home.env }), SentinelError, says);
  });
}
