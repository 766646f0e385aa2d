/**
 * Every effect at every door with every kind of session table, through the real program: what
 * becomes of it, in which words, with which exit status, and where the session is recorded.
 *
 * @module
 */
import { RULE_EFFECTS, type RuleEffect } from "../../src/policy/policy.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, PROD_ROLE, type Sandbox } from "../support/sandbox.ts";
import { policyOf, sessionsIn } from "../support/serving.ts";

/** A way to ask for credentials. */
type Door = "credentials" | "exec" | "server" | "server with flag" | "server with environment";

const DOORS: readonly Door[] = [
  "credentials",
  "exec",
  "server",
  "server with flag",
  "server with environment",
];

/** Who names a table: nobody or the rule, besides the door. */
const OWN_TABLES = [false, true] as const;

interface Case {
  readonly effect: RuleEffect;
  readonly door: Door;
  readonly ownTable: boolean;
}

const profileOf = ({ effect, ownTable }: Omit<Case, "door">) =>
  `${effect.replaceAll("_", "-")}${ownTable ? "-own" : ""}`;

/** What the message must say, or `null` when the door opens. Written from the contract alone. */
function refusalOf({ effect, door, ownTable }: Case, profile: string): string | null {
  const isServer = door.startsWith("server");
  switch (effect) {
    case "allow":
      return null;
    case "deny":
      return `policy denies profile "${profile}": rule "${profile}" (`;
    case "require_approval":
      return `policy requires an approval for profile "${profile}": rule "${profile}" (`;
    case "require_server":
      if (isServer) return null;
      return door === "exec"
        ? `policy requires server mode for profile "${profile}". Add --server flag\n`
        : `policy requires server mode for profile "${profile}". ` +
          `Use: sentinel exec --server --profile ${profile} -- <cmd>\n`;
    case "require_server_session": {
      const use =
        `Use: sentinel exec --server --session-table <table> --profile ${profile} -- <cmd>\n`;
      const both = `policy requires server mode with session tracking for profile "${profile}". `;
      if (door === "exec") return both + use;
      if (door === "credentials") {
        return `${both}credential_process doesn't support session tracking. ${use}`;
      }
      return door === "server" && !ownTable
        ? `policy requires session tracking for profile "${profile}". Add --session-table <table> flag\n`
        : null;
    }
  }
}

/** Name of the table that must hold the session, or `null` (P5). */
function tableOf({ door, ownTable }: Case): "own" | "flag" | "environment" | null {
  if (!door.startsWith("server")) return null;
  if (ownTable) return "own";
  if (door === "server with flag") return "flag";
  return door === "server with environment" ? "environment" : null;
}

async function prepare(sandbox: Sandbox): Promise<void> {
  const sections: string[] = [];
  const rules = [];
  for (const effect of RULE_EFFECTS) {
    for (const ownTable of OWN_TABLES) {
      const profile = profileOf({ effect, ownTable });
      sections.push(`\n[profile ${profile}]\nrole_arn = ${PROD_ROLE}\nsource_profile = base\n`);
      rules.push({
        effect,
        name: profile,
        profile,
        ...(ownTable && { session_table: `sqlite:${sandbox.home}/own.db` }),
      });
    }
  }
  await Deno.writeTextFile(`${sandbox.home}/.aws/config`, sections.join(""), { append: true });
  await sandbox.writePolicy(policyOf(...rules));
}

function commandLine(door: Door, profile: string, sandbox: Sandbox): readonly string[] {
  if (door === "credentials") return ["credentials", "--profile", profile];
  return [
    "exec",
    ...(door.startsWith("server") ? ["--server"] : []),
    ...(door === "server with flag" ? ["--session-table", `sqlite:${sandbox.home}/flag.db`] : []),
    ...["--profile", profile, "--", "/bin/sh", "-c", 'echo "ran"; exit 9'],
  ];
}

/** How many sessions of `profile` each table holds. */
async function countSessions(profile: string, sandbox: Sandbox): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ["own", "flag", "environment"]) {
    const path = `${sandbox.home}/${table}.db`;
    const exists = await Deno.stat(path).then(() => true, () => false);
    const sessions = exists ? await sessionsIn(`sqlite:${path}`, { profile }) : [];
    for (const { status } of sessions) assertEquals(status, "expired", `${profile} in ${table}`);
    counts[table] = sessions.length;
  }
  return counts;
}

async function judge(one: Case, sandbox: Sandbox): Promise<void> {
  const profile = profileOf(one);
  const { door } = one;
  const name = `${one.effect}, ${door}${one.ownTable ? ", own table" : ""}`;
  const expected = await countSessions(profile, sandbox);
  // In plain exec, in credentials and beside the flag the variable must mean nothing.
  const env = { SENTINEL_SESSION_TABLE: `sqlite:${sandbox.home}/environment.db` };
  const { code, stdout, stderr } = await sandbox.run(commandLine(door, profile, sandbox), {
    env: door === "server" ? {} : env,
  });
  const refusal = refusalOf(one, profile);
  if (refusal !== null) {
    assertEquals([code, stdout], [77, ""], name);
    assertStringIncludes(stderr, `error: ${refusal}`, name);
  } else {
    assertEquals(stderr, "", name);
    if (door === "credentials") assertEquals([code, JSON.parse(stdout).Version], [0, 1], name);
    else assertEquals([code, stdout], [9, "ran\n"], name);
    const table = tableOf(one);
    if (table !== null) expected[table]!++;
  }
  assertEquals(await countSessions(profile, sandbox), expected, `${name}: sessions`);
}

Deno.test("every effect at every door with every session table", async (t) => {
  await using sandbox = await openSandbox("");
  await prepare(sandbox);
  let allowed = 0;
  for (const effect of RULE_EFFECTS) {
    await t.step(effect, async () => {
      await Promise.all(OWN_TABLES.map(async (ownTable) => {
        for (const door of DOORS) {
          const one = { effect, door, ownTable };
          await judge(one, sandbox);
          if (refusalOf(one, profileOf(one)) === null) allowed++;
        }
      }));
    });
  }
  assertEquals(sandbox.sts.count("AssumeRole"), allowed, "no role is assumed after a refusal");
});
