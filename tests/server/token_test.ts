import fc from "fast-check";
import { createToken, sameToken } from "../../src/server/token.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const TOKEN = "0123456789abcdef".repeat(4);

Deno.test("createToken() gives 64 hex digits, never the same ones", () => {
  assertMatch(createToken(), /^[0-9a-f]{64}$/);
  assertNotEquals(createToken(), createToken());
});

Deno.test("sameToken() agrees with === for any text", () => {
  assert(sameToken(TOKEN, TOKEN));
  fc.assert(fc.property(fc.string(), fc.string(), (presented, token) => {
    assertEquals(sameToken(presented, token), presented === token);
  }));
  fc.assert(fc.property(fc.nat(63), fc.integer({ min: 1, max: 0xffff }), (index, change) => {
    const code = TOKEN.charCodeAt(index) ^ change;
    const other = TOKEN.slice(0, index) + String.fromCharCode(code) + TOKEN.slice(index + 1);
    assert(!sameToken(other, TOKEN));
  }));
});

Deno.test("sameToken() refuses no token, even where the token is empty", () => {
  assert(!sameToken(null, TOKEN));
  assert(!sameToken(null, ""));
});

/** A text that counts how often it is read. */
function counted(text: string) {
  let reads = 0;
  return {
    length: text.length,
    charCodeAt(index: number) {
      reads++;
      return text.charCodeAt(index);
    },
    get reads() {
      return reads;
    },
  };
}

Deno.test("sameToken() reads every character, wherever the texts differ", () => {
  for (const differsAt of [0, 1, 31, 62, 63]) {
    const presented = counted(`${TOKEN.slice(0, differsAt)}x${TOKEN.slice(differsAt + 1)}`);
    const full = counted(TOKEN);
    assert(!sameToken(presented, full));
    assertEquals([presented.reads, full.reads], [64, 64], `differs at ${differsAt}`);
  }
});

Deno.test("sameToken() reads nothing of a text of another length", () => {
  for (const text of ["", TOKEN.slice(1), `${TOKEN}0`, "x".repeat(100_000)]) {
    const presented = counted(text);
    assert(!sameToken(presented, TOKEN));
    assertEquals(presented.reads, 0);
  }
});
