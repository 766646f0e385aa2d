import { SentinelError } from "../../src/errors.ts";
import { cacheDirectory, configDirectory, homeDirectory } from "../../src/io/platform_paths.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

type Os = typeof Deno.build.os;

function surroundings(os: Os, env: Readonly<Record<string, string>>) {
  return { os, env: { get: (name: string) => env[name] } };
}

/** Platform, environment, configuration, caches. */
const PLACES: readonly (readonly [Os, Readonly<Record<string, string>>, string, string])[] = [
  ["linux", { HOME: "/home/a" }, "/home/a/.config/sentinel", "/home/a/.cache/sentinel"],
  [
    "linux",
    { HOME: "/home/a", XDG_CONFIG_HOME: "/x/c", XDG_CACHE_HOME: "/x/k" },
    "/x/c/sentinel",
    "/x/k/sentinel",
  ],
  // A relative or empty directory does not count.
  [
    "linux",
    { HOME: "/home/a", XDG_CONFIG_HOME: "c", XDG_CACHE_HOME: "" },
    "/home/a/.config/sentinel",
    "/home/a/.cache/sentinel",
  ],
  ["freebsd", { HOME: "/home/a" }, "/home/a/.config/sentinel", "/home/a/.cache/sentinel"],
  [
    "darwin",
    { HOME: "/Users/a" },
    "/Users/a/Library/Application Support/sentinel",
    "/Users/a/Library/Caches/sentinel",
  ],
  [
    "windows",
    { USERPROFILE: "C:\\Users\\a", HOME: "/ignored" },
    "C:\\Users\\a\\AppData\\Roaming\\sentinel",
    "C:\\Users\\a\\AppData\\Local\\sentinel",
  ],
  [
    "windows",
    { USERPROFILE: "C:\\Users\\a", APPDATA: "D:\\r", LOCALAPPDATA: "D:\\l" },
    "D:\\r\\sentinel",
    "D:\\l\\sentinel",
  ],
];

Deno.test("platform paths: where each platform keeps configuration and caches", () => {
  for (const [os, env, config, cache] of PLACES) {
    assertEquals(configDirectory(surroundings(os, env)), config);
    assertEquals(cacheDirectory(surroundings(os, env)), cache);
  }
});

Deno.test("platform paths: a missing or relative home directory is an error that names the variable", () => {
  const cases = [["linux", "HOME"], ["darwin", "HOME"], ["windows", "USERPROFILE"]] as const;
  for (const [os, name] of cases) {
    for (const env of [{}, { [name]: "" }, { [name]: "relative/home" }]) {
      const error = assertThrows(() => homeDirectory(surroundings(os, env)), SentinelError, name);
      assertEquals(error.code, "CONFIG_INVALID");
    }
  }
});
