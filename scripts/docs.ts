/**
 * `deno task docs [--check]`: writes docs/guide/commands.md from the descriptions of the commands
 * and the catalogue of errors, and the JSON Schemas. With `--check` it only says whether the files
 * are up to date.
 *
 * @module
 */
import {
  type CommandDescription,
  type DurationFlag,
  environmentName,
  type Flag,
  isNegatable,
  isOptional,
  type ValueFlag,
} from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/command_table.ts";
import { ERROR_CATALOGUE } from "../src/errors.ts";
import { policyJsonSchema } from "../src/policy/json_schema.ts";
import { formatDuration, formatTimeSpan } from "../src/text/duration.ts";
import { configSchema } from "./docs/config_schema.ts";

const ROOT = new URL("../", import.meta.url);

/** Text for a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "\\<");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function flagText(flag: Flag): string {
  const names = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
  const optional = isOptional(flag) ? `[=${flag.valueName}]` : null;
  const value = optional ?? (flag.kind === "boolean" ? "" : ` ${flag.valueName}`);
  const negated = isNegatable(flag) ? [`--no-${flag.name}`] : [];
  return [...names.map((name) => `\`${name}${value}\``), ...negated.map((name) => `\`${name}\``)]
    .join(", ");
}

function timeFormat(flag: DurationFlag): (seconds: number) => string {
  return flag.days ? formatTimeSpan : formatDuration;
}

function defaultText(flag: ValueFlag): string {
  if (flag.required) return "required";
  if (flag.defaultText !== undefined) return flag.defaultText;
  if (flag.default === undefined) return "";
  return flag.kind === "duration" ? timeFormat(flag)(flag.default) : String(flag.default);
}

function boundsText(flag: ValueFlag): string {
  switch (flag.kind) {
    case "duration": {
      const time = timeFormat(flag);
      const bare = isOptional(flag) ? `; without ${flag.valueName}: ${time(flag.bare)}` : "";
      return ` (${time(flag.minSeconds)} to ${time(flag.maxSeconds)}${bare})`;
    }
    case "integer":
      return ` (${flag.min} to ${flag.max})`;
    case "choice":
      return ` (${flag.choices.join(", ")})`;
    case "string":
      return "";
    default:
      return flag satisfies never;
  }
}

function flagRow(flag: Flag): readonly string[] {
  const value = flag.kind === "boolean" ? null : flag;
  const notes = [
    ...(flag.requires === undefined ? [] : [`Needs \`--${flag.requires.flag}\`.`]),
    ...(flag.conflictsWith === undefined ? [] : [`Not with \`--${flag.conflictsWith.flag}\`.`]),
  ];
  return [
    flagText(flag),
    flag.commandLineOnly ? "" : `\`${environmentName(flag)}\``,
    value === null ? "" : cell(defaultText(value)),
    cell(`${flag.summary}${value === null ? "" : boundsText(value)}. ${notes.join(" ")}`.trim()),
  ];
}

function synopsis(description: CommandDescription): string {
  const operands = (description.operands ?? []).map(({ name, required, many }) => {
    const text = many ? `${name}...` : name;
    return required ? text : `[${text}]`;
  });
  return [
    `sentinel ${description.name}`,
    ...(description.flags.length > 0 ? ["[flags]"] : []),
    ...operands,
    ...(description.passthrough === undefined ? [] : ["[-- COMMAND [ARG...]]"]),
  ].join(" ");
}

function section(description: CommandDescription): string {
  const parts = [
    `## sentinel ${description.name}`,
    `${description.summary}.`,
    `\`\`\`text\n${synopsis(description)}\n\`\`\``,
    ...description.description,
    ...(description.passthrough === undefined ? [] : [`After \`--\`: ${description.passthrough}.`]),
  ];
  if (description.flags.length > 0) {
    parts.push(
      table(["flag", "environment", "default", "meaning"], description.flags.map(flagRow)),
    );
  }
  parts.push(
    ...description.examples.map(({ text, command }) =>
      `${text}:\n\n\`\`\`text\n${command}\n\`\`\``
    ),
  );
  return parts.join("\n\n");
}

const INTRODUCTION = `# Commands

<!-- Written by \`deno task docs\` from the descriptions of the commands: edit those. -->

A flag may be given as \`--flag value\` or \`--flag=value\`. Every flag has an environment variable; a flag
on the command line wins over it, and the variable over [config.yaml](configuration.md). Durations are written as \`15m\` or \`1h30m\`. What follows \`--\` is passed
on untouched. Standard output is for machines, standard error for people.`;

const SESSION_TABLE_NOTE = `### The session table

\`SENTINEL_SESSION_TABLE\` (or \`--session-table\`) names the table that tracks the server's session: a
DynamoDB table, or \`sqlite:PATH\` for a file on this machine. It counts in server mode only: without
\`--server\` the flag is an error, and the variable is ignored. A rule's own \`session_table\` comes first;
see [which session table](policy-reference.md#which-session-table).

### The environment of the command

\`AWS_SENTINEL\` holds the profile. In the environment door the command finds \`AWS_ACCESS_KEY_ID\`,
\`AWS_SECRET_ACCESS_KEY\`, \`AWS_SESSION_TOKEN\`, and their end as \`AWS_CREDENTIAL_EXPIRATION\` and, for
prompts, \`AWS_SESSION_EXPIRATION\`; from the server, whose credentials are renewed and have no end that
could be told, \`AWS_CONTAINER_CREDENTIALS_FULL_URI\` and \`AWS_CONTAINER_AUTHORIZATION_TOKEN\`. Both set \`AWS_REGION\` and
\`AWS_DEFAULT_REGION\` where a region is known, and \`AWS_CONFIG_FILE\` and \`AWS_SHARED_CREDENTIALS_FILE\` to
files with the profile's other settings and no credentials. Inherited AWS credential variables are gone.

What is not UTF-8 cannot be passed on: an argument is refused, a variable is left out.

### Where files live

| | configuration (\`policy.yaml\`, \`config.yaml\`) | caches |
| --- | --- | --- |
| Linux | \`~/.config/sentinel\` | \`~/.cache/sentinel\` |
| macOS | \`~/Library/Application Support/sentinel\` | \`~/Library/Caches/sentinel\` |
| Windows | \`%APPDATA%\\sentinel\` | \`%LOCALAPPDATA%\\sentinel\` |

\`XDG_CONFIG_HOME\` and \`XDG_CACHE_HOME\`, where they are set to absolute paths, come first. Everything in
the caches may be deleted at any time.

### Signals

The command gets TERM, HUP, USR1 and USR2 that reach \`sentinel\`, and a Ctrl-C of the terminal once. A
command that goes on for longer than \`--kill-after\` after TERM is killed, and \`sentinel\` says so.

### Endpoints

\`AWS_ENDPOINT_URL_STS\`, \`AWS_ENDPOINT_URL_DYNAMODB\`, \`AWS_ENDPOINT_URL_SSM\`, \`AWS_ENDPOINT_URL_SSO\`,
\`AWS_ENDPOINT_URL\`, the profile's \`services\` section and its \`endpoint_url\` count as in the AWS SDKs, and so
does \`AWS_IGNORE_CONFIGURED_ENDPOINT_URLS\`. A sign-in heeds \`AWS_ENDPOINT_URL_SSO_OIDC\` and
\`AWS_ENDPOINT_URL\` of the environment only.`;

/** The whole document, before it is formatted. */
async function compose(): Promise<string> {
  const sections: string[] = [];
  for (const { describe } of COMMANDS) {
    const { description } = await describe();
    sections.push(section(description));
    if (description.name === "exec") sections.push(SESSION_TABLE_NOTE);
  }
  const errors = Object.entries(ERROR_CATALOGUE).map((
    [code, { exitStatus, httpStatus, meaning, suggestion }],
  ) => [`\`${code}\``, String(exitStatus), String(httpStatus), cell(meaning), cell(suggestion)]);
  return [
    INTRODUCTION,
    ...sections,
    "## Exit statuses and errors",
    "0 is done, 77 is a refusal by the policy or a revocation; `exec` passes its command's status on " +
    "(128 + N when signal N ended it). Every other end has a code, which the decision log and the " +
    "credential endpoint show too:",
    table(["code", "exit", "HTTP", "meaning", "what to do"], errors),
  ].join("\n\n") + "\n";
}

/** Formats text as `deno fmt` does. */
async function format(text: string, extension: "md" | "json"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", `--ext=${extension}`, "--line-width=100", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

/** What is written, by path. */
const TARGETS: Readonly<Record<string, string>> = {
  "docs/guide/commands.md": await format(await compose(), "md"),
  "docs/schemas/config.schema.json": configSchema(),
  "docs/schemas/policy.schema.json": await format(
    JSON.stringify(policyJsonSchema(), null, 2),
    "json",
  ),
};

for (const [path, text] of Object.entries(TARGETS)) {
  const target = new URL(path, ROOT);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(target, text);
  else if (await Deno.readTextFile(target).catch(() => "") !== text) {
    console.error(`${path} is not what the code says; run: deno task docs`);
    Deno.exitCode = 1;
  }
}
