/** What holds for every cluster: determinism, an order without cycles, and never two copies. */
import { array, assert, constantFrom, oneof, property, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallMs } from '../model/ids.ts';
import type { Picture } from '../model/picture.ts';
import type { Plan } from '../model/plan.ts';
import { schedule } from './schedule.ts';
import { parsePicture } from './testing/notation.ts';

const NOW = wallMs(1_800_000_000_000);
const RUNS = 400;

const NODES = ['n1', 'n2', 'n3', 'n4'];
const RESOURCES = ['a', 'b', 'c', 'd', 'e'];

const pick = (values: readonly string[]): Arbitrary<string> => constantFrom(...values);
const anyResource = pick(RESOURCES);
const anyNode = pick(NODES);

const nodeLines = tuple(
  ...NODES.map((name) =>
    pick([
      '',
      '',
      '',
      'standby',
      'maintenance',
      'lost',
      'held',
      'leaving',
      'offline',
      'pending',
    ]).map((flag) => `node ${name} ${flag}`),
  ),
);

const resourceLines = tuple(
  ...RESOURCES.map((name) =>
    pick([
      'monitor=10',
      'monitor=10 resource-stickiness=100',
      'requires=quorum',
      'is-managed=false',
      'target-role=Stopped',
      'allow-migrate=true',
      'migration-threshold=1',
      'multiple-active=block',
      'priority=5',
    ]).map((meta) => `primitive ${name} ${meta}`),
  ),
);

const structure = constantFrom<readonly string[]>(
  [],
  ['group g: a b'],
  ['group g: a b c', 'clone x: d'],
  ['clone x: a interleave=true', 'clone y: b interleave=true'],
  ['clone x: a promotable=true notify=true'],
  ['group g: a b', 'clone x: g'],
);

const constraint = oneof(
  tuple(anyResource, anyNode, pick(['100', '-100', 'INFINITY', '-INFINITY'])).map(
    ([a, n, score]) => `prefer ${a} ${n} ${score}`,
  ),
  tuple(anyResource, anyResource, pick(['50', '-50', 'INFINITY', '-INFINITY'])).map(
    ([a, b, score]) => `colocate ${a} with ${b} ${score}`,
  ),
  tuple(anyResource, anyResource, pick(['', 'Optional', 'Serialize'])).map(
    ([a, b, kind]) => `order ${a} then ${b} ${kind}`,
  ),
);

const state = oneof(
  tuple(anyResource, anyNode).map(([a, n]) => `running ${a} ${n}`),
  tuple(anyResource, anyNode).map(([a, n]) => `unknown ${a} ${n}`),
  tuple(
    anyResource,
    anyNode,
    pick(['monitor', 'stop', 'start', 'promote']),
    pick(['1', '5', '6', '7']),
  ).map(([a, n, operation, code]) => `failed ${a} ${n} ${operation} ${code}`),
  tuple(anyResource, anyNode).map(([a, n]) => `failcount ${a} ${n} 1`),
);

const options = tuple(
  pick(['', 'device fence-all']),
  pick(['', 'quorum no']),
  pick(['', 'option no-quorum-policy=freeze', 'option no-quorum-policy=ignore']),
  pick(['', 'option fencing-enabled=false']),
);

const cluster = tuple(
  options,
  nodeLines,
  resourceLines,
  structure,
  array(constraint, { maxLength: 6 }),
  array(state, { maxLength: 10 }),
).map((parts) => parts.flat().join('\n'));

describe('every decision', () => {
  test('is the same for the same input, byte for byte', () => {
    assert(
      property(cluster, (text) => {
        const first = JSON.stringify(schedule(parsePicture(text), NOW));
        expect(JSON.stringify(schedule(parsePicture(text), NOW))).toBe(first);
      }),
      { numRuns: RUNS },
    );
  });

  test('leaves its input as it was', () => {
    assert(
      property(cluster, (text) => {
        const picture = deepFreeze(parsePicture(text));
        expect(() => schedule(picture, NOW)).not.toThrow();
      }),
      { numRuns: RUNS },
    );
  });

  test('does not depend on the order in which nodes and constraints of one id are told', () => {
    assert(
      property(cluster, (text) => {
        const picture = parsePicture(text);
        if (picture.configuration.resources.some((entry) => entry.kind === 'clone')) return;
        const turned: Picture = {
          ...picture,
          configuration: {
            ...picture.configuration,
            nodes: picture.configuration.nodes.toReversed(),
            constraints: picture.configuration.constraints.toReversed(),
          },
          status: { ...picture.status, nodes: picture.status.nodes.toReversed() },
        };
        expect(summary(schedule(turned, NOW))).toEqual(summary(schedule(picture, NOW)));
      }),
      { numRuns: RUNS },
    );
  });

  test('has an order without cycles', () => {
    assert(
      property(cluster, (text) => {
        const plan = schedule(parsePicture(text), NOW);
        expect(isAcyclic(plan)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('never starts a second copy before the first is stopped or fenced', () => {
    assert(
      property(cluster, (text) => {
        const picture = parsePicture(text);
        expect(secondCopies(picture, text, schedule(picture, NOW))).toEqual([]);
      }),
      { numRuns: 4 * RUNS },
    );
  });

  test('starts nothing without quorum where the policy is stop or freeze', () => {
    assert(
      property(cluster, (text) => {
        const lines = `${text}\nquorum no\noption no-quorum-policy=stop`;
        const plan = schedule(parsePicture(lines), NOW);
        expect(plan.actions.filter((action) => action.kind === 'start')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

function deepFreeze<T>(value: T): T {
  const work: unknown[] = [value];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (typeof at !== 'object' || at === null || Object.isFrozen(at)) continue;
    Object.freeze(at);
    work.push(...Object.values(at));
  }
  return value;
}

/** Actions and their order by name: indexes may differ where the input is told differently. */
function summary(plan: Plan): readonly string[] {
  const name = (id: number): string => plan.actions[id]?.name ?? '';
  return [
    ...plan.actions.map((action) => action.name),
    ...plan.order.map(([first, then]) => `${name(first)} < ${name(then)}`),
  ].sort((a, b) => (a < b ? -1 : 1));
}

function isAcyclic(plan: Plan): boolean {
  const waiting = plan.actions.map(() => 0);
  for (const [, then] of plan.order) waiting[then] = (waiting[then] ?? 0) + 1;
  const work = plan.actions.filter((action) => waiting[action.id] === 0).map((action) => action.id);
  let done = 0;
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    done += 1;
    for (const [first, then] of plan.order) {
      if (first !== at) continue;
      waiting[then] = (waiting[then] ?? 0) - 1;
      if (waiting[then] === 0) work.push(then);
    }
  }
  return done === plan.actions.length;
}

/** Starts of plain resources on one node while another may still run the resource. */
function secondCopies(picture: Picture, text: string, plan: Plan): readonly string[] {
  const cloned = new Set<string>(
    picture.configuration.resources.flatMap((entry) => {
      if (entry.kind !== 'clone') return [];
      return entry.child.kind === 'group'
        ? entry.child.members.map((member): string => member.id)
        : [entry.child.id];
    }),
  );
  const fencing = !text.includes('fencing-enabled=false');
  const found: string[] = [];
  for (const start of plan.actions) {
    if (start.kind !== 'start' || start.pseudo || cloned.has(start.resource ?? '')) continue;
    // With requires=quorum the administrator asks not to wait for fencing.
    if (text.includes(`primitive ${start.resource} requires=quorum`)) continue;
    for (const other of NODES) {
      if (other === start.node || !text.includes(`running ${start.resource} ${other}`)) continue;
      if (mayStillRun(plan, start.id, start.resource ?? '', other, { fencing, text })) {
        found.push(`${start.name} while ${other} may run it`);
      }
    }
  }
  return found;
}

function mayStillRun(
  plan: Plan,
  start: number,
  resource: string,
  node: string,
  { fencing, text }: { readonly fencing: boolean; readonly text: string },
): boolean {
  const gone = new RegExp(`node ${node} (lost|offline)`).test(text);
  // Without fencing a lost node counts as dead: that is what switching it off means.
  if (gone && !fencing) return false;
  const ended = plan.actions.some(
    (action) =>
      action.node === node &&
      (action.kind === 'fence' || (action.kind === 'stop' && action.instance === resource)) &&
      isBefore(plan, action.id, start),
  );
  if (ended || text.includes(`unknown ${resource} ${node}`)) return false;
  // A stop that finds it not running has stopped it.
  return !text.includes(`failed ${resource} ${node} stop 7`);
}

function isBefore(plan: Plan, first: number, then: number): boolean {
  const seen = new Set<number>([then]);
  const work = [then];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const [before, after] of plan.order) {
      if (after !== at || seen.has(before)) continue;
      if (before === first) return true;
      seen.add(before);
      work.push(before);
    }
  }
  return false;
}
