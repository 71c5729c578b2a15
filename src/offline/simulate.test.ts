import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Plan } from '../core/model/plan.ts';
import { resourceId, nodeName, wallMs } from '../core/model/ids.ts';
import { simulateCommand, exportCommand, importCommand } from './commands.ts';
import type { SimulateOptions } from './commands.ts';
import { planDot } from './dot.ts';
import { whatIfEvents } from './events.ts';
import type { WhatIfOptions } from './events.ts';
import { pictureOfCib, pictureOfYaml } from './inputs.ts';
import { renderDecision, simulate } from './simulate.ts';
import type { Situation } from './situation.ts';
import { situationAfter } from './situation.ts';
import { planSteps } from './steps.ts';
import { planSvg } from './svg.ts';
import { parseTime } from './time.ts';

/** MD5 of no parameters at all, as histories keep it. */
const DIGEST = 'f2317cad3d54cec5d7d7aa7d0bf35cf8';

const record = (operation: string, rc: number, callId: number, intervalMs = 0): string =>
  `<lrm_rsc_op id="web_${operation}_${intervalMs}" operation="${operation}" interval="${intervalMs}" call-id="${callId}" rc-code="${rc}" op-status="0" transition-key="1:1:${rc}:u" op-digest="${DIGEST}"/>`;

const member = (id: number, records: string): string =>
  `<node_state id="${id}" uname="n${id}" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="${id}"><lrm_resources><lrm_resource id="web" class="ocf" provider="pacemaker" type="Dummy">${records}</lrm_resource></lrm_resources></lrm></node_state>`;

/** Three members; "web" runs on n1, and is known not to run on the others. */
const CIB = `<cib have-quorum="1" dc-uuid="1"><configuration>
  <crm_config><cluster_property_set id="o"><nvpair id="o1" name="placement-strategy" value="default"/></cluster_property_set></crm_config>
  <nodes><node id="1" uname="n1"/><node id="2" uname="n2"/><node id="3" uname="n3"/></nodes>
  <resources><primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="m"><nvpair id="m1" name="migration-threshold" value="1"/></meta_attributes></primitive>
    <primitive id="fence" class="stonith" type="fence_lab"><meta_attributes id="f"><nvpair id="f1" name="target-role" value="Stopped"/></meta_attributes></primitive></resources>
  <constraints><rsc_ticket id="t" rsc="web" ticket="T" loss-policy="stop"/></constraints>
</configuration><status>
  ${member(1, record('start', 0, 2))}${member(2, record('monitor', 7, 1))}${member(3, record('monitor', 7, 1))}
  <tickets><ticket_state id="T" granted="true"/></tickets>
</status></cib>`;

function plan(options: WhatIfOptions, cib = CIB): Plan {
  const read = pictureOfCib(cib, 'cib.xml');
  const events = whatIfEvents(options);
  if ('errors' in read || 'error' in events) throw new Error(JSON.stringify([read, events]));
  const result = simulate({ picture: read.picture, events: events.events });
  if ('error' in result) throw new Error(result.error);
  return result.decision.plan;
}

/** What is done with "web", and to nodes. */
const done = (options: WhatIfOptions, cib = CIB): readonly string[] =>
  plan(options, cib)
    .actions.filter(({ pseudo, resource }) => !pseudo && resource !== 'fence')
    .filter(({ kind }) => kind !== 'monitor' && kind !== 'clear-failcount')
    .map(({ kind, node }) => `${kind} ${node ?? ''}`)
    .toSorted();

test('without an event nothing is done', () => {
  expect(done({})).toEqual([]);
});

test('a node that is gone is fenced, and what ran there starts elsewhere', () => {
  expect(done({ nodeDown: ['n1'] })).toEqual(['fence n1', 'start n2']);
  expect(done({ nodeDown: ['n3'] })).toEqual(['fence n3']);
});

test('a node that left in good order is not fenced', () => {
  expect(done({ nodeLeft: ['n1'] })).toEqual(['start n2']);
});

test('standby moves, and so does a failure with a threshold of one', () => {
  expect(done({ standby: ['n1'] })).toEqual(['start n2', 'stop n1']);
  expect(done({ fail: ['web'], on: ['n1'] })).toEqual(['start n2', 'stop n1']);
  expect(done({ opFail: ['monitor:web@n1=1'], standby: ['n2'] })).toEqual(['start n3', 'stop n1']);
});

test('a failed start bans the resource from the node', () => {
  expect(done({ opFail: ['start:web@n1=1'] })).toEqual(['start n2', 'stop n1']);
});

test('a lost ticket, a wanted stop and lost quorum stop', () => {
  expect(done({ ticketRevoke: ['T'] })).toEqual(['stop n1']);
  expect(done({ stop: ['web'] })).toEqual(['stop n1']);
  expect(done({ quorumLost: true })).toEqual(['stop n1']);
  expect(done({ stop: ['web'], unmanage: ['web'] })).toEqual([]);
});

test('what comes back is used again: a node from standby, a ticket, quorum', () => {
  const empty = CIB.replace(record('start', 0, 2), record('monitor', 7, 1));
  const standby = (name: string): string =>
    `uname="${name}"><instance_attributes id="s-${name}"><nvpair id="sb-${name}" name="standby" value="on"/></instance_attributes></node><node `;
  const all = ['n1', 'n2', 'n3'].reduce(
    (cib, name) => cib.replace(`uname="${name}"/><node `, standby(name)),
    empty.replace('</nodes>', '<node id="9" uname="n9"/></nodes>'),
  );
  expect(done({ standby: ['n9'] }, all)).not.toContain('start n3');
  expect(done({ online: ['n3'], standby: ['n9'] }, all)).toContain('start n3');
  const revoked = empty.replace('granted="true"', 'granted="false"');
  expect(done({}, revoked)).toEqual([]);
  expect(done({ ticketGrant: ['T'] }, revoked)).toEqual(['start n1']);
  expect(done({ quorumGained: true }, empty.replace('have-quorum="1"', ''))).toEqual(['start n1']);
  expect(done({}, empty.replace('have-quorum="1"', ''))).toEqual([]);
});

test('a ticket in standby stops, and goes on when it is active again', () => {
  expect(done({ ticketStandby: ['T'] })).toEqual(['stop n1']);
  const inStandby = CIB.replace('granted="true"', 'granted="true" standby="true"');
  expect(done({}, inStandby)).toEqual(['stop n1']);
  expect(done({ ticketActivate: ['T'] }, inStandby)).toEqual([]);
});

test('a node that comes back is looked at anew, and one in maintenance is left alone', () => {
  const away = CIB.replace(/<node_state id="3".*?<\/node_state>/s, '');
  const probes = (options: WhatIfOptions): readonly unknown[] =>
    plan(options, away).actions.filter(({ kind, node }) => kind === 'monitor' && node === 'n3');
  expect(probes({})).toEqual([]);
  expect(probes({ nodeUp: ['n3'] }).length).toBeGreaterThan(0);
  const failed = { fail: ['web'], on: ['n1'] };
  expect(done({ ...failed, maintenance: ['n1'] })).toEqual([]);
});

test('the picture that it was asked about is not changed', () => {
  const read = pictureOfCib(CIB, 'cib.xml');
  if ('errors' in read) throw new Error(read.errors.join());
  const before = JSON.stringify(read.picture);
  simulate({ picture: read.picture, events: [{ kind: 'node-down', node: 'n1' }] });
  simulate({
    picture: read.picture,
    events: [{ kind: 'operation-failed', resource: 'web', node: 'n1' }],
  });
  expect(JSON.stringify(read.picture)).toBe(before);
});

test('an unknown name is told with the nearest one', () => {
  const read = pictureOfCib(CIB, 'cib.xml');
  if ('errors' in read) throw new Error(read.errors.join());
  const { picture } = read;
  const ask = (event: Parameters<typeof simulate>[0]['events'][number]): unknown =>
    simulate({ picture, events: [event] });
  expect(ask({ kind: 'standby', node: 'n9' })).toEqual({
    error: 'there is no node "n9", did you mean "n1"?',
  });
  expect(ask({ kind: 'stop', resource: 'wbe' })).toEqual({
    error: 'there is no resource "wbe", did you mean "web"?',
  });
});

test('options that do not fit together are told', () => {
  expect(whatIfEvents({ fail: ['web'] })).toHaveProperty('error');
  expect(whatIfEvents({ on: ['n1'] })).toHaveProperty('error');
  expect(whatIfEvents({ opFail: ['web on n1'] })).toHaveProperty('error');
  expect(whatIfEvents({ fail: ['a', 'b'], on: ['n1'] })).toMatchObject({
    events: [
      { resource: 'a', node: 'n1' },
      { resource: 'b', node: 'n1' },
    ],
  });
});

test('the story tells how it is, what will be done and how it will be', () => {
  const read = pictureOfCib(CIB, 'cib.xml');
  if ('errors' in read) throw new Error(read.errors.join());
  const result = simulate({ picture: read.picture, events: [{ kind: 'node-down', node: 'n1' }] });
  if ('error' in result) throw new Error(result.error);
  const story = renderDecision(result.decision, 'text', 'cib');
  const [now = '', after = ''] = story.split('What will be done, and why');
  expect(now).toContain('The cluster has quorum, n2 decides');
  expect(now).toMatch(/n1 {2}unclean/);
  expect(now).toMatch(/web +started on n1/);
  expect(after).toMatch(/1\. +fence n1 \(reboot\): .+/);
  expect(after).toMatch(/2\. +start web on n2: .+/);
  expect(after).toMatch(/Then[^]*n1 {2}offline[^]*web +started on n2/);
  expect(JSON.parse(renderDecision(result.decision, 'json', 'cib'))).toMatchObject({
    case: 'cib',
    error: null,
  });
  expect(renderDecision(result.decision, 'dot', 'cib')).toContain('fence n1 (reboot)');
  expect(renderDecision(result.decision, 'svg', 'cib')).toMatch(/^<svg [^]*fence n1[^]*<\/svg>\n$/);
});

const action = (
  id: number,
  kind: Plan['actions'][number]['kind'],
  more: Partial<Plan['actions'][number]> = {},
): Plan['actions'][number] => ({
  id,
  kind,
  pseudo: kind === 'pseudo',
  name: `${kind}-${id}`,
  intervalMs: 0,
  reason: '',
  priority: 0,
  ...more,
});

const planOf = (actions: Plan['actions'], order: Plan['order'] = []): Plan => ({
  actions,
  order,
  placements: [],
  unplaced: [],
  findings: [],
});

test('steps follow the order, also through what nobody carries out', () => {
  const actions = [action(0, 'start'), action(1, 'pseudo'), action(2, 'stop'), action(3, 'start')];
  const steps = planSteps(
    planOf(actions, [
      [2, 1],
      [1, 0],
    ]),
  );
  expect(steps.map((step) => step.map(({ id }) => id))).toEqual([[2, 3], [0]]);
});

test('after a plan is what its actions bring about', () => {
  const running = (node: string, role: 'Started' | 'Promoted' | 'Unpromoted') => ({ node, role });
  const before: Situation = {
    quorate: true,
    nodes: [
      { name: 'n1', kind: 'member', states: ['unclean'], fenceReason: 'lost' },
      { name: 'n2', kind: 'member', states: ['online'] },
    ],
    resources: [
      {
        name: 'db',
        kind: 'primitive',
        notes: ['failed'],
        running: [running('n1', 'Promoted'), running('n2', 'Unpromoted')],
        children: [],
      },
    ],
  };
  const on = (node: string) => ({ resource: resourceId('db'), node: nodeName(node) });
  const lost = planOf([
    action(0, 'fence', { node: nodeName('n1') }),
    action(1, 'promote', on('n2')),
  ]);
  const after = situationAfter(before, lost);
  expect(after.nodes[0]).toEqual({ name: 'n1', kind: 'member', states: ['offline'] });
  expect(after.resources[0]).toMatchObject({ notes: [], running: [running('n2', 'Promoted')] });
});

test('names cannot break out of the graph', () => {
  const dot = planDot(
    planOf([action(0, 'start', { instance: resourceId('a"];\nevil -> b [x="') })]),
  );
  expect(dot).toContain(String.raw`label="start a\"];\nevil -> b [x=\""`);
});

test('times are read in both forms', () => {
  expect(parseTime('2026-07-01T00:00:00Z')).toBe(wallMs(1_782_864_000_000));
  expect(parseTime('1700000000')).toBe(wallMs(1_700_000_000_000));
  expect(parseTime('tomorrow')).toBeUndefined();
  expect(parseTime('2026-13-01')).toBeUndefined();
  expect(parseTime('2026-02-30T12:00:00Z')).toBeUndefined();
});

const example = new URL('../../examples/web.yaml', import.meta.url).pathname;

test('a configuration alone is decided on a cluster at rest', async () => {
  const outcome = await simulateCommand({ config: example, format: 'json' });
  if (outcome.kind !== 'done') throw new Error(outcome.lines.join());
  const { actions } = JSON.parse(outcome.text) as {
    actions: readonly { op: string; rsc: string }[];
  };
  expect(actions.filter(({ op }) => op === 'start').map(({ rsc }) => rsc)).toEqual([
    'address',
    'server',
  ]);
});

test('parameters of the agents that are part of Holdfast are checked without a node', () => {
  const text =
    'cluster: t\nnodes: { n1: {} }\noptions: { fencing-enabled: false }\nresources:\n' +
    '  db: { agent: vm, parameters: { migration_bandwith: 10 } }\n' +
    '  box: { agent: vm:box }\n  web: { agent: ocf:heartbeat:nginx, parameters: { any: 1 } }\n';
  const read = pictureOfYaml(text, 'c.yaml');
  expect('picture' in read ? read.picture.findings.map((it) => it.text) : read.errors).toEqual([
    expect.stringMatching(/^c.yaml:5:34: vm has no parameter "migration_bandwith", did you mean/),
    expect.stringMatching(/^c.yaml:6:10: .*vm:box/),
  ]);
});

test('an arrow is drawn over a step where no other way says it', () => {
  const order = [
    [0, 1],
    [1, 2],
    [0, 2],
    [3, 2],
  ] as const;
  const actions = [0, 1, 2, 3].map((id) => action(id, 'start'));
  const made = { actions, order, placements: [], unplaced: [], findings: [] };
  // 0 → 1 → 2 and 3 → 2; that 0 comes before 2 is said by the way over 1.
  expect(planSvg(made).match(/marker-end/g)).toHaveLength(3);
});

test('files that are not there, and options that contradict, are told', async () => {
  const reasonOf = async (options: SimulateOptions) => {
    const outcome = await simulateCommand(options);
    return outcome.kind === 'failed' ? outcome.reason : outcome.text;
  };
  expect(await reasonOf({ cib: '/nowhere.xml' })).toBe('notFound');
  expect(await reasonOf({})).toBe('usage');
  expect(await reasonOf({ config: example, now: 'noon' })).toBe('usage');
  expect(await reasonOf({ cib: example })).toBe('invalid');
  expect(await reasonOf({ cib: example, kept: { path: example } })).toBe('usage');
  expect(await reasonOf({ kept: { path: example } })).toBe('invalid');
  expect(importCommand(example)).toMatchObject({ kind: 'failed', reason: 'invalid' });
});

test('export writes a CIB that is read again', () => {
  const outcome = exportCommand(example);
  if (outcome.kind !== 'done') throw new Error(outcome.lines.join());
  const read = pictureOfCib(outcome.text, 'cib.xml');
  if ('errors' in read) throw new Error(read.errors.join());
  expect(read.picture.configuration.resources.map(({ id }) => id)).toEqual(['web', 'power']);
});

test('what is to be spread goes to nodes with another label, and runs beside it where there is none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-spread-'));
  const starts = async (...racks: readonly string[]): Promise<readonly string[]> => {
    const nodes = racks.map((rack, at) => `n${at + 1}: { attributes: { rack: ${rack} } }`);
    const path = join(directory, 'cluster.yaml');
    writeFileSync(
      path,
      `nodes: { ${nodes.join(', ')} }
options: { fencing-enabled: false }
resources: { web1: { agent: "ocf:heartbeat:Dummy" }, web2: { agent: "ocf:heartbeat:Dummy" } }
constraints: [{ colocate: web2, with: web1, score: -1000, node-attribute: rack }]
`,
    );
    const outcome = await simulateCommand({ config: path });
    if (outcome.kind === 'failed') throw new Error(outcome.lines.join());
    return [...outcome.text.matchAll(/^ +(web\d) +started on (n\d)$/gm)].map(([, id, on]) =>
      [id, on].join(' '),
    );
  };
  expect(await starts('a', 'a', 'b')).toEqual(['web1 n1', 'web2 n3']);
  expect(await starts('a', 'b', 'a')).toEqual(['web1 n1', 'web2 n2']);
  expect(await starts('a', 'a', 'a')).toHaveLength(2);
  rmSync(directory, { recursive: true });
});
