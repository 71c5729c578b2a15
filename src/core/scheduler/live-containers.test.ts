/** A container moves live where it and both nodes are fit for it, and stops and starts everywhere else. */
import { expect, test } from 'vitest';
import { wallMs } from '../model/ids.ts';
import { CHECKPOINT_ATTRIBUTE, PODMAN_ATTRIBUTE } from '../model/live-containers.ts';
import type { Picture } from '../model/picture.ts';
import { schedule } from './schedule.ts';
import { parsePicture } from './testing/notation.ts';

const runc = { runtime: 'runc', networks: 'br0,address=192.0.2.7/24' };

/** `web` runs on n1 and is to be on n2; what the daemons say of CRIU, and of podman after a blank, node by node. */
function kindsOf(
  said: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>> = runc,
  word = 'allow-migrate=true',
): readonly string[] {
  const lines = ['node n1 dc', 'node n2', 'device fence-all', `primitive web ${word}`];
  const picture = parsePicture([...lines, 'running web n1', 'prefer web n2 INFINITY'].join('\n'));
  const { actions } = schedule(asContainer(picture, said, parameters), wallMs(1_800_000_000_000));
  return actions.filter(({ pseudo }) => !pseudo).map(({ kind, node }) => `${kind} ${node ?? ''}`);
}

const agent = { class: 'container', type: '' };

function asContainer(
  picture: Picture,
  said: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>>,
): Picture {
  const resources = picture.configuration.resources.map((resource) =>
    resource.kind === 'primitive'
      ? { ...resource, agent, parameters: [{ id: 'p', score: 0, values: parameters }] }
      : resource,
  );
  const nodes = picture.status.nodes.map((node) => {
    const [version, engine] = said[node.name]?.split(' ') ?? [];
    const values = {
      ...(version === undefined ? {} : { [CHECKPOINT_ATTRIBUTE]: `criu=${version}` }),
      ...(engine === undefined ? {} : { [PODMAN_ATTRIBUTE]: engine }),
    };
    const history = node.history.map((known) => ({ ...known, agent }));
    return { ...node, history, transient: [...node.transient, { id: 't', score: 0, values }] };
  });
  const configuration = { ...picture.configuration, resources };
  return { ...picture, configuration, status: { ...picture.status, nodes } };
}

const live = ['migrate_to n1', 'migrate_from n2', 'stop n1'];
const restart = ['stop n1', 'start n2'];
const image = { image: 'web', networks: 'br0,address=::1/64' };
const both = { n1: '4.2', n2: '4.2.1' };

test.each([
  ['both have a CRIU that is new enough', kindsOf(both), live],
  ['a later one', kindsOf({ n1: '4.10', n2: '5.0' }), live],
  ['the source has none', kindsOf({ n2: '4.2' }), restart],
  ['the target has none', kindsOf({ n1: '4.2' }), restart],
  ['one is too old', kindsOf({ n1: '4.2', n2: '4.1.1' }), restart],
  ['nobody has asked for it', kindsOf(both, runc, ''), restart],
  ['it is of podman, which uses runc', kindsOf({ n1: '4.2 runc', n2: '4.2 runc' }, image), live],
  ['it is of podman, which uses crun', kindsOf({ n1: '4.2 runc', n2: '4.2 crun' }, image), restart],
  ['it is of podman, which says nothing', kindsOf(both, image), restart],
  ['podman has a root', kindsOf(both, { ...runc, runtime: 'podman', root: '/srv' }), restart],
  ['it is of crun', kindsOf(both, { ...runc, runtime: 'crun' }), restart],
  ["it has the node's network", kindsOf(both, { runtime: 'runc' }), restart],
])('%s', (_what, kinds, wanted) => {
  const moves = kinds.filter((kind) => !kind.startsWith('monitor'));
  expect(moves.toSorted()).toEqual([...wanted].sort());
});
