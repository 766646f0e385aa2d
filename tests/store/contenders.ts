/**
 * Other processes that compete for a session, and how a test talks to them.
 *
 * @module
 */

/** What a contender does once it is told to go: touch until refused, or end the session once. */
export type ContenderRole = "touch" | "revoke" | "expire";

/** What a contender did. */
export interface ContenderReport {
  /** Changes that applied. */
  readonly applied: number;
  /** Status that the last answer showed. */
  readonly last: string;
}

/** A process that waits for its go. */
export interface Contender<Report = ContenderReport> extends AsyncDisposable {
  go(): void;
  report(): Promise<Report>;
}

/** Starts a process that opens the table by itself; resolves when it is ready to go. */
export function startContender(
  { table, endpoint }: { readonly table: string; readonly endpoint: string | null },
  role: ContenderRole,
  id: string,
): Promise<Contender> {
  return startProcess(new URL("./contender.ts", import.meta.url), { table, endpoint, role, id });
}

/**
 * Starts `script` with a task in JSON. It says `ready`, waits for a line, does its task and prints
 * its report in JSON.
 */
export async function startProcess<Report>(
  script: URL,
  task: unknown,
): Promise<Contender<Report>> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--allow-all", script.href, JSON.stringify(task)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stdin = process.stdin.getWriter();
  const ready = await lines.read();
  if (ready.value !== "ready\n") throw new Error(`contender said ${ready.value}`);
  let ended = false;
  return {
    go: () => void stdin.write(new TextEncoder().encode("go\n")),
    async report() {
      let text = "";
      for (let chunk = await lines.read(); !chunk.done; chunk = await lines.read()) {
        text += chunk.value;
      }
      ended = true;
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await stdin.close().catch(() => {});
      if (!ended) {
        await lines.cancel();
        process.kill("SIGKILL");
      }
      await process.status;
    },
  };
}
