/**
 * The way to the person at the terminal: codes of multi-factor devices and sign-ins, as the command
 * line says they are to be had. Questions go to the person's own terminal and never touch standard
 * input or standard output; once a server runs, nobody is asked any more.
 *
 * @module
 */
import {
  codeRequired,
  type Interaction,
  loginRequired,
  type MfaDevice,
} from "../aws/interaction.ts";
import { systemClock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { Host } from "./host.ts";

/** What the command line says of it; what a command does not have is left out. */
export interface InteractionFlags {
  /** `--mfa-token`: a code, good for one device and one call. */
  readonly mfaToken?: string | null;
  /** `--mfa-process`: a program that prints one. */
  readonly mfaProcess?: string | null;
  /** `--auto-login`: sign in where that is needed. */
  readonly autoLogin?: boolean;
  /** `--stdout`: print the address of the page instead of opening a browser. */
  readonly stdout?: boolean;
}

/** An {@linkcode Interaction} that can come to an end. */
export interface OpenInteraction extends Interaction {
  /** From now on nobody is asked: a server must answer at once, and has given up what it takes. */
  close(): void;
}

/** How often a person may mistype. */
const ATTEMPTS = 3;

/** Opens the way. Nobody is asked before somebody has to be. Throws `USAGE`. */
export function openInteraction(flags: InteractionFlags, host: Host): OpenInteraction {
  const { mfaProcess = null, autoLogin = false, stdout = false } = flags;
  let token = readToken(flags.mfaToken ?? null);
  let closed = false;
  return {
    async mfaCode(device) {
      if (closed) throw codeRequired(device);
      if (token !== null) {
        const code = token;
        token = null;
        return code;
      }
      const { runMfaProcess } = await import("../aws/mfa_code.ts");
      if (mfaProcess !== null) {
        return await runMfaProcess(mfaProcess, { source: "--mfa-process", env: host.env });
      }
      if (device.process !== null) {
        const source = `mfa_process of profile ${quote(device.profile)}`;
        return await runMfaProcess(device.process, { source, env: host.env });
      }
      return await askForCode(device, host);
    },
    async login(sso, { rejected } = {}) {
      if (closed || !autoLogin) throw loginRequired(sso);
      const { login } = await import("./login.ts");
      using terminal = await openTeller(host);
      const { tell } = terminal;
      const how = { onDevice: false, stdout, insist: false, rejected, tell };
      await login(sso, { ...how, host, clock: systemClock });
    },
    close: () => void (closed = true),
  };
}

function readToken(text: string | null): string | null {
  if (text === null || /^[0-9]{6}$/.test(text)) return text;
  // Not repeated: people paste other things by mistake.
  throw new SentinelError("USAGE", "--mfa-token is not a code: it must have six digits", {
    suggestion: "Give the six digits that the device shows.",
  });
}

/** Where the person sees it: an AWS client that runs this program hides its standard error. */
async function openTeller(
  host: Host,
): Promise<Disposable & { readonly tell: (text: string) => void }> {
  const personal = host.terminal.stderrIsTerminal ? null : await host.openPersonalTerminal();
  return personal ?? { tell: (text) => host.terminal.err(text), [Symbol.dispose]() {} };
}

async function askForCode(device: MfaDevice, host: Host): Promise<string> {
  const { parseMfaCode } = await import("../aws/mfa_code.ts");
  using terminal = await host.openPersonalTerminal();
  if (terminal === null) throw codeRequired(device);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    terminal.tell(`Code of ${quote(device.serial)} for profile ${quote(device.profile)}: `);
    const answer = await terminal.readLine();
    if (answer === null) {
      // At the end of the input the cursor still stands behind the question.
      terminal.tell("\n");
      break;
    }
    const code = parseMfaCode(answer);
    if (code !== null) return code;
    terminal.tell("A code has six digits.\n");
  }
  throw new SentinelError(
    "SIGN_IN_REQUIRED",
    `Cannot assume the role of profile ${quote(device.profile)}: no code of the device ${
      quote(device.serial)
    } was given`,
    { suggestion: "Run the command again, with the six digits that the device shows." },
  );
}
