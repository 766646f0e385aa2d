/**
 * Rewrites a policy file, one version after the other, until it is killed or the file's directory
 * is gone. Arguments: the file, and how: `rename`, or `in-place`, slowly and in pieces.
 *
 * @module
 */
const [path, how] = Deno.args;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function writeInPieces(path: string, text: string): Promise<void> {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const bytes = new TextEncoder().encode(text);
  for (let offset = 0; offset < bytes.length; offset += 40) {
    file.writeSync(bytes.subarray(offset, offset + 40));
    await pause(2);
  }
}

for (let version = 1; path !== undefined; version++) {
  const padding = "# padding\n".repeat(how === "rename" ? version % 50 : 60);
  const rule = `  - name: v${version}\n    effect: allow\n`;
  try {
    if (how === "rename") {
      Deno.writeTextFileSync(`${path}.new`, `version: "1"\nrules:\n${padding}${rule}`);
      // It has been complete for long when it is moved.
      Deno.utimeSync(`${path}.new`, 1_000_000_000, 1_000_000_000);
      Deno.renameSync(`${path}.new`, path);
      await pause(1);
    } else {
      const cut =
        `  - name: cut\n    effect: allow\n${padding}    conditions: { users: [nobody] }\n`;
      await writeInPieces(path, `version: "1"\nrules:\n${cut}${rule}`);
      await pause(150);
    }
  } catch {
    break;
  }
}
