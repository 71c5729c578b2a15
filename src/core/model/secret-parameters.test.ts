import { expect, test } from 'vitest';

import { isPlainSecret, isSecretName, secretNameFor } from './secret-parameters.ts';

const words = (text: string): readonly string[] => text.split(' ');

test.each([
  'password passwd snmp_priv_passwd PASSWD monpassword db_passwd test_pass',
  'secret token login_token token_secret api_key api-key apikey',
  'access_key secret_key private_key community credentials hexadecimal_kg',
])('are secrets: %s', (names) => {
  expect(words(names).filter((name) => !isSecretName(name))).toEqual([]);
});

// Programs, files, names of users, and what disks tell everybody.
test.each([
  'password_script passwd_script identity_file token_file key_file key',
  'username login ip check_passwd_use_empty private_ip_address snmp_auth_prot',
])('are none: %s', (names) => {
  expect(words(names).filter((name) => isSecretName(name))).toEqual([]);
});

test('a reference, and nothing at all, is not in the clear', () => {
  expect(isPlainSecret('passwd', 'hunter2')).toBe(true);
  expect(isPlainSecret('passwd', 'secret:ipmi')).toBe(false);
  expect(isPlainSecret('passwd', '')).toBe(false);
  expect(isPlainSecret('ip', 'hunter2')).toBe(false);
});

test('secrets are called what a file may be called', () => {
  expect(secretNameFor('power', 'passwd')).toBe('power-passwd');
  expect(secretNameFor('../pöwer x', 'passwd')).toMatch(/^[A-Za-z0-9_.-]+$/);
  expect(secretNameFor('p'.repeat(200), 'passwd')).toHaveLength(128);
});
