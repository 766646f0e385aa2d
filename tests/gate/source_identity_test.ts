import fc from "fast-check";
import {
  formatSourceIdentity,
  parseSourceIdentity,
  sha256Hex,
  type SourceIdentityMarker,
} from "../../src/gate/source_identity.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const ID = "00112233445566ff";
const MARKERS: readonly SourceIdentityMarker[] = ["direct", "approved", "breakglass"];
// The pattern and the lengths of the STS API model.
const STS_PATTERN = /^[A-Za-z0-9_+=,.@-]{2,64}$/;

async function identityOf(user: string, marker: SourceIdentityMarker = "direct"): Promise<string> {
  return formatSourceIdentity({ user, marker, id: ID }, await sha256Hex(user));
}

async function userOf(user: string, marker: SourceIdentityMarker = "direct"): Promise<string> {
  const parsed = parseSourceIdentity(await identityOf(user, marker));
  assertEquals([parsed?.marker, parsed?.id], [marker, ID]);
  return parsed!.user;
}

Deno.test("source identity: an ordinary username stands in it as it is", async () => {
  assertEquals(await identityOf("alice"), `sentinel=alice=direct=${ID}`);
  assertEquals(
    await identityOf("a.b+c@ops.example.com", "breakglass"),
    `sentinel=a.b+c@ops.example.com=breakglass=${ID}`,
  );
});

const A27 = "a".repeat(27);

Deno.test("source identity: what STS would refuse or is too long gets a digest", async () => {
  const digested = ["", " ", "role/session", "a:b", "josé", "日本語", "a\nb", `${A27}a`, "🙂"];
  for (const user of digested) {
    const part = await userOf(user);
    assertNotEquals(part, user);
    assertMatch(part, /^[\w+=,.@-]{0,10}-[0-9a-f]{16}$/, user);
    assertEquals(part.slice(-16), (await sha256Hex(user)).slice(0, 16));
  }
  assertEquals(await userOf(A27), A27);
  assertEquals((await identityOf(A27, "breakglass")).length, 64);
});

Deno.test("source identity: a username that looks like a digested one gets a digest of its own", async () => {
  const long = "somebody-with-a-very-long-name@example.com";
  const part = await userOf(long);
  assertNotEquals(await userOf(part), part);
  // …and so on, as far as anyone cares to go.
  assertNotEquals(await userOf(await userOf(part)), await userOf(part));
  assertEquals(await userOf("alice-00112233445566FF"), "alice-00112233445566FF");
});

Deno.test("source identity: usernames that contain its own grammar are read from the right", async () => {
  for (const user of ["a=direct=b", "x=approved=0", "=", "==", "sentinel=a", "direct=breakglass"]) {
    assertEquals(await userOf(user, "approved"), user);
  }
});

/** Usernames as AWS has them, as nobody should, and as an attacker would choose them. */
const username = fc.oneof(
  fc.stringMatching(/^[\w+=,.@-]{1,64}$/),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 40 }).filter((text) => text.isWellFormed()),
  fc.stringMatching(/^[\w=-]{0,12}-[0-9a-f]{15,17}$/),
  fc.stringMatching(/^[ab]{26,29}$/),
  fc.stringMatching(/^[ab=:/]{0,4}(=direct=[0-9a-f]{16})?$/),
);

Deno.test("source identity: legal for STS and readable, whatever the user is called", async () => {
  const parts = fc.tuple(
    username,
    fc.constantFrom(...MARKERS),
    fc.stringMatching(/^[0-9a-f]{16}$/),
  );
  await fc.assert(
    fc.asyncProperty(parts, async ([user, marker, id]) => {
      const digest = await sha256Hex(user);
      const text = formatSourceIdentity({ user, marker, id }, digest);
      assertMatch(text, STS_PATTERN);
      assert(!text.startsWith("aws:"));
      const parsed = parseSourceIdentity(text);
      assertEquals([parsed?.marker, parsed?.id], [marker, id]);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("source identity: the user part is the same with every marker", async () => {
  await fc.assert(fc.asyncProperty(username, async (user) => {
    const parts = await Promise.all(MARKERS.map((marker) => userOf(user, marker)));
    assertEquals(new Set(parts).size, 1);
  }));
});

Deno.test("source identity: two users never get the same one", async () => {
  const pairs = fc.oneof(
    fc.tuple(username, username),
    // One whose name differs a little, at any place.
    fc.tuple(username, fc.nat(), fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 })).map(
      ([user, at, other]) => {
        const characters = Array.from(user);
        characters[characters.length === 0 ? 0 : at % characters.length] = other;
        return [user, characters.join("")] as [string, string];
      },
    ),
  );
  await fc.assert(
    fc.asyncProperty(pairs, async ([a, b]) => {
      const [partA, partB] = [await userOf(a), await userOf(b)];
      assertEquals(partA === partB, a === b, `${a} and ${b}`);
      // Somebody who calls themselves what another's name was made into.
      assertEquals(await userOf(partA) === partA, a === partA);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("source identity: text that is not one is not read as one", () => {
  const foreign = [
    "",
    "sentinel",
    "sentinel==direct=00112233445566ff", // nobody
    "sentinel=alice=direct=00112233445566FF",
    "sentinel=alice=direct=00112233445566f",
    "sentinel=alice=direct=00112233445566fff",
    "sentinel=alice=Direct=00112233445566ff",
    "sentinel=alice=00112233445566ff",
    "sentinel:alice:direct:00112233445566ff",
    " sentinel=alice=direct=00112233445566ff",
    "sentinel=alice=direct=00112233445566ff\n",
    "SENTINEL=alice=direct=00112233445566ff",
  ];
  for (const text of foreign) assertEquals(parseSourceIdentity(text), null, JSON.stringify(text));
});

Deno.test("sha256Hex() is SHA-256 of the UTF-8 bytes, in lower-case hex", async () => {
  assertEquals(
    await sha256Hex("abc"), // the example of FIPS 180-2
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertNotEquals(await sha256Hex("é"), await sha256Hex("e\u0301"));
});
