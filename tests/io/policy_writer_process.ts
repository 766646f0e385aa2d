/**
 * Rewrites a policy file, one version after the other, until it is killed or the file's directory
 * is gone. Arguments: the file, and how: `rename` or `in-place`.
 *
 * @module
 */
const [path, how] = Deno.args;

for (let version = 1; path !== undefined; version++) {
  const padding = "# padding\n".repeat(version % 50 * 100);
  const text = `version: "1"\nrules:\n${padding}  - { name: v${version}, effect: allow }\n`;
  try {
    Deno.writeTextFileSync(how === "rename" ? `${path}.new` : path, text);
    if (how === "rename") Deno.renameSync(`${path}.new`, path);
  } catch {
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
