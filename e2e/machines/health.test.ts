/** What a machine's monitor finds, and what its start says: real QEMU, real guests, QEMU's real guest agent. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../src/core/model/operation.ts';
import { tapOf } from '../../src/agents/vm/networks.ts';
import { openQmp } from '../../src/agents/vm/qmp.ts';
import { codeOf, eventually } from '../agents/stage.ts';
import { obstacle } from '../guest/archive.ts';
import { askMachine, controlOf, type Parameters } from './acts.ts';
import { GUEST_ADDRESS, GUEST_AGENT, openPlaces, type Places } from './guest.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: machines that are ill: ${missing}`);
const qemu = '/usr/bin/qemu-system-x86_64';
const waitMs = 60_000;
/** Some boot twice, on processors that are executed in software. */
const timeout = 300_000;

let places: Places;

const ask = (operation: string, parameters: Parameters, timeoutMs = 100_000) =>
  askMachine(places.n1, operation, parameters, { timeoutMs });
const look = (parameters: Parameters): Promise<OperationResult> =>
  askMachine(places.n1, 'monitor', parameters, { intervalMs: 1000, timeoutMs: 5000 });

/** Without a disk and a network: what is tested there needs none, and it boots sooner. */
const small = (rest: Parameters = {}, words = ''): Parameters => {
  const { networks: _, ...guest } = places.guest(rest, words);
  return guest;
};

const isIll = (words: string | RegExp) => ({
  kind: 'exited',
  exitCode: 1,
  exitReason: expect.stringMatching(words) as string,
});
const diskFailed = isIll('stopped because a disk has failed or is full');

async function untilLooked(parameters: Parameters, outcome: unknown): Promise<void> {
  await eventually(async () => expect((await look(parameters)).outcome).toEqual(outcome), waitMs);
}
const untilWell = (parameters: Parameters): Promise<void> =>
  untilLooked(parameters, { kind: 'exited', exitCode: 0, exitReason: '' });

const own = (name: string): string => join(places.n1.directory, name);
const sh = (text: string): Promise<string> => places.n1.inside('busybox', 'sh', '-c', text);

/** The first node's QEMU is this script's from now on: `"$@"` are its words, `$real` begins the real one. */
async function withQemu(script: string): Promise<void> {
  writeFileSync(own('real'), '');
  await places.n1.inside('mount', '--bind', qemu, own('real'));
  const real = `real=(-a ${qemu} ${own('real')} -L /usr/share/qemu -L /usr/share/seabios -L /usr/lib/ipxe/qemu)`;
  writeFileSync(own('qemu'), `#!/bin/bash\n${real}\n${script}\n`, { mode: 0o755 });
  await places.n1.inside('mount', '--bind', own('qemu'), qemu);
}
const withRealQemu = (): Promise<string> => places.n1.inside('umount', '--lazy', qemu, own('real'));

/** What the guest agent answers to this. */
function tellAgent(message: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlOf(places.n1).replace(/control$/, 'agent'));
    socket.on('connect', () => socket.write(`${JSON.stringify(message)}\n`));
    socket.on('error', reject);
    socket.once('data', (data: Buffer) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

describe.skipIf(missing !== undefined)('a machine that is looked at', { timeout }, () => {
  beforeAll(async () => {
    places = await openPlaces({ guestAgent: existsSync(GUEST_AGENT) });
  });
  beforeEach(() => places.reconnect());
  afterEach(async () => {
    await ask('stop', places.guest(), 800);
  });
  afterAll(() => places.close());

  test('is not well when its disk is full, and boots anew when there is room again', async () => {
    mkdirSync(own('full'));
    await places.n1.inside('mount', '-t', 'tmpfs', '-o', 'size=8M', 'tmpfs', own('full'));
    const image = own('full/disk.raw');
    await sh(`truncate -s 16M ${image}; dd if=/dev/zero of=${own('full/other')} bs=4k; true`);
    const guest = places.guest({ disks: `${image},cache=writeback` });
    expect(codeOf(await ask('start', guest))).toBe(0);
    await untilLooked(guest, diskFailed);
    // What boots now ends where the first one has, and says so instead of waiting for its check.
    expect(codeOf(await ask('stop', guest))).toBe(0);
    const again = await ask('start', { ...guest, tcp: `${GUEST_ADDRESS}:9` });
    expect(again.outcome).toEqual(diskFailed);
    await sh(`rm ${own('full/other')}`);
    const served = { ...guest, http: `http://${GUEST_ADDRESS}/boot` };
    expect((await ask('start', served)).outcome).toMatchObject({ exitCode: 0 });
    await eventually(async () => {
      const number = await places.n1.call('get', `http://${GUEST_ADDRESS}/number`);
      expect(Number(number)).toBeGreaterThan(0);
    }, waitMs);
    await untilWell(served);
  });

  test('is not well when its disk fails, and boots anew when the disk is well again', async () => {
    const failing =
      '"driver":"blkdebug","inject-error":[{"event":"none","iotype":"write","errno":5}]';
    await withQemu(`words=()
from='"file":{"driver":"file"' to='"file":{${failing},"image":{"driver":"file"'
for word; do
  if [[ $word == *"$from"* ]]; then word=\${word/"$from"/"$to"}; word=\${word/'},"discard"'/'}},"discard"'}; fi
  words+=("$word")
done
QEMU_MODULE_DIR=/usr/lib/x86_64-linux-gnu/qemu exec "\${real[@]}" "\${words[@]}"`);
    const guest = places.guest({ disks: places.image('failing.raw') });
    try {
      expect((await ask('start', guest)).outcome).toMatchObject({ exitCode: 0 });
      await untilLooked(guest, diskFailed);
    } finally {
      await withRealQemu();
    }
    expect(codeOf(await ask('stop', guest))).toBe(0);
    expect(codeOf(await ask('start', { ...guest, http: `http://${GUEST_ADDRESS}/boot` }))).toBe(0);
    await untilWell(guest);
  });

  test.each([
    ['tcp', `${GUEST_ADDRESS}:7`, `${GUEST_ADDRESS}:7 had not answered`],
    ['http', `http://${GUEST_ADDRESS}/boot`, `http://${GUEST_ADDRESS}/boot had not answered`],
  ])('is well while it answers by %s, and not while it does not', async (kind, at, words) => {
    const guest = places.guest({ [kind]: at });
    expect((await ask('start', guest)).outcome).toMatchObject({ exitCode: 0 });
    await untilWell(guest);
    const plug = (to: 'up' | 'down') => places.n1.inside('ip', 'link', 'set', tapOf('test', 0), to);
    await plug('down');
    await untilLooked(guest, isIll(words));
    await plug('up');
    await untilWell(guest);
    const refused = { ...guest, [kind]: at.replace(/:7$|\/boot$/, ':81') };
    expect((await look(refused)).outcome).toEqual(isIll('ECONNREFUSED'));
  });

  describe.skipIf(!existsSync(GUEST_AGENT))('by its guest agent', () => {
    test('starts when that answers, and shuts down when that is asked, deaf to its power button', async () => {
      const guest = small({ guest_agent: 'yes' }, 'deaf=yes');
      expect((await ask('start', guest)).outcome).toMatchObject({ exitCode: 0 });
      expect(await tellAgent({ execute: 'guest-info' })).toContain('"version": "7');
      await untilWell(guest);
      const { outcome } = await ask('stop', guest);
      expect(outcome).toEqual({ kind: 'exited', exitCode: 0, exitReason: '' });
    });

    test('is not well while that hangs, and well when it goes on', async () => {
      const guest = places.guest({ guest_agent: 'yes' });
      expect((await ask('start', guest)).outcome).toMatchObject({ exitCode: 0 });
      // Until somebody knocks at the guest's port 99.
      const hang = 'p=$(pidof qemu-ga); kill -STOP $p; nc -l -p 99; kill -CONT $p';
      const words = { path: '/bin/busybox', arg: ['sh', '-c', hang] };
      expect(await tellAgent({ execute: 'guest-exec', arguments: words })).toContain('pid');
      await untilLooked(guest, isIll('the guest agent: it does not answer'));
      await sh(`echo | nc -w 5 ${GUEST_ADDRESS} 99; true`);
      await untilWell(guest);
    });
  });

  test.skipIf(!existsSync('/dev/kvm'))(
    'does not take KVM for the device, and says so',
    async () => {
      const guest = small({ accelerator: 'auto' });
      await places.n1.inside('mount', '--bind', '/dev/null', '/dev/kvm');
      const started = await ask('start', guest);
      await places.n1.inside('umount', '/dev/kvm');
      const said =
        'in software (TCG), which is slow: /dev/kvm is there, but a small guest did not run';
      expect(started).toMatchObject({
        outcome: { exitCode: 0 },
        output: expect.stringContaining(said) as string,
      });
      expect((await ask('logs', guest)).output).toContain(said);
      const qmp = await openQmp(controlOf(places.n1), AbortSignal.timeout(waitMs));
      expect(await qmp.ask('query-kvm')).toEqual({
        enabled: false,
        present: expect.anything() as boolean,
      });
      qmp.close();
    },
  );

  test('says what its guest has printed when its start takes too long, who else has read it or not', async () => {
    const words = 'earlyprintk=serial,ttyS0 loglevel=6';
    const unheard = places.guest({ tcp: `${GUEST_ADDRESS}:9` }, words);
    const starting = ask('start', unheard, 45_000);
    await eventually(async () => {
      expect((await ask('logs', unheard)).output).toContain('Kernel command line');
    }, 40_000);
    const { outcome, output } = await starting;
    expect(outcome).toEqual({ kind: 'timed-out' });
    expect(output).toContain('Kernel command line');
    expect(codeOf(await ask('monitor', unheard))).toBe(7);
  });

  test('says what QEMU has said when that does not start', async () => {
    const { outcome, output } = await ask('start', small({ arguments: '-device no-such-thing' }));
    expect(outcome).toEqual(isIll("^QEMU ended: .*'no-such-thing' is not a valid device model"));
    expect(output).toContain('no-such-thing');
  });
});
