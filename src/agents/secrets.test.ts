import { expect, test } from 'vitest';
import { lastBytes } from './output.ts';
import { redact, resolveSecrets } from './secrets.ts';

const store = {
  read: (name: string) =>
    name === 'broken'
      ? Promise.reject(new Error('permission denied'))
      : Promise.resolve({ db: 'hunter2' }[name]),
};

test('only values of the form secret:NAME are filled in', async () => {
  const resolved = await resolveSecrets({ password: 'secret:db', note: 'no secret:db' }, store);
  expect(resolved).toEqual({
    kind: 'resolved',
    parameters: { password: 'hunter2', note: 'no secret:db' },
    secrets: ['hunter2'],
  });
});

test('what is a secret by its name is not shown either, though it stands in the clear', async () => {
  const parameters = {
    passwd: 'hunter3',
    login_token: 'abcd',
    community: 'switches',
    secret_key: 'hunter4',
    password: 'on',
    password_script: '/usr/bin/true',
    user: 'anna',
  };
  const resolved = await resolveSecrets(parameters, store);
  expect(resolved).toMatchObject({
    kind: 'resolved',
    secrets: ['hunter3', 'abcd', 'switches', 'hunter4'],
  });
});

test('a secret that is not there or cannot be read names the parameter', async () => {
  expect(await resolveSecrets({ password: 'secret:other' }, store)).toEqual({
    kind: 'missing',
    reason: 'parameter password: secret other is not on this node',
  });
  expect(await resolveSecrets({ password: 'secret:broken' }, store)).toEqual({
    kind: 'missing',
    reason: 'parameter password: secret broken cannot be read: permission denied',
  });
});

test('secrets are nowhere in a text, their lines neither', () => {
  expect(redact('login hunter2 with hunter2!', ['hunter2', 'hunter'])).toBe(
    'login [secret] with [secret]!',
  );
  expect(redact('key: line two', ['line one\nline two'])).toBe('key: [secret]');
  expect(redact('a text', ['', 'x'])).toBe('a text');
});

const odd = `it's a"pä&ss\\/w%rd+1`;

test.each([
  ['a URL', encodeURIComponent(odd)],
  ['a URL, as Python quotes it', 'it%27s%20a%22p%C3%A4%26ss%5C/w%25rd%2B1'],
  ['a form', 'it%27s+a%22p%C3%A4%26ss%5C%2Fw%25rd%2B1'],
  ['JSON', JSON.stringify(odd)],
  ['JSON, as Python writes it', String.raw`it's a\"p\u00e4&ss\\/w%rd+1`],
  ['words of Python', String.raw`'it\'s a"pä&ss\\/w%rd+1'`],
  ['a command', `-P 'it'"'"'s a"pä&ss\\/w%rd+1' -L`],
  ['a command, quoted by hand', String.raw`'it'\''s a"pä&ss\/w%rd+1'`],
  ['XML', String.raw`<pass>it's a"pä&amp;ss\/w%rd+1</pass>`],
  ['an attribute of XML', String.raw`it&apos;s a&quot;pä&amp;ss\/w%rd+1`],
])('a secret is not seen as part of %s', (_what, written) => {
  const shown = redact(written, [odd]);
  expect(shown).toContain('[secret]');
  expect(shown).not.toMatch(/rd/);
});

test.each(['', 'a', 'admin', 'user:', 'root:12'])('nor behind "%s" in Base64', (before) => {
  const written = Buffer.from(`${before}${odd}tail`).toString('base64');
  const shown = redact(`Authorization: Basic ${written}`, [odd]);
  const left = shown.split(' ').at(-1)?.split('[secret]') ?? [];
  expect(left).toHaveLength(2);
  expect(left.join('').length).toBeLessThan(written.length - 20);
});

test('the last part of a text begins with a whole character', () => {
  expect(lastBytes('abc', 3)).toBe('abc');
  expect(lastBytes('aüc', 2)).toBe('c');
  expect(lastBytes('aüc', 3)).toBe('üc');
});
