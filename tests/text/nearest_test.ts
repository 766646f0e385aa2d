import fc from "fast-check";
import { nearest } from "../../src/text/nearest.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const EFFECTS = ["allow", "deny", "require_approval", "require_server", "require_server_session"];

const CASES: readonly (readonly [string, readonly string[], string | null])[] = [
  ["alow", EFFECTS, "allow"], // a letter lost
  ["Deny", EFFECTS, "deny"], // case
  ["dney", EFFECTS, "deny"], // neighbours swapped
  ["requires_server", EFFECTS, "require_server"], // a letter too many
  ["require-server-session", EFFECTS, "require_server_session"], // letters replaced
  ["permit", EFFECTS, null],
  ["user", ["users", "roles"], "users"],
  ["--profil", ["--policy", "--profile"], "--profile"],
  ["x", ["y", "z"], null], // every letter is wrong
  ["ok", ["no"], null],
  ["", ["a"], null],
  ["a", [], null],
  ["cat", ["car", "bat"], "car"], // the first of equals
  ["A".repeat(65), ["A".repeat(65)], null], // nobody types that
  ["toString", ["constructor", "__proto__"], null],
];

Deno.test("nearest() suggests what was probably meant, or nothing", () => {
  for (const [word, candidates, expected] of CASES) {
    assertEquals(nearest(word, candidates), expected, word);
  }
});

Deno.test("nearest() finds an exact member, and whatever it finds is a member", () => {
  const words = fc.array(fc.string({ maxLength: 20 }), { maxLength: 10 });
  fc.assert(fc.property(words, fc.string({ maxLength: 20 }), (candidates, word) => {
    const found = nearest(word, candidates);
    assert(found === null || candidates.includes(found));
    if (word !== "" && candidates.includes(word)) {
      assertEquals(found?.toLowerCase(), word.toLowerCase());
    }
  }));
});

Deno.test("nearest() finds a word with one mistake in it", () => {
  const word = fc.stringMatching(/^[a-z]{4,12}$/);
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom("lose", "double", "replace"), (right, at, how) => {
      const index = at % right.length;
      const tail = right.slice(index + 1);
      const wrong = right.slice(0, index) +
        (how === "lose" ? tail : how === "double" ? right[index]!.repeat(2) + tail : `_${tail}`);
      assertEquals(nearest(wrong, ["0123", right, "456789"]), right);
    }),
  );
});
