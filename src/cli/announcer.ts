/**
 * Tells what happened to approvals and break-glass events to whoever is not at this terminal: the
 * decision log at once, the webhook before the command ends, or the person hears that it was not
 * told. What has happened has happened: it must never be undone or hidden by a failure to tell it.
 *
 * @module
 */
import { openLogs } from "../app.ts";
import { systemClock } from "../clock.ts";
import { asSentinelError } from "../errors.ts";
import { newId } from "../gate/request_id.ts";
import { type Announcement, announcementDocument, eventRecord } from "../state/announcement.ts";
import type { Host } from "./host.ts";
import { listenForSignals } from "./signals.ts";
import { surroundingsOf } from "./surroundings.ts";
import { tellWarning } from "./terminal.ts";

/** Where announcements go besides the webhook. */
export interface AnnouncerSettings {
  readonly logFile: string | null;
  readonly logStderr: boolean;
}

/** An announcement before it has an id. */
export type News = Announcement extends infer A ? A extends Announcement ? Omit<A, "id"> : never
  : never;

/** Tells; disposing of it waits for what is on its way. */
export interface Announcer extends AsyncDisposable {
  /** Writes `news` down and sends it off. Throws `LOG_UNWRITABLE`. */
  announce(news: News): void;
  /** Waits until everything is delivered or told as undelivered. Never rejects. */
  settle(): Promise<void>;
}

/** Opens the log that was asked for. Throws `LOG_UNWRITABLE`. */
export function openAnnouncer(settings: AnnouncerSettings, host: Host): Announcer {
  const logs = openLogs(settings, surroundingsOf(host));
  const underWay = new Set<Promise<void>>();
  const interruption = new AbortController();

  async function send(announcement: Announcement): Promise<void> {
    const failure = await deliverTo(host, announcement, interruption.signal);
    if (failure !== null) tellWarning(host.terminal, failure);
  }

  async function settle(): Promise<void> {
    if (underWay.size === 0) return;
    using signals = listenForSignals(host.os);
    const stop = () => interruption.abort();
    signals.interrupted.addEventListener("abort", stop);
    await Promise.all(underWay);
  }

  return {
    announce(news) {
      const announcement = { ...news, id: newId() } as Announcement;
      const delivery = send(announcement).finally(() => underWay.delete(delivery));
      underWay.add(delivery);
      logs.log?.append(eventRecord(announcement, logs.process));
    },
    settle,
    async [Symbol.asyncDispose]() {
      await settle();
      logs[Symbol.dispose]();
    },
  };
}

/** Delivers to the webhook, where there is one; resolves to a warning, or `null`. Never rejects. */
async function deliverTo(
  host: Host,
  announcement: Announcement,
  signal: AbortSignal,
): Promise<string | null> {
  const undelivered = (where: string, reason: string) =>
    `${announcement.name} was not told to the webhook${where}: ${reason}`;
  try {
    // Whoever has no webhook does not pay for its code.
    if (!host.env.get("SENTINEL_WEBHOOK_URL")) return null;
    const { deliver, readWebhook } = await import("../io/webhook.ts");
    const webhook = readWebhook(host.env);
    if (webhook === null) return null;
    const message = announcementDocument(announcement);
    const reason = await deliver(webhook, message, { clock: systemClock, signal });
    return reason === null ? null : undelivered(` at ${webhook.origin}`, reason);
  } catch (thrown) {
    const { message, suggestion } = asSentinelError(thrown);
    return undelivered("", `${message}. ${suggestion}`);
  }
}
