/**
 * Gets the keys of an instance, in a process whose environment a test chooses.
 *
 * @module
 */
import { fetchInstanceKeys } from "../../src/aws/instance_keys.ts";

const { sessionToken } = await fetchInstanceKeys(Deno.env);
console.log(sessionToken === null ? "none" : "keys");
