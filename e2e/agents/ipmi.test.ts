/** The real fence_ipmilan and ipmitool against a simulated BMC (Debian's openipmi), over the LAN protocols. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FenceRequest } from '../../src/core/model/operation.ts';
import { eventually, openStage, ownNamespaces, type Stage } from './stage.ts';

/** One answer takes fence_ipmilan a second or two, a reboot has several. */
const TIMEOUT_MS = 60_000;
const PORT = '9623';

let stage: Stage;
let simulator = 0;

beforeAll(async () => {
  stage = await openStage(ownNamespaces);
  const secrets = join(stage.directory, 'run/secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  writeFileSync(join(secrets, 'ipmi'), 'hunter2', { mode: 0o600 });
  writeFileSync(join(secrets, 'old'), 'hunter1', { mode: 0o600 });
  await stage.inside('ip', 'link', 'set', 'lo', 'up');
  simulator = await startSimulator(join(stage.directory, 'bmc'));
}, TIMEOUT_MS);

afterAll(async () => {
  if (simulator > 0) process.kill(simulator, 'SIGKILL');
  await stage.close();
});

/** A BMC at 127.0.0.1 whose power is the file `power`; `switched` has every change of it. */
async function startSimulator(directory: string): Promise<number> {
  mkdirSync(directory);
  const file = (name: string): string => join(directory, name);
  writeFileSync(file('power'), '1\n');
  writeFileSync(file('switched'), '');
  writeFileSync(file('chassis'), CHASSIS.replaceAll('DIRECTORY', directory), { mode: 0o755 });
  writeFileSync(file('lan.conf'), lanConfiguration(file('chassis')));
  writeFileSync(file('commands'), COMMANDS);
  const words = ['-n', '-c', file('lan.conf'), '-f', file('commands'), '-s', file('state')];
  const script = 'log=$1; shift; ipmi_sim "$@" >"$log" 2>&1 </dev/null & echo $!';
  const pid = Number(await stage.inside('sh', '-c', script, 'sh', file('log'), ...words));
  await eventually(async () => expect(await ask('status')).toMatchObject({ kind: 'status' }));
  return pid;
}

/** What ipmi_sim asks and tells: `chassis MC get NAME…`, `chassis MC set NAME VALUE…`. */
const CHASSIS = `#!/bin/sh
shift
what=$1
shift
case $what in
  get) for name; do [ "$name" = power ] && echo "power:$(cat DIRECTORY/power)" || echo "$name:0"; done ;;
  set)
    while [ $# -gt 1 ]; do
      if [ "$1" = power ]; then echo "$2" >DIRECTORY/power; echo "$2" >>DIRECTORY/switched; fi
      shift 2
    done ;;
esac
exit 0
`;

const AUTHENTICATION = ['callback', 'user', 'operator', 'admin']
  .map((level) => `  allowed_auths_${level} md5\n`)
  .join('');

const lanConfiguration = (chassis: string): string => `name "n1"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 ${PORT}
  priv_limit admin
${AUTHENTICATION}  guid a123456789abcdefa123456789abcdef
endlan
chassis_control "${chassis} 0x20"
user 2 true "holdfast" "hunter2" admin 10 md5
`;

const COMMANDS = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;

async function ask(action: FenceRequest['action'], more: Readonly<Record<string, string>> = {}) {
  const result = await stage.fence({
    agent: 'fence_ipmilan',
    action,
    port: 'n1',
    parameters: {
      ip: '127.0.0.1',
      ipport: PORT,
      username: 'holdfast',
      password: 'secret:ipmi',
      lanplus: '1',
      cipher: '3',
      ...more,
    },
    timeoutMs: TIMEOUT_MS,
  });
  return result.outcome;
}

const switched = (): readonly string[] => {
  const words = readFileSync(join(stage.directory, 'bmc/switched'), 'utf8')
    .split('\n')
    .filter(Boolean);
  return words.map((word) => (word === '1' ? 'on' : 'off'));
};

test(
  'fence_ipmilan asks for the power, switches off, on, and reboots',
  async () => {
    const before = switched().length;
    expect(await ask('monitor')).toEqual({ kind: 'ok' });
    // It has no list, says so, and ends well.
    expect(await ask('list')).toEqual({ kind: 'ok' });
    expect(await ask('status')).toEqual({ kind: 'status', power: 'on' });
    expect(await ask('off')).toEqual({ kind: 'ok' });
    expect(await ask('status')).toEqual({ kind: 'status', power: 'off' });
    expect(await ask('on')).toEqual({ kind: 'ok' });
    expect(switched().slice(before)).toEqual(['off', 'on']);
    expect(await ask('reboot')).toEqual({ kind: 'ok' });
    expect(await ask('status')).toEqual({ kind: 'status', power: 'on' });
    expect(switched().slice(before)).toEqual(['off', 'on', 'off', 'on']);
  },
  2 * TIMEOUT_MS,
);

test(
  'IPMI 1.5 with MD5 as well',
  async () => {
    expect(await ask('status', { lanplus: '0', auth: 'md5' })).toEqual({
      kind: 'status',
      power: 'on',
    });
  },
  TIMEOUT_MS,
);

test(
  'a wrong password, and nobody there, are failures, with words and without the secret',
  async () => {
    const before = switched();
    const wrong = await ask('off', { password: 'secret:old' });
    expect(wrong).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('fence_ipmilan'),
    });
    expect(JSON.stringify(wrong)).not.toContain('hunter1');
    expect(await ask('off', { ipport: '9624' })).toMatchObject({ kind: 'failed' });
    expect(switched()).toEqual(before);
  },
  2 * TIMEOUT_MS,
);
