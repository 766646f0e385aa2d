/**
 * Tells the person at the terminal why credentials were withheld, because several SDKs hide it:
 * each refusal and each fault once, and again only after an answer with credentials. It never
 * judges and never repeats itself for every retry of a client.
 *
 * @module
 */
import type { SentinelError } from "../errors.ts";
import type { Refused } from "../gate/decision.ts";
import { quote } from "../text/printable.ts";
import type { DecisionListener } from "./handler.ts";

/** What the person is told. */
export interface Notice {
  /** Which rule, which reason. */
  readonly message: string;
  /** The next command to run, or `null`. */
  readonly suggestion: string | null;
}

/** Notices are remembered up to this many, so that ever-new reasons cannot fill the memory. */
const MAX_REMEMBERED = 64;

/** A listener for the handler that hands each new notice to `tell`. */
export function createRefusalNotice(tell: (notice: Notice) => void): Required<DecisionListener> {
  const told = new Set<string>();

  function tellOnce(key: readonly (string | null)[], notice: Notice): void {
    const text = JSON.stringify(key);
    if (told.has(text)) return;
    if (told.size >= MAX_REMEMBERED) told.clear();
    told.add(text);
    tell(notice);
  }

  return {
    onAllowed() {
      if (told.size > 0) told.clear();
    },
    onRefusal(refused) {
      const { code, message, verdict } = refused;
      // The message says why: an approval that lapsed, and then a request that waits, are two.
      tellOnce([code, verdict.matchedRule, message], refusalNotice(refused));
    },
    onFault(error) {
      tellOnce([error.code, error.message], faultNotice(error));
    },
  };
}

/** The gate's words, and the rule where they do not name it. */
function refusalNotice({ message, suggestion, verdict }: Refused): Notice {
  const rule = verdict.matchedRule === null ? null : quote(verdict.matchedRule);
  const named = rule === null || message.includes(rule);
  return { message: named ? message : `${message} (rule ${rule})`, suggestion };
}

function faultNotice({ message, suggestion }: SentinelError): Notice {
  return { message: `credentials withheld: ${message}`, suggestion };
}
