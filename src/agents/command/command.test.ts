import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSettings } from './settings.ts';
import { splitCommand } from '../words.ts';

const words = (text: string) => {
  const result = splitCommand(text);
  return result.kind === 'words' ? result.words : result.reason;
};

test('a command is split by quotes and spaces alone', () => {
  expect(words(' /usr/bin/app  --name "good \\"day\\"" \'it is $HOME\' a\\ b\n')).toEqual([
    '/usr/bin/app',
    '--name',
    'good "day"',
    'it is $HOME',
    'a b',
  ]);
  expect(words('app ""')).toEqual(['app', '']);
  expect(words('["app", "a b", "$x"]')).toEqual(['app', 'a b', '$x']);
});

test('what would need a shell is refused with its place', () => {
  expect(words('app | tee log')).toContain('has | at position 5');
  expect(words('app $HOME')).toContain('has $ at position 5');
  expect(words('app > /dev/null')).toContain('has >');
  expect(words('app "open')).toContain('position 5 that does not end');
  expect(words('app \\')).toContain('backslash');
  expect(words('')).toBe('is empty');
  expect(words('[1]')).toContain('JSON list');
  expect(words('["app"')).toContain('JSON list');
  expect(words('["app", "\\u0000"]')).toContain('NUL');
});

test('every list of words survives being written with quotes', () => {
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0'[]/u.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (list) => {
      fc.pre(list[0] !== '');
      expect(words(list.map((one) => `'${one}'`).join(' '))).toEqual(list);
      expect(words(JSON.stringify(list))).toEqual(list);
    }),
  );
});

const parse = (parameters: Record<string, string>) => {
  const result = parseSettings(parameters);
  return result.kind === 'settings' ? result.settings : result.reason;
};

test('a child has a command, a signal to stop it and a way to see it', () => {
  expect(parse({ command: 'app --run' })).toEqual({
    mode: 'child',
    argv: ['app', '--run'],
    environment: {},
    monitor: { kind: 'process' },
    stopSignal: 'SIGTERM',
  });
  expect(
    parse({
      command: 'app',
      directory: '/srv',
      user: 'www',
      group: 'web',
      environment: 'A=1 B="two words"',
      http: 'http://127.0.0.1:80/health',
      http_status: '204',
      stop_signal: 'int',
    }),
  ).toMatchObject({
    directory: '/srv',
    user: 'www',
    group: 'web',
    environment: { A: '1', B: 'two words' },
    monitor: { kind: 'http', status: 204 },
    stopSignal: 'SIGINT',
  });
  expect(parse({ command: 'app', stop_signal: '15' })).toMatchObject({ stopSignal: 'SIGTERM' });
});

test('a port may stand with or without a host', () => {
  const tcp = (text: string) => {
    const settings = parse({ command: 'app', tcp: text });
    return typeof settings === 'string' ? settings : settings.monitor;
  };
  expect(tcp('80')).toEqual({ kind: 'tcp', host: 'localhost', port: 80 });
  expect(tcp('db:5432')).toEqual({ kind: 'tcp', host: 'db', port: 5432 });
  expect(tcp('[::1]:80')).toEqual({ kind: 'tcp', host: '::1', port: 80 });
  expect(tcp('db:70000')).toContain('parameter tcp');
  expect(tcp('db')).toContain('parameter tcp');
});

test('start and stop commands need a monitor, as no process is known', () => {
  const both = { mode: 'start-stop', start: 'app start', stop: 'app stop' };
  expect(parse({ ...both, monitor: 'app status' })).toMatchObject({
    start: ['app', 'start'],
    stop: ['app', 'stop'],
    monitor: { kind: 'command', argv: ['app', 'status'] },
  });
  expect(parse(both)).toContain('must say whether it runs');
});

test('every mistake names its parameter', () => {
  expect(parse({})).toBe('parameter command is missing');
  expect(parse({ command: 'app', comand: 'x' })).toContain('parameter comand is unknown');
  expect(parse({ command: 'app', mode: 'other' })).toContain('parameter mode');
  expect(parse({ command: 'app', directory: 'srv' })).toContain('parameter directory');
  expect(parse({ command: 'app', environment: 'A' })).toContain('parameter environment has A');
  expect(parse({ command: 'app', http: 'ftp://x' })).toContain('parameter http');
  expect(parse({ command: 'app', http: 'http://x', http_status: '99' })).toContain('http_status');
  expect(parse({ command: 'app', stop_signal: 'NO' })).toContain('parameter stop_signal');
  expect(parse({ command: 'app', http: 'http://x', tcp: '80' })).toContain('stands beside');
});
