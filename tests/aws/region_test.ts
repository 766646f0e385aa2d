/**
 * Region and endpoint: precedence as the SDKs have it, and nothing that could lead a signed
 * request elsewhere.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { ChildSettings } from "../../src/aws/child_settings.ts";
import { resolveEndpoint, resolveFips } from "../../src/aws/endpoint.ts";
import { resolveRegion } from "../../src/aws/region.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

function env(variables: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(variables));
}

/** A profile with settings; those of services by `SERVICE.KEY`. */
function profile(values: Readonly<Record<string, string>>, services: Record<string, string> = {}) {
  const blocks = new Map(
    Object.entries(services).map(([service, url]) => [service, new Map([["endpoint_url", url]])]),
  );
  const settings: ChildSettings = {
    values: env(values),
    blocks: new Map(),
    services: blocks.size === 0 ? null : { name: "s", blocks },
  };
  return { region: values["region"] ?? null, settings };
}

Deno.test("region: flag, AWS_REGION, AWS_DEFAULT_REGION, profile, none", () => {
  const all = env({ AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "eu-west-3" });
  const third = env({ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-3" });
  const own = profile({ region: "eu-west-4" });
  const none = env({});
  assertEquals(resolveRegion({ flag: "eu-west-1", env: all, profile: own }), "eu-west-1");
  assertEquals(resolveRegion({ flag: null, env: all, profile: own }), "eu-west-2");
  assertEquals(resolveRegion({ flag: null, env: third, profile: own }), "eu-west-3");
  assertEquals(resolveRegion({ flag: null, env: none, profile: own }), "eu-west-4");
  assertEquals(resolveRegion({ flag: null, env: none, profile: null }), null);
});

for (
  const region of [
    "evil.example.com",
    "x/../y",
    "us-east-1:443@evil",
    "us-east-1#",
    "US-EAST-1",
    "us east",
    "-us",
    "us-",
    "us\n",
    "é",
    "x".repeat(64),
  ]
) {
  Deno.test(`${JSON.stringify(region)} is no region, wherever it comes from`, () => {
    for (const source of ["AWS_REGION", "AWS_DEFAULT_REGION", "--region"]) {
      const flag = source === "--region" ? region : null;
      const error = assertThrows(
        () => resolveRegion({ flag, env: env({ [source]: region }), profile: null }),
        SentinelError,
        source,
      );
      assertEquals(error.code, "CONFIG_INVALID");
    }
  });
}

Deno.test("endpoint: service variable, common variable, services section, profile, none", () => {
  const variables = { AWS_ENDPOINT_URL_STS: "http://a:1", AWS_ENDPOINT_URL: "http://b:2/x" };
  const full = profile({ endpoint_url: "http://d:4" }, { sts: "http://c:3" });
  assertEquals(resolveEndpoint("sts", { env: env(variables), profile: full }), "http://a:1/");
  assertEquals(resolveEndpoint("dynamodb", { env: env(variables), profile: full }), "http://b:2/x");
  assertEquals(resolveEndpoint("sts", { env: env({}), profile: full }), "http://c:3/");
  assertEquals(resolveEndpoint("dynamodb", { env: env({}), profile: full }), "http://d:4/");
  assertEquals(resolveEndpoint("sts", { env: env({}), profile: profile({}) }), null);
  assertEquals(resolveEndpoint("sts", { env: env({ AWS_ENDPOINT_URL: "" }), profile: null }), null);
});

Deno.test("configured endpoints can be switched off", () => {
  const url = { AWS_ENDPOINT_URL: "http://a:1" };
  const off = "ignore_configured_endpoint_urls";
  const endpoint = (variables: Record<string, string>, values: Record<string, string>) =>
    resolveEndpoint("sts", { env: env({ ...url, ...variables }), profile: profile(values) });
  const variable = off.toUpperCase();
  assertEquals(endpoint({ [`AWS_${variable}`]: "true" }, {}), null);
  assertEquals(endpoint({}, { [off]: "true" }), null);
  assertEquals(endpoint({ [`AWS_${variable}`]: "false" }, { [off]: "true" }), "http://a:1/");
  for (const word of ["TRUE", "1", "yes"]) {
    assertThrows(() => endpoint({ [`AWS_${variable}`]: word }, {}), SentinelError, "true or false");
    assertThrows(() => endpoint({}, { [off]: word }), SentinelError, "true or false");
  }
});

Deno.test("FIPS: variable, profile, no", () => {
  const fips = profile({ use_fips_endpoint: "true" });
  assertEquals(resolveFips({ env: env({}), profile: fips }), true);
  assertEquals(resolveFips({ env: env({ AWS_USE_FIPS_ENDPOINT: "false" }), profile: fips }), false);
  assertEquals(resolveFips({ env: env({}), profile: null }), false);
});

for (
  const url of [
    "localhost:4566",
    "ftp://localhost",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://",
    "http:/localhost",
    "http://user:CANARY@localhost",
    "http://CANARY@localhost",
    "http://localhost/?x=CANARY",
    "http://localhost/#CANARY",
    "http://local host/CANARY",
    "http://localhost\n/CANARY",
    "http://lоcalhost/CANARY",
    "https://[::1/CANARY",
  ]
) {
  Deno.test(`${JSON.stringify(url)} is no endpoint, and is not repeated`, () => {
    const variables = env({ AWS_ENDPOINT_URL_STS: url });
    const error = assertThrows(
      () => resolveEndpoint("sts", { env: variables, profile: null }),
      SentinelError,
      "AWS_ENDPOINT_URL_STS",
    );
    assertEquals(error.code, "CONFIG_INVALID");
    assert(!`${error.message} ${error.suggestion}`.includes("CANARY"));
  });
}
