/**
 * The guide on profiles: each profile in it is one that Sentinel reads, as the guide says.
 *
 * @module
 */
import { assertEquals } from "../support/assert.ts";
import { chainOf, ConfigHome } from "./config_home.ts";

const EXPECTED: Readonly<Record<string, string>> = {
  keys: "keys:AKIAIOSFODNN7EXAMPLE",
  deploy: "keys:AKIAIOSFODNN7EXAMPLE → deploy:Deploy",
  ci: "ci:environment → ci:Deploy",
  "on-instance": "on-instance:instance → on-instance:Deploy",
  "in-task": "in-task:container → in-task:Deploy",
  dev: "dev:sso",
  "dev-deploy": "dev:sso → dev-deploy:Deploy",
  pod: "pod:web_identity",
  vault: "vault:process",
  console: "console:process",
};

Deno.test("documents: each profile of the guide is read as the guide says", async () => {
  const guide = await Deno.readTextFile(new URL("../../docs/guide/profiles.md", import.meta.url));
  const config = [...guide.matchAll(/^```ini\n([\s\S]*?)^```$/gm)].map(([, text]) => text)
    // Other sections show parts of profiles.
    .filter((text) => text!.startsWith("[profile ")).join("\n");
  using home = new ConfigHome({ config });
  const names = [...config.matchAll(/^\[profile (.*)\]$/gm)].map(([, name]) => name!);
  const found: Record<string, string> = {};
  for (const name of names) {
    if (Object.hasOwn(EXPECTED, name)) found[name] = chainOf(await home.load(name));
    else await home.load(name);
  }
  assertEquals(found, EXPECTED);
});
