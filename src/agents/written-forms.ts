/**
 * How programs write a text for other programs: agents that tell what they do print the command, the URL, the header or the
 * document that a password is part of (`verbose` of fence-agents; tracebacks of Python).
 */

/** Shorter pieces of Base64 are part of other words. */
const BASE64_CHARS_MIN = 6;

/** The text itself, and as it stands in these. Unchanged ones are not listed twice. */
export function writtenForms(text: string): readonly string[] {
  const url = urlForm(text);
  const json = JSON.stringify(text).slice(1, -1);
  const forms = [
    text,
    url,
    url.replaceAll('%2F', '/'),
    url.replaceAll('%20', '+'),
    encodeURIComponent(text.toWellFormed()),
    json,
    asciiOnly(json),
    text.replaceAll(/[\\']/g, String.raw`\$&`),
    ...SHELL_QUOTES.map((quote) => text.replaceAll("'", quote)),
    xmlForm(text),
    xmlForm(text).replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    ...base64Forms(text),
  ];
  return [...new Set(forms)];
}

/** An end of quotes, a quote, and quotes again: as Python's shlex writes it, and as people do. */
const SHELL_QUOTES = [`'"'"'`, String.raw`'\''`];

/** Everything but letters, digits and `-_.~` in per cent (RFC 3986, 2.3). */
const urlForm = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const asciiOnly = (json: string): string =>
  json.replaceAll(
    /[^\0-\u007f]/g,
    (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  );

const xmlForm = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * What of its Base64 does not depend on what stands around it (`user:password` of HTTP): a form for each of the
 * three places that it can begin at within three bytes.
 */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6)];
    const plain = all.toString('base64').slice(from, to);
    if (plain.length < BASE64_CHARS_MIN) return [];
    return [plain, plain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
