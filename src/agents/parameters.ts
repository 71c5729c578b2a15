/** What the parameters of Holdfast's own classes of agents have in common. */

/** A service that answers over the network. */
export type NetworkCheck =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: URL; readonly status: number | undefined };

export type Parsed<Settings> =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Not a state of settings: unwinds to `parseOrSay`, which turns it into its reason. */
class WrongParameter extends Error {}

export function wrong(parameter: string, problem: string): never {
  throw new WrongParameter(`parameter ${parameter} ${problem}`);
}

/** The settings that `read` makes, or what it said by `wrong`. */
export function parseOrSay<Settings>(read: () => Settings): Parsed<Settings> {
  try {
    return { kind: 'settings', settings: read() };
  } catch (error) {
    if (error instanceof WrongParameter) return { kind: 'wrong', reason: error.message };
    throw error;
  }
}

/** `host:port`, `[::1]:port` or `port`, then on this machine. */
export function readTcp(text: string): NetworkCheck {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) return wrong('tcp', `is ${text}; expected host:port`);
  return { kind: 'tcp', host: match[1] ?? match[2] ?? 'localhost', port };
}

export function readHttp(text: string, status: string | undefined): NetworkCheck {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return wrong('http', `is ${text}; expected a URL`);
  if (status !== undefined && !/^[1-5]\d\d$/.test(status)) {
    wrong('http_status', `is ${status}; expected a status code such as 200`);
  }
  return { kind: 'http', url, status: status === undefined ? undefined : Number(status) };
}
