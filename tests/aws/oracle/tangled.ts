/**
 * Configuration files that are well formed, but whose profiles mix every way to sign in, lead in
 * circles, and are spread over both files.
 *
 * @module
 */
import * as fc from "fast-check";

const NAMES = ["a", "b", "c", "default"];

const role = fc.constantFrom("r1", "r2", "r3").map((name) =>
  `arn:aws:iam::123456789012:role/${name}`
);

/** Each key with its values and how often it is there. */
const KEYS: readonly (readonly [string, number, fc.Arbitrary<string>])[] = [
  ["role_arn", 0.5, role],
  ["source_profile", 0.5, fc.constantFrom(...NAMES, ...NAMES, "missing")],
  ["aws_access_key_id", 0.5, fc.constantFrom("AKIA1", "AKIA2")],
  ["aws_secret_access_key", 0.5, fc.constantFrom("secret1", "secret2")],
  ["aws_session_token", 0.1, fc.constantFrom("token1", "token2", "")],
  ["aws_security_token", 0.03, fc.constantFrom("token1", "")],
  ["external_id", 0.2, fc.constantFrom("ext1", "ext2")],
  ["duration_seconds", 0.2, fc.constantFrom("900", "7200", "900s", "-1", "1e3")],
  ["role_session_name", 0.2, fc.constantFrom("me", "you")],
  ["region", 0.2, fc.constantFrom("eu-west-1", "us-east-1", "")],
  ["mfa_serial", 0.03, fc.constant("arn:aws:iam::123456789012:mfa/x")],
  ["credential_process", 0.05, fc.constant("true")],
  ["credential_source", 0.03, fc.constant("Environment")],
  ["web_identity_token_file", 0.03, fc.constant("/nonexistent/token")],
  ["sso_role_name", 0.02, fc.constant("x")],
  ["sso_session", 0.02, fc.constant("x")],
  ["sso_region", 0.02, fc.constant("eu-west-1")],
  ["login_session", 0.02, fc.constant("x")],
];

const lines: fc.Arbitrary<string> = fc.tuple(
  ...KEYS.map(([key, share, value]) =>
    fc.tuple(fc.noBias(fc.nat(999)), value).map(([dice, text]) =>
      dice < share * 1000 ? `${key} = ${text}\n` : ""
    )
  ),
).map((parts) => parts.join(""));

/** Mostly one of the usual shapes: keys, or a role with a source. */
const body: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom("1", "2").map((n) =>
      `aws_access_key_id = AKIA${n}\naws_secret_access_key = secret${n}\n`
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(role, fc.constantFrom(...NAMES)).map(([arn, source]) =>
      `role_arn = ${arn}\nsource_profile = ${source}\n`
    ),
  },
  { weight: 3, arbitrary: lines },
  { weight: 1, arbitrary: fc.constant("") },
);

function file(header: (name: string) => string): fc.Arbitrary<string> {
  return fc.tuple(
    ...NAMES.map((name) =>
      fc.tuple(fc.noBias(fc.nat(9)), body).map(([dice, text]) =>
        dice < 7 ? `${header(name)}\n${text}` : ""
      )
    ),
  ).map((sections) => sections.join("\n"));
}

/** The text of both files, and names of profiles that may be in them. */
export const tangledFiles = fc.record({
  config: file((name) => name === "default" ? "[default]" : `[profile ${name}]`),
  credentials: file((name) => `[${name}]`),
  profiles: fc.constant(NAMES),
});
