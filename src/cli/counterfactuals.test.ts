/** Whatever `why` says that would help is carried out here, and does help. */
import { array, assert, asyncProperty, constantFrom, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import type { TestBackend } from '../api/testing/backend.ts';
import type { Mark } from '../core/cluster/marks.ts';
import type { ClusterState, NodeRecord } from '../core/cluster/state.ts';
import type { Constraint, FenceDevice, Primitive, Resource } from '../core/model/configuration.ts';
import type { Counterfactual } from '../core/model/explanation.ts';
import { nodeName, resourceId, wallMs } from '../core/model/ids.ts';
import { explainResource } from '../core/scheduler/explain.ts';
import { runsOn } from '../core/scheduler/explain/runs.ts';
import { decide } from '../core/scheduler/schedule.ts';
import {
  NOON,
  clone,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../core/view/testing/states.ts';
import { runCommand } from './testing/session.ts';
import { plainFenceDevice } from '../core/model/testing/fence-device.ts';

const NODES = ['n1', 'n2', 'n3'] as const;
const RESOURCES = ['a', 'b', 'c'] as const;

const device: FenceDevice = {
  ...plainFenceDevice,
  id: 'power',
  agent: 'fence_power',
  action: 'off',
  timeoutMs: 20_000,
};

const anyNode = constantFrom(...NODES);
const anyResource = constantFrom(...RESOURCES);
const common = { by: 'anna', setAt: wallMs(NOON - 1000) };

const anyMark: Arbitrary<Mark> = tuple(
  constantFrom('node-standby', 'node-maintenance', 'resource-maintenance', 'target-role', 'move'),
  anyNode,
  anyResource,
).map(([kind, on, id]): Mark => {
  const resource = resourceId(id);
  switch (kind) {
    case 'node-standby':
      return { kind, id: `standby:${on}`, node: nodeName(on), ...common };
    case 'node-maintenance':
      return { kind, id: `maintenance-node:${on}`, node: nodeName(on), ...common };
    case 'resource-maintenance':
      return { kind, id: `maintenance:${id}`, resource, ...common };
    case 'target-role':
      return { kind, id: `target:${id}`, resource, role: 'Stopped', ...common };
    default:
      return { kind: 'move', id: `move:${id}`, resource, away: nodeName(on), ...common };
  }
});

const anyConstraint: Arbitrary<Constraint> = tuple(
  constantFrom('location', 'colocation', 'order'),
  anyNode,
  anyResource,
  anyResource,
  constantFrom(-1_000_000, -100, 100, 1_000_000),
).map(([kind, on, one, other, score]): Constraint => {
  const id = `${kind}-${one}-${other}-${on}-${score}`;
  switch (kind) {
    case 'location':
      return {
        kind,
        id,
        target: { kind: 'resource', resource: resourceId(one) },
        node: nodeName(on),
        score,
        rules: [],
        discovery: 'always',
      };
    case 'colocation':
      return { kind, id, dependent: resourceId(one), primary: resourceId(other), score };
    default:
      return {
        kind: 'order',
        id,
        first: resourceId(one),
        // oxlint-disable-next-line unicorn/no-thenable -- a string, and the model's own word
        then: resourceId(other),
        firstAction: 'start',
        orderKind: 'Mandatory',
        requireAll: true,
      };
  }
});

const anyPrimitive = (id: string): Arbitrary<Primitive> =>
  constantFrom<Readonly<Record<string, string>>>(
    {},
    {},
    { 'resource-stickiness': '100' },
    { 'migration-threshold': '1' },
    { 'target-role': 'Stopped' },
    { 'is-managed': 'false' },
  ).map((values) => primitive(id, { meta: [{ id: `${id}-meta`, score: 0, values }] }));

const anyResources: Arbitrary<readonly Resource[]> = tuple(
  tuple(anyPrimitive('a'), anyPrimitive('b'), anyPrimitive('c')),
  constantFrom('plain', 'group', 'clone'),
).map(([[a, b, c], structure]) => {
  if (structure === 'plain') return [a, b, c];
  return structure === 'group' ? [group('g', [a, b]), c] : [a, b, clone('x', c)];
});

const anyCluster: Arbitrary<ClusterState> = tuple(
  anyResources,
  array(anyConstraint, { maxLength: 3 }),
  array(anyMark, { maxLength: 3 }),
  tuple(
    ...NODES.map(() =>
      constantFrom('online', 'online', 'online', 'online', 'held', 'lost', 'down'),
    ),
  ),
  tuple(...RESOURCES.map(() => constantFrom('n1', 'n2', 'n3', ''))),
  array(tuple(anyNode, anyResource, constantFrom('1', 'INFINITY')), { maxLength: 3 }),
  constantFrom(true, true, true, false),
  constantFrom(true, true, false),
).map(([resources, constraints, marks, conditions, places, failures, quorate, fencing]) => {
  const nodes = NODES.map((name, index): NodeRecord => {
    const condition = (conditions[index] ?? 'online') as NodeRecord['condition'];
    const isUp = condition !== 'down';
    const known = RESOURCES.map((id, at) =>
      places[at] === name ? history(id, 'start 0') : history(id, 'monitor 7'),
    );
    const counts = failures
      .filter(([on]) => on === name)
      .map(([, id, count]) => [`fail-count-${id}#monitor_10000`, count] as const);
    return node(name, {
      condition,
      history: isUp ? histories(...known) : {},
      attributes: isUp ? Object.fromEntries(counts) : {},
    });
  });
  return clusterOf(nodes, {
    quorate,
    marks: Object.fromEntries(
      marks.filter((mark) => canBe(mark, resources)).map((mark) => [mark.id, mark]),
    ),
    configuration: configured(resources, {
      constraints: [...new Map(constraints.map((each) => [each.id, each])).values()],
      fenceDevices: fencing ? [device] : [],
    }),
  });
});

/** Moves are of the outermost resource: no command sets another. */
const canBe = (mark: Mark, resources: readonly Resource[]): boolean =>
  mark.kind !== 'move' || resources.some(({ id }) => id === mark.resource);

/** By the command that is printed; without one, by what the words say. Commands' failures come back. */
async function carryOut(
  backend: TestBackend,
  { changes }: Counterfactual,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const { text, command } of changes) {
    if (command === undefined) {
      backend.change(byWords(backend.cluster(), text));
      continue;
    }
    const words = command.split(' ').slice(1);
    const yes = words[0] === 'fence' ? ['--yes'] : [];
    const { code, text: said } = await runCommand(backend, [...words, ...yes], { now: NOON });
    if (code !== 0) failures.push(`${command}: ${said}`);
  }
  return failures;
}

function byWords(cluster: ClusterState, text: string): ClusterState {
  const { model } = cluster.configuration;
  const withModel = (more: Partial<typeof model>): ClusterState => ({
    ...cluster,
    configuration: { ...cluster.configuration, model: { ...model, ...more } },
  });
  const back = /^(?:the daemon of )?(n\d) were back$/.exec(text)?.[1];
  if (back !== undefined) {
    const old = cluster.nodes[nodeName(back)];
    const fresh =
      text.startsWith('the daemon') && old ? { ...old, condition: 'online' } : node(back);
    return { ...cluster, nodes: { ...cluster.nodes, [back]: fresh } };
  }
  if (text === 'there were quorum') return { ...cluster, quorate: true };
  if (text === 'a fence device were configured') return withModel({ fenceDevices: [device] });
  const constraint = /^the \w+ constraint (\S+) were taken out$/.exec(text)?.[1];
  if (constraint !== undefined) {
    return withModel({ constraints: model.constraints.filter(({ id }) => id !== constraint) });
  }
  const managed = /^is-managed of (\w) were true$/.exec(text)?.[1];
  if (managed === undefined) throw new Error(`how is this carried out? ${text}`);
  return withModel({
    resources: JSON.parse(
      JSON.stringify(model.resources).replace(
        `{"id":"${managed}-meta","score":0,"values":{"is-managed":"false"}}`,
        `{"id":"${managed}-meta","score":0,"values":{}}`,
      ),
    ) as readonly Resource[],
  });
}

describe('what why says that would help', () => {
  it('helps when it is carried out', async () => {
    let carried = 0;
    await assertAll(anyCluster, async (cluster) => {
      for (const resource of ['a', 'b', 'c', 'g', 'x']) {
        const found = explainResource(testBackend(cluster).picture(), wallMs(NOON), { resource });
        for (const counterfactual of found?.counterfactuals ?? []) {
          const storeView = viewOf(NODES);
          const backend = testBackend(cluster, { storeView });
          expect(await carryOut(backend, counterfactual)).toEqual([]);
          const runs = runsOn(decide(backend.picture(), wallMs(NOON)), resource);
          expect([resource, counterfactual, [...runs.started]]).toEqual([
            resource,
            counterfactual,
            expect.arrayContaining([counterfactual.node]),
          ]);
          carried += 1;
        }
      }
    });
    expect(carried).toBeGreaterThan(100);
  }, 60_000);
});

function assertAll<T>(any: Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  return assert(asyncProperty(any, check), { numRuns: 60 });
}
