/**
 * Tells what happened to approvals and break-glass events to whoever is not at this terminal: the
 * decision log at once, the webhook before the command ends, or the person hears that it was not
 * told. What has happened has happened: it must never be undone or hidden by a failure to tell it.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { asSentinelError, type SentinelError } from "../errors.ts";
import { newId } from "../gate/request_id.ts";
import type { DeliveryOptions } from "../io/webhook.ts";
import { type LogSettings, openLogs } from "../logs.ts";
import { type Announcement, announcementDocument, eventRecord } from "../state/announcement.ts";
import type { Host } from "./host.ts";
import { startProgress } from "./progress.ts";
import { listenForSignals, type SignalListener } from "./signals.ts";
import { surroundingsOf } from "./surroundings.ts";
import { tellWarning } from "./terminal.ts";

/** An announcement before it has an id. */
export type News = Announcement extends infer A ? A extends Announcement ? Omit<A, "id"> : never
  : never;

/**
 * Tells; disposing of it waits for what is on its way, and throws `LOG_UNWRITABLE` when a line could
 * not be written: by then the person has been told what happened.
 */
export interface Announcer extends AsyncDisposable {
  /**
   * Makes a change that is then announced: from its beginning on no signal ends this process before
   * that is told.
   */
  during<T>(change: () => Promise<T>): Promise<T>;
  /** Writes `news` down and sends it off. Never throws. */
  announce(news: News): void;
}

/** A delivery that takes longer than this is shown, and can be given up. */
const PATIENCE_MS = 500;

/**
 * Opens the log that was asked for. `interrupted`: whoever listens for signals already; what is not
 * delivered by then is told as undelivered. Throws `LOG_UNWRITABLE`.
 */
export function openAnnouncer(
  settings: LogSettings & { readonly interrupted?: AbortSignal },
  host: Host,
): Announcer {
  const logs = openLogs(settings, surroundingsOf(host));
  /** What is on its way: a receiver hears of things in the order in which they happened. */
  let underWay: Promise<void> | null = null;
  const interruption = new AbortController();
  const stop = () => interruption.abort();
  settings.interrupted?.addEventListener("abort", stop);
  // Where a Ctrl-C is somebody else's, it means more than the webhook.
  const words = settings.interrupted === undefined
    ? "Telling the webhook (Ctrl-C: give it up)"
    : "Telling the webhook";
  const failures: string[] = [];
  let logFault: SentinelError | null = null;

  async function send(announcement: Announcement): Promise<void> {
    const failure = await deliverTo(host, announcement, {
      signal: interruption.signal,
      // Whoever waits here waits for all of them.
      once: failures.length > 0,
    });
    if (failure !== null) failures.push(failure);
  }

  /** Signals, from the first change on. Whoever listens for them already goes on doing so. */
  let held: SignalListener | null = null;

  function hold(): void {
    if (settings.interrupted === undefined) held ??= listenForSignals(host.os);
  }

  /** Waits until everything is delivered, or given up. */
  async function settle(): Promise<void> {
    using signals = listenForSignals(host.os);
    using progress = host.terminal.stderrIsTerminal ? startProgress(host.terminal) : null;
    // A signal of before that comes late was not meant for the webhook, which is told at once mostly.
    let isPatient = true;
    const giveUp = () => {
      if (signals.interrupted.aborted && !isPatient) stop();
    };
    signals.interrupted.addEventListener("abort", giveUp);
    const cancel = systemClock.after(PATIENCE_MS, () => {
      progress?.show(words);
      isPatient = false;
      giveUp();
    });
    await underWay;
    cancel();
  }

  return {
    during(change) {
      hold();
      return change();
    },
    announce(news) {
      const announcement = { ...news, id: newId() } as Announcement;
      if (hasWebhook(host)) {
        const before = underWay ?? Promise.resolve();
        const delivery = before.then(() => send(announcement)).finally(() => {
          if (underWay === delivery) underWay = null;
        });
        underWay = delivery;
      }
      try {
        logs.log?.append(eventRecord(announcement, logs.process));
      } catch (thrown) {
        logFault ??= asSentinelError(thrown);
      }
    },
    async [Symbol.asyncDispose]() {
      if (underWay !== null) await settle();
      for (const failure of failures) tellWarning(host.terminal, failure);
      settings.interrupted?.removeEventListener("abort", stop);
      held?.[Symbol.dispose]();
      logs[Symbol.dispose]();
      if (logFault !== null) throw logFault;
    },
  };
}

/** Whether there is a webhook: who has none does not pay for its code. */
function hasWebhook({ env }: Host): boolean {
  try {
    return Boolean(env.get("SENTINEL_WEBHOOK_URL"));
  } catch {
    // What is wrong with it is told when it is used.
    return true;
  }
}

/** Delivers to the webhook; resolves to a warning, or to `null`. Never rejects. */
async function deliverTo(
  host: Host,
  announcement: Announcement,
  options: Pick<DeliveryOptions, "signal" | "once">,
): Promise<string | null> {
  const undelivered = (where: string, reason: string) =>
    `${announcement.name} was not told to the webhook${where}: ${reason}`;
  try {
    const { deliver, readWebhook } = await import("../io/webhook.ts");
    const webhook = readWebhook(host.env);
    if (webhook === null) return null;
    const message = announcementDocument(announcement);
    const reason = await deliver(webhook, message, { clock: systemClock, ...options });
    return reason === null ? null : undelivered(` at ${webhook.origin}`, reason);
  } catch (thrown) {
    const { message, suggestion } = asSentinelError(thrown);
    return undelivered("", `${message}. ${suggestion}`);
  }
}
