import { expect, it } from 'vitest';

import type { TestBackend } from '../api/testing/backend.ts';
import { testBackend } from '../api/testing/backend.ts';
import type { Command } from '../core/cluster/commands.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { WATCHDOG_ATTRIBUTE } from '../core/model/attributes.ts';
import type { Configuration, FenceDevice } from '../core/model/configuration.ts';
import { incarnation, nodeName, wallMs } from '../core/model/ids.ts';
import { applyCommand } from '../core/cluster/apply.ts';
import { NOON, clusterOf, configured, node, primitive } from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';
import { plainFenceDevice } from '../core/model/testing/fence-device.ts';

const DAY_MS = 86_400_000;

const device = (id: string): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_ipmilan',
});

function cluster(more: Partial<Configuration> = {}): ClusterState {
  const configuration = configured([primitive('web')], {
    fenceDevices: [device('ipmi'), device('pdu')],
    ...more,
  });
  const fencing = { active: [], ended: [], failures: {}, retryAt: {}, proofs: [] };
  return clusterOf([node('n1'), node('n2')], { configuration, fencing });
}

/** The nodes that are asked say this of each device, a moment later. */
function answering(answers: Readonly<Record<string, string>>): TestBackend {
  const backend = testBackend(cluster());
  return {
    ...backend,
    submit: async (command: Command) => {
      const reply = await backend.submit(command);
      for (const test of backend.cluster().fencing.tests ?? []) {
        for (const { device: of, from } of test.paths) {
          const text = answers[of] ?? '';
          const ok = text === 'on';
          const kind = 'fence-test-answer';
          const said = {
            kind,
            id: test.id,
            node: from,
            device: of,
            ok,
            text,
            durationMs: 70,
          } as const;
          await new Promise((resolve) => setTimeout(resolve, 5));
          backend.change(applyCommand(backend.cluster(), said, at(from)).state);
        }
      }
      return reply;
    },
  };
}

const at = (sender: string) => ({
  epoch: 1,
  index: 1,
  time: wallMs(NOON),
  sender: nodeName(sender),
  dc: nodeName('n1'),
  quorate: true,
  members: [],
});

it('shows who asked which device, what it said, and ends well when all answer', async () => {
  const backend = answering({ ipmi: 'on', pdu: 'on' });
  const { text, code } = await runCommand(backend, ['fence', 'test', 'n2'], { now: NOON });
  expect(text).toBe(
    [
      '  asking for n2 …',
      'device  level  asked from  time   answer',
      'ipmi    1      n1          70 ms  on',
      'pdu     2      n1          70 ms  on',
      'every device answers for n2.',
      '',
    ].join('\n'),
  );
  expect(code).toBe(EXIT.ok);
  const proofs = await runCommand(backend, ['fence', 'proofs'], { now: NOON });
  expect(proofs.text).toMatch(/n2 +1 +ipmi +\d\d:\d\d:\d\d +\S+ +never *\n/);
  expect(proofs.text).toMatch(/n1 +1 +ipmi +never +never *\n/);
});

it('fails when one device does not answer, in words and in JSON', async () => {
  const answers = { ipmi: 'on', pdu: 'connection refused' };
  const { text, code } = await runCommand(answering(answers), ['fence', 'test', 'n2'], {
    now: NOON,
  });
  expect(text).toContain('pdu     2      n1          70 ms  connection refused\n');
  expect(code).toBe(EXIT.failed);
  const words = ['fence', 'test', 'n2', 'n1', '-o', 'json'];
  const json = await runCommand(answering(answers), words, { now: NOON });
  expect(JSON.parse(json.text)).toMatchObject([
    { target: 'n2', ok: false, paths: [{ device: 'ipmi', text: 'on' }, { ok: false }] },
    { target: 'n1', ok: false },
  ]);
  expect(json.code).toBe(EXIT.failed);
});

it('reboots nothing that is not in standby, nor itself, nor several', async () => {
  const real = async (...words: readonly string[]) =>
    runCommand(testBackend(cluster()), ['fence', 'test', ...words, '--for-real', '--yes'], {
      now: NOON,
    });
  const busy = await real('n2');
  expect(busy.text.replaceAll(/\s+/g, ' ')).toContain('n2 is not in standby');
  expect(busy.code).toBe(EXIT.refused);
  expect((await real('n1')).text).toContain('This is n1');
  expect((await real('n1', 'n2')).code).toBe(EXIT.usage);
});

it('the status names nodes that no device reaches, before one is lost', async () => {
  const hosts = { n1: '1' };
  const reached = cluster({ fenceDevices: [{ ...device('pdu'), hosts }] });
  const { text } = await runCommand(testBackend(reached), ['status'], { now: NOON, columns: 200 });
  expect(text).toContain('  ! No fence device reaches n2: what runs there is not recovered');
  const options = [{ id: 'options', score: 0, values: { 'fencing-watchdog-timeout': '10s' } }];
  const watched = cluster({ fenceDevices: [{ ...device('pdu'), hosts }], options });
  const second = await runCommand(testBackend(watched), ['status'], { now: NOON, columns: 200 });
  expect(second.text).not.toContain('reaches');
});

it('the status asks for a test until there was one, and again after 30 days', async () => {
  const status = async (state: ClusterState): Promise<string> =>
    (await runCommand(testBackend(state), ['status'], { now: NOON, columns: 200 })).text;
  expect(await status(cluster())).toContain(
    '  ! Fencing of n1 and n2 by ipmi and pdu was never tried.\n    → holdfast fence test n1 n2\n',
  );
  const proved = (daysAgo: number): ClusterState => {
    const state = cluster();
    const when = { answeredAt: wallMs(NOON - daysAgo * DAY_MS) };
    const proofs = ['n1', 'n2'].flatMap((target) =>
      ['ipmi', 'pdu'].map((of) => ({ device: of, target: nodeName(target), ...when })),
    );
    return { ...state, fencing: { ...state.fencing, proofs } };
  };
  expect(await status(proved(29))).not.toContain('tried');
  expect(await status(proved(31))).toContain('was not tried for 30 days');
  const off = [{ id: 'options', score: 0, values: { 'stonith-enabled': 'false' } }];
  expect(await status(cluster({ options: off }))).not.toContain('tried');
});

it('the status says what a test has failed with, until one goes well or it is configured anew', async () => {
  const backend = answering({ ipmi: 'on', pdu: 'no such plug' });
  const status = async (): Promise<string> =>
    (await runCommand(backend, ['status'], { now: NOON, columns: 200 })).text;
  await runCommand(backend, ['fence', 'test', 'n2'], { now: NOON });
  expect(await status()).toContain(
    '  ! Fencing of n2 by pdu was tested, and failed: no such plug (from n1).\n' +
      '    → mend what it says, then: holdfast fence test n2\n',
  );
  expect(await status()).toContain('Fencing of n1 by ipmi and pdu was never tried.');

  const later = backend.cluster();
  const proof = { device: 'pdu', target: nodeName('n2'), answeredAt: wallMs(NOON + 60_000) };
  const proofs = [...(later.fencing.proofs ?? []), proof];
  backend.change({ ...later, fencing: { ...later.fencing, proofs } });
  expect(await status()).not.toContain('failed');
  const appliedAt = wallMs(NOON + 60_000);
  backend.change({ ...later, configuration: { ...later.configuration, appliedAt } });
  expect(await status()).not.toContain('failed');
  expect(await status()).toContain('n2 by ipmi and pdu was never tried');
});

it('the status says that a test for real has failed', async () => {
  const test = {
    id: 't1',
    target: nodeName('n2'),
    by: 'anna',
    forReal: true,
    begunAt: wallMs(NOON),
    paths: [],
    endedAt: wallMs(NOON),
    ok: false,
    text: 'ipmi has not fenced n2: no route',
  } as const;
  const state = cluster();
  const failed = { ...state, fencing: { ...state.fencing, tests: [test] } };
  const { text } = await runCommand(testBackend(failed), ['status'], { now: NOON, columns: 200 });
  expect(text).toContain(
    '  ! Fencing of n2 was tried for real, and failed: ipmi has not fenced n2: no route.\n' +
      '    → mend what it says, then: holdfast fence test n2 --for-real\n',
  );
});

it('a watchdog that is the only way is in the ledger, and to be tried by a reset', async () => {
  const run = async (state: ClusterState, ...words: readonly string[]): Promise<string> =>
    (await runCommand(testBackend(state), words, { now: NOON, columns: 200 })).text;
  const values = { 'fencing-watchdog-timeout': '-1' };
  const options = [{ id: 'options', score: 0, values }];
  const configuration = configured([primitive('web')], { options });
  const nodes = (value: string) =>
    ['n1', 'n2'].map((name) => node(name, { attributes: { [WATCHDOG_ATTRIBUTE]: value } }));
  const armed = clusterOf(nodes('10000 5000'), { configuration });
  expect(await run(armed, 'status')).toContain(
    '  ! Only a watchdog fences n1 and n2, and its reset was never tried.\n' +
      '    → one node after the other: holdfast node standby n1 --wait, then on another node: ' +
      'holdfast fence test n1 --for-real\n',
  );
  expect(await run(armed, 'fence', 'proofs')).toMatch(/n1 +1 +watchdog +never *\n/);
  const proved = (daysAgo: number): ClusterState => {
    const when = { fencedAt: wallMs(NOON - daysAgo * DAY_MS), fencedBy: 'anna' };
    const proofs = ['n1', 'n2'].map((target) => ({
      ...when,
      device: 'watchdog',
      target: nodeName(target),
    }));
    return { ...armed, fencing: { ...armed.fencing, proofs } };
  };
  expect(await run(proved(364), 'status')).not.toContain('tried');
  expect(await run(proved(364), 'fence', 'proofs')).toMatch(/n2 +1 +watchdog +\S.* anna *\n/);
  expect(await run(proved(366), 'status')).toContain('its reset was not tried for 365 days');
  // What does not count is named for another reason.
  const refused = clusterOf(nodes('10000 5000 virtual'), { configuration });
  expect(await run(refused, 'status')).not.toContain('tried');
});

it('fence devices says whom each one reaches, how that is known, and why not', async () => {
  const fenceDevices = [
    device('virt'),
    { ...device('pdu'), hosts: { n1: '1', n2: '2' } },
    device('old'),
    { ...device('ipmi'), hostCheck: 'none' as const },
  ];
  const attributes = {
    '#fence-hosts:virt': 'listed:\nn2=vm-2',
    '#fence-hosts:old': 'unknown: its agent has no list',
    '#fence-device:virt': 'ok',
    '#fence-device:pdu': 'connection refused',
  };
  const configuration = configured([primitive('web')], { fenceDevices });
  const state = clusterOf([node('n1', { attributes }), node('n2')], { configuration });
  const { text } = await runCommand(testBackend(state), ['fence', 'devices'], { now: NOON });
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    'device  agent          reaches      known by   answers',
    'virt    fence_ipmilan  n2=vm-2      its list   all',
    'pdu     fence_ipmilan  n1=1 n2=2    its hosts  not n1',
    'old     fence_ipmilan  every node?  its list   not asked',
    'ipmi    fence_ipmilan  n1 n2        nothing    not asked',
    'old has not said whom it reaches, and is tried for every node: its agent has no',
    'list',
    '',
  ]);
});

it('fence history --full has what the agents printed, and nothing that moves the terminal', async () => {
  const backend = answering({});
  const request = {
    id: 'f1',
    target: nodeName('n2'),
    incarnation: incarnation('n2-life'),
    method: 'off' as const,
    device: 'ipmi',
    executor: nodeName('n1'),
    reason: 'it is lost',
    begunAt: wallMs(NOON),
    attempt: 1,
    endedAt: wallMs(NOON + 700),
    ok: true,
    text: 'ok',
    durationMs: 700,
  };
  const { fencing } = backend.cluster();
  const ended = [request, { ...request, output: 'asking \u001b[2J10.0.0.9\nChassis off\n' }];
  backend.change({ ...backend.cluster(), fencing: { ...fencing, ended } });
  const print = async (...words: readonly string[]): Promise<string> =>
    (await runCommand(backend, ['fence', 'history', ...words], { now: NOON })).text;
  expect(await print()).not.toContain('Chassis');
  expect((await print('--full')).split('\n').slice(1, 3)).toEqual([
    '          asking 10.0.0.9',
    '          Chassis off',
  ]);
  expect(await print('--full')).toContain('          (it printed nothing, or');
});
