/**
 * Completion in real shells: what is suggested, and that no name is ever run, expanded or split.
 *
 * @module
 */
import { assert, assertEquals } from "../support/assert.ts";
import {
  hasPseudoTerminals,
  type OnTerminal,
  startOnTerminal,
} from "../support/pseudo_terminal.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { policyOf } from "./policies.ts";
import { addProfiles, hasShell, HOSTILE_PROFILES, installProgram, runScript } from "./shells.ts";

async function openShell(): Promise<{ sandbox: Sandbox; env: Readonly<Record<string, string>> }> {
  const sandbox = await openSandbox(policyOf());
  await addProfiles(sandbox, HOSTILE_PROFILES);
  return { sandbox, env: await installProgram(sandbox) };
}

async function isPwned({ home }: Sandbox): Promise<boolean> {
  for await (const { name } of Deno.readDir(home)) if (name === "pwned") return true;
  return false;
}

/** What bash would put in place of the last word of each line. */
async function bashReplies(
  lines: readonly string[],
  { sandbox, env }: Awaited<ReturnType<typeof openShell>>,
): Promise<readonly (readonly string[])[]> {
  const script = `source <(sentinel completion bash)
while IFS= read -r line; do
  COMP_LINE=$line COMP_POINT=\${#line} COMP_WORDS=($line) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _sentinel
  for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done
  printf '%s\\n' =====
done < lines`;
  await Deno.writeTextFile(`${sandbox.home}/lines`, lines.map((line) => `${line}\n`).join(""));
  const output = await runScript(["bash", "--norc", "-c"], `set -f\n${script}`, {
    env,
    cwd: sandbox.home,
  });
  return output.split("=====\n").slice(0, -1).map((part) => part.split("\n").slice(0, -1));
}

Deno.test("bash completes commands, flags, values and profiles", async () => {
  await using shell = await openDisposable();
  const lines = [
    "sentinel po",
    "sentinel policy e",
    "sentinel exec --on-r",
    "sentinel exec --on-revoke ",
    "sentinel exec --on-revoke=k",
    "sentinel exec --profile pr",
    "FOO=1 sentinel exec --profile=pr",
    "sentinel exec --profile 'pr",
    "sentinel completion ",
    "sentinel exec --session-table ",
    "sentinel nonsense ",
    "sentinel exec --no-such-flag ",
  ];
  assertEquals(await bashReplies(lines, shell), [
    ["policy"],
    ["explain"],
    ["--on-revoke"],
    ["refuse", "kill"],
    ["kill"],
    ["prod", "prod:eu@team"],
    ["prod", "prod:eu@team"],
    ["prod", "prod:eu@team"],
    ["bash", "zsh", "fish", "powershell"],
    ["sentinel-sessions"],
    [],
    [],
  ]);
});

Deno.test("bash: every hostile name comes back as the very argument, in every kind of quotes", async () => {
  await using shell = await openDisposable();
  const quotes = ["", "'", '"'];
  const lines = quotes.map((quote) => `sentinel exec --profile ${quote}`);
  const replies = await bashReplies(lines, shell);
  for (const [index, quote] of quotes.entries()) {
    const script = replies[index]!.map((reply) => `printf '%s\\n' ${quote}${reply}${quote}`);
    const output = await runScript(["bash", "--norc", "-c"], script.join("\n"), {
      env: shell.env,
      cwd: shell.sandbox.home,
    });
    const expected = ["base", "prod", "chain", ...HOSTILE_PROFILES]
      // In double quotes an interactive bash expands a history mark whatever stands before it.
      .filter((name) => quote !== '"' || !name.includes("!"));
    assertEquals(output.trimEnd().split("\n"), expected, `in ${quote}`);
  }
  assertEquals(await isPwned(shell.sandbox), false);
});

async function openDisposable() {
  const shell = await openShell();
  return { ...shell, [Symbol.asyncDispose]: () => shell.sandbox[Symbol.asyncDispose]() };
}

/** Types each text into an interactive shell, waits for what it shows, and ends the shell. */
async function assertShown(
  terminal: OnTerminal,
  expectations: readonly (readonly [typed: string, shown: string])[],
): Promise<void> {
  for (const [typed, shown] of expectations) {
    await terminal.type(typed);
    await waitFor(shown, () => terminal.process.stdout().includes(shown));
  }
  await terminal.type("exit\n");
  await terminal.process.finished;
}

Deno.test({
  name: "bash on a terminal: Tab completes what a person has begun",
  ignore: !(await hasPseudoTerminals()),
  async fn() {
    await using shell = await openDisposable();
    const { env, sandbox } = shell;
    const rc = `${sandbox.home}/rc`;
    await Deno.writeTextFile(
      rc,
      "PS1='ready> '\nbind 'set enable-bracketed-paste off'\nsource <(sentinel completion bash)\n" +
        `cd ${sandbox.home}\nshow() { printf '<%s>' "$@"; }\ncomplete -F _sentinel show\n`,
    );
    await using terminal = startOnTerminal(["bash", "--rcfile", rc, "-i"], { env });
    await waitFor("the prompt", () => terminal.process.stdout().includes("ready> "));
    const expectations = [
      ["show exec --profile semi\t; echo\n", "<exec><--profile><semi;colon&co>"],
      ["show exec --profile \\$\t; echo\n", "<exec><--profile><$(touch${IFS}pwned)>"],
      ["show exec --profile 'a\t; echo\n", "<exec><--profile><a'b\"c>"],
      ["show exec --profile=prod:\t; echo\n", "<exec><--profile=prod:eu@team>"],
      ["show exec --on-revoke=k\t; echo\n", "<exec><--on-revoke=kill>"],
    ] as const;
    await assertShown(terminal, expectations);
    assertEquals(await isPwned(sandbox), false);
  },
});

const hasZsh = hasShell("zsh");
Deno.test({
  name: hasZsh
    ? "zsh completes commands, flags, values and profiles, and quotes hostile names"
    : "zsh completes (ignored: there is no zsh on this machine)",
  ignore: !hasZsh || !(await hasPseudoTerminals()),
  async fn() {
    await using shell = await openDisposable();
    const { env, sandbox } = shell;
    await Deno.writeTextFile(
      `${sandbox.home}/.zshrc`,
      "PS1='ready> '\nunsetopt bang_hist zle_bracketed_paste\nautoload -Uz compinit && compinit -u -D\n" +
        "source <(sentinel completion zsh)\n" +
        `cd ${sandbox.home}\nshow() { printf '<%s>' "$@"; }\ncompdef _sentinel show\n`,
    );
    await using terminal = startOnTerminal(["zsh", "-i"], {
      env: { ...env, ZDOTDIR: sandbox.home, FPATH: Deno.env.get("FPATH") ?? "" },
    });
    await waitFor("the prompt", () => terminal.process.stdout().includes("ready> "));
    const expectations = [
      ["show policy exp\t; echo\n", "<policy><explain>"],
      ["show exec --profile semi\t; echo\n", "<exec><--profile><semi;colon&co>"],
      ["show exec --profile \\$\t; echo\n", "<exec><--profile><$(touch${IFS}pwned)>"],
      ["show exec --on-revoke=k\t; echo\n", "<exec><--on-revoke=kill>"],
    ] as const;
    await assertShown(terminal, expectations);
    assertEquals(await isPwned(sandbox), false);
  },
});

const hasFish = hasShell("fish");
Deno.test({
  name: hasFish
    ? "fish completes commands, flags, values and profiles"
    : "fish completes (ignored: there is no fish on this machine)",
  ignore: !hasFish,
  async fn() {
    await using shell = await openDisposable();
    const { env, sandbox } = shell;
    const output = await runScript(
      ["fish", "--no-config", "-c"],
      `sentinel completion fish | source
complete -C 'sentinel policy exp'
complete -C 'sentinel exec --on-revoke '
complete -C 'sentinel exec --profile semi'
complete -C 'sentinel exec --profile \\'a'`,
      { env, cwd: sandbox.home },
    );
    const values = output.trimEnd().split("\n").map((line) => line.split("\t")[0]);
    assertEquals(values, ["explain", "kill", "refuse", "semi;colon&co", "a'b\"c"]);
    assertEquals(await isPwned(sandbox), false);
  },
});

const hasPowerShell = hasShell("pwsh");
Deno.test({
  name: hasPowerShell
    ? "PowerShell completes commands, flags, values and profiles"
    : "PowerShell completes (ignored: there is no pwsh on this machine)",
  ignore: !hasPowerShell,
  async fn() {
    await using shell = await openDisposable();
    const { env, sandbox } = shell;
    const output = await runScript(
      ["pwsh", "-NoProfile", "-Command"],
      `sentinel completion powershell | Out-String | Invoke-Expression
foreach ($line in 'sentinel policy exp', 'sentinel exec --on-revoke ', 'sentinel exec --profile semi') {
  (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
}`,
      { env, cwd: sandbox.home },
    );
    assertEquals(output.trimEnd().split("\n"), ["explain", "refuse", "kill", "'semi;colon&co'"]);
  },
});

Deno.test("__complete is quick to say nothing when the configuration is broken or not there", async () => {
  await using sandbox = await openSandbox(policyOf());
  await Deno.writeTextFile(`${sandbox.home}/.aws/config`, "\ufeff[profile x]\n");
  const words = ["__complete", "zsh", "exec", "--profile", ""];
  const broken = await sandbox.run(words);
  assertEquals([broken.code, broken.stdout, broken.stderr], [0, "words\n", ""]);
  const homeless = await sandbox.run(words, { env: { HOME: "" } });
  assertEquals([homeless.code, homeless.stderr], [0, ""]);
  const unknown = await sandbox.run(["__complete", "tcsh", "x"]);
  assertEquals([unknown.code, unknown.stdout, unknown.stderr], [0, "", ""]);
  assertEquals(sandbox.sts.calls.length, 0);
});

Deno.test("__complete knows the tables of the environment, of config.yaml and of the policy", async () => {
  await using sandbox = await openSandbox(
    "rules:\n  - name: a\n    effect: allow\n    session_table: from-policy\n",
  );
  const { stdout } = await sandbox.run(["__complete", "zsh", "exec", "-s", "--session-table", ""], {
    env: { SENTINEL_SESSION_TABLE: "sqlite:mine.db" },
  });
  assertEquals(stdout, "words\nsqlite:mine.db\nfrom-policy\nsentinel-sessions\n");
  const directory = `${sandbox.home}/.config/sentinel`;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/config.yaml`,
    "defaults: { request_table: team-requests }\nprofiles: { prod: { request_table: prod-requests } }\n",
    { mode: 0o600 },
  );
  const requests = await sandbox.run(["__complete", "zsh", "approve", "--request-table", ""]);
  assertEquals(requests.stdout, "words\nteam-requests\nprod-requests\nsentinel-requests\n");
  assert(sandbox.sts.calls.length === 0);
});
