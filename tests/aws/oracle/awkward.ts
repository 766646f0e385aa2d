/**
 * Awkward configuration files, made of pieces that tools are known or feared to read differently.
 *
 * @module
 */
import * as fc from "fast-check";

const NAMES = ["a", "b", "default"];

const configHeader = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("[default]", "[profile a]", "[profile b]") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[profile default]",
      '[profile "a"]',
      "[profile 'b']",
      "[profile\ta]",
      "[profile  a]",
      "[profile a ]",
      "[ profile a]",
      "[ default ]",
      "[Profile a]",
      "[profiles a]",
      "[profile-x a]",
      "[profile.a]",
      '[profile "a b"]',
      '[profile a"b"]',
      "[profile a] # note",
      "[profile a]# note",
      "[profile a] ; see [b]",
      "[profile a] tail",
      "[profile a",
      "profile a]",
      " [profile b]",
      "[a]",
      "[services s]",
      "[services  s]",
      "[sso-session a]",
      "[plugins]",
      "[]",
      "[profile]",
      "[profile constructor]",
      "[profile a\\b]",
      "[profile a] = b",
      "[DEFAULT]",
    ),
  },
);

const credentialsHeader = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("[default]", "[a]", "[b]") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[profile a]",
      "[ a ]",
      '["a"]',
      "[a b]",
      "[a b c]",
      "[a] # note",
      "[a]#note",
      "[a",
      " [b]",
      "[A]",
      "[constructor]",
      "[toString]",
      "[profile.a]",
      "[DEFAULT]",
    ),
  },
);

const plainLine = fc.tuple(
  fc.constantFrom(
    "region",
    "output",
    "role_arn",
    "source_profile",
    "aws_access_key_id",
    "aws_session_token",
    "s3",
    "services",
  ),
  fc.constantFrom(" = ", "=", " =", "= "),
  fc.constantFrom("x", "y z", "1", "arn:aws:iam::123456789012:role/r", "a=b", "#h", "q;r", "é"),
).map((parts) => parts.join(""));

const oddLine = fc.constantFrom(
  "",
  "",
  "# comment",
  "  ; comment = x",
  "#[a]",
  "s3 =\n  addressing_style = path",
  "s3 =\n  addressing_style = path\n\n  x = y",
  "s3 =\n\taddressing_style = path\n# c\nregion = x",
  "s3 =\n  a =\n    b = c",
  "s3 =\n  a\n",
  "s3 =\n  a = b # c",
  "s3 =\n  a : b",
  "  s3 =\n    a = b\n  region = x",
  "s3 =\n  # c\n  a = b",
  "s3.a = b",
  "region = x # note",
  "region = x ;note",
  "region = x#note",
  "region =",
  "region = ",
  "aws_session_token =",
  "region : x",
  "region: x",
  "region",
  "Region = x",
  "REGION=x",
  "re gion = x",
  "= x",
  "  region = x",
  " region = x\n  output = y",
  "  region = x\n output = y\n  s3 = z",
  "region = x\n  more",
  "region = x\n  output = y",
  "region = x\n\n  output = y",
  "region\t=\tx",
  "region = x\t",
  "region = x\r",
  "region = x\routput = y",
  "region = \u00a0x",
  "\u00a0region = x",
  "region = x\u0085y",
  "region = x\u2028output = y",
  'region = "x"',
  "\ufeffregion = x",
  "__proto__ = x",
  "[x = y",
  "x = [y]",
  "[y]",
  "region = x\nregion = y",
  "output = \u0000x",
);

function file(header: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const line = fc.oneof({ weight: 8, arbitrary: plainLine }, { weight: 1, arbitrary: oddLine });
  const section = fc.tuple(header, fc.uniqueArray(line, { maxLength: 4, selector: keyOf }))
    .map(([head, lines]) => [head, ...lines].join("\n"));
  return fc.tuple(
    fc.oneof({ weight: 20, arbitrary: fc.constant("") }, {
      weight: 1,
      arbitrary: fc.constantFrom("\ufeff", "region = x\n", "# c\n", "  x\n"),
    }),
    fc.uniqueArray(section, {
      minLength: 1,
      maxLength: 3,
      selector: (text) => text.split("\n")[0],
    }),
    fc.constantFrom("\n", "\n", "\r\n"),
    fc.constantFrom("\n", ""),
  ).map(([start, sections, eol, end]) => start + sections.join("\n").replaceAll("\n", eol) + end);
}

/** Mostly one line a key, so that most files are read by everyone. */
function keyOf(line: string): string {
  return /^\w+/.exec(line)?.[0] ?? line;
}

/** The text of both files, and names of profiles that may be in them. */
export const awkwardFiles = fc.record({
  config: file(configHeader),
  credentials: file(credentialsHeader),
  profiles: fc.constant(NAMES),
});
