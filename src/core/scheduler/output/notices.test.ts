import { describe, expect, test } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import type { PlannedAction } from '../../model/plan.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';

type Meta = Readonly<Record<string, string>>;

/** Meta attributes of the actions of a plan, by `notify pre promote n2`. */
function metas(text: string): ReadonlyMap<string, Meta> {
  const { actions } = schedule(parsePicture(text), wallMs(1_800_000_000_000));
  const name = ({ kind, when, of, node }: PlannedAction): string =>
    [kind, when, of, node].filter((word) => word !== undefined).join(' ');
  return new Map(
    actions.flatMap((action) =>
      action.operation === undefined ? [] : [[name(action), action.operation.meta]],
    ),
  );
}

const about = (meta: Meta | undefined, ...names: readonly string[]) =>
  names.map((name) => meta?.[`notify_${name}`]);

const NODES = 'node n1 dc\nnode n2\nnode n3\ndevice power\n';
const DATABASE = `${NODES}primitive db monitor=10\n`;

describe('instances of a promotable clone', () => {
  const picture = `${DATABASE}
    clone dbs: db promotable=true notify=true clone-max=3
    running db n1 promoted
    running db n2
    attribute n1 master-db=5
    attribute n2 master-db=1000`;
  const found = metas(picture);

  test('are told who is what, and who is to become what', () => {
    const told = found.get('notify pre promote n2');
    expect(about(told, 'type', 'operation', 'key_type', 'key_operation')).toEqual([
      'pre',
      'promote',
      'pre',
      'promote',
    ]);
    expect(about(told, 'master_resource', 'master_uname')).toEqual(['db:0', 'n1']);
    expect(about(told, 'promoted_resource', 'promoted_uname')).toEqual(['db:0', 'n1']);
    expect(about(told, 'slave_resource', 'slave_uname')).toEqual(['db:1', 'n2']);
    expect(about(told, 'unpromoted_uname', 'active_uname')).toEqual(['n2', 'n1 n2']);
    expect(about(told, 'inactive_resource', 'start_uname')).toEqual(['db:2', 'n3']);
    expect(about(told, 'promote_uname', 'demote_uname')).toEqual(['n2', 'n1']);
    expect(about(told, 'stop_resource', 'stop_uname')).toEqual([' ', ' ']);
    expect(about(told, 'all_uname')).toEqual(['n1 n2 n3']);
  });

  test('are told the same before and after, but for what is over', () => {
    const {
      notify_type: _,
      notify_key_type: __,
      ...before
    } = found.get('notify pre promote n1') ?? {};
    const after = found.get('notify post promote n1');
    expect(after).toMatchObject({
      ...before,
      notify_key_operation: 'promoted',
    });
    expect(about(after, 'type', 'key_type')).toEqual(['post', 'post']);
  });

  test('know it also when they are promoted or started, not when they are watched', () => {
    expect(about(found.get('promote n2'), 'master_uname', 'type')).toEqual(['n1', undefined]);
    expect(about(found.get('start n3'), 'active_uname')).toEqual(['n1 n2']);
    expect(about(found.get('monitor n3'), 'active_uname')).toEqual([undefined]);
  });

  test('know that they can be promoted, in the words of old and new agents', () => {
    for (const meta of [found.get('promote n2'), found.get('monitor n3')]) {
      expect(meta).toMatchObject({
        promotable: 'true',
        promoted_max: '1',
        master_max: '1',
        master_node_max: '1',
        clone_max: '3',
        globally_unique: 'false',
      });
    }
  });
});

test('who is fenced is told as stopped', () => {
  const found = metas(`${NODES.replace('node n3', 'node n3 lost')}primitive db monitor=10
    clone dbs: db notify=true
    running db n1
    running db n2
    running db n3`);
  expect(about(found.get('notify post stop n1'), 'stop_uname', 'active_uname')).toEqual([
    'n3',
    'n1 n2 n3',
  ]);
});

test('without notify=true nobody is told anything', () => {
  const found = metas(`${DATABASE}clone dbs: db promotable=true\nrunning db n1`);
  const meta = found.get('start n2');
  expect(meta).toMatchObject({ notify: 'false', promotable: 'true' });
  expect(Object.keys(meta ?? {}).filter((name) => name.startsWith('notify_'))).toEqual([]);
  expect(metas(DATABASE).get('start n1')).not.toHaveProperty('promotable');
});
