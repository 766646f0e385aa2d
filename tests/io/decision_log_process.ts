/**
 * One process of several that write to the same decision log. Arguments: the log, a name, how many
 * lines.
 *
 * @module
 */
import { openDecisionLogFile } from "../../src/io/decision_log.ts";

const [path, name, lines] = Deno.args;

if (path !== undefined) {
  using log = openDecisionLogFile(path);
  for (let line = 0; line < Number(lines); line++) {
    log.append({
      timestamp: new Date().toISOString(),
      request_id: `${name}-${line}`,
      user: "alice",
      arn: "arn:aws:iam::123456789012:user/alice",
      account: "123456789012",
      profile: "prod",
      mode: "server",
      outcome: "issued",
      // From short lines to lines longer than any buffer on the way.
      reason: "x".repeat(line % 7 * 290),
      rule: "\u202e".repeat(line % 5 * 400),
      host: "host",
      pid: Deno.pid,
    });
  }
}
