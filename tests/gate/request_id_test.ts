import { newId } from "../../src/gate/request_id.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";

Deno.test("newId() gives 16 lower-case hex digits, never the same twice", () => {
  const ids = Array.from({ length: 5000 }, newId);
  for (const id of ids) assertMatch(id, /^[0-9a-f]{16}$/);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("newId() leaves no bit unused", () => {
  // Each of the 64 bits is 0 or 1 in all of 512 ids with a chance of 2⁻⁵¹² only.
  let ones = 0n;
  let zeros = 0n;
  for (let i = 0; i < 512; i++) {
    const bits = BigInt(`0x${newId()}`);
    ones |= bits;
    zeros |= ~bits & 0xffffffffffffffffn;
  }
  assertEquals([ones, zeros], [0xffffffffffffffffn, 0xffffffffffffffffn]);
});
