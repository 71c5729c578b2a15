/** Which containers can be sent while they run, and between which nodes (docs/decisions/containers.md, "Moving"). */
import type { AttributeBlock } from './rule.ts';

/** Of a node whose daemon has found CRIU: `criu=4.2.1`. */
export const CHECKPOINT_ATTRIBUTE = '#checkpoint';

/** Older ones cannot be relied on with the kernels of today. */
const LEAST = [4, 2] as const;

export const checkpointText = (version: string): string => `criu=${version}`;

/** Of `criu --version`: its first line is `Version: 4.2.1`. Undefined: it is none. */
export const criuVersionOf = (output: string): string | undefined =>
  /^Version: (\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)\s*$/m.exec(output)?.[1];

/** Why what this CRIU has written is not relied on, a clause; undefined: it is. */
export function whyNotRelied(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  return isNew ? undefined : `CRIU ${version}, and it takes ${LEAST.join('.')} or later`;
}

/** By what its daemon says of the node: why no container leaves or reaches it while it runs. A clause. */
export function whyNodeCannot(node: string, said: string | undefined): string | undefined {
  const version = /^criu=([\d.]{1,16})$/.exec(said ?? '')?.[1];
  if (version === undefined) return `${node} has no CRIU (${LEAST.join('.')} or later)`;
  const why = whyNotRelied(version);
  return why === undefined ? undefined : `${node} has ${why}`;
}

/** By its parameters: why a container cannot be sent while it runs, wherever it goes. A clause. */
export function whyContainerCannot(blocks: readonly AttributeBlock[]): string | undefined {
  const parameter = (name: string): string | undefined =>
    blocks.find(({ values }) => values[name] !== undefined)?.values[name];
  const runtime = parameter('runtime') ?? 'podman';
  if (runtime !== 'runc')
    return `only containers of runc can take their memory along, not of ${runtime}`;
  const networks = parameter('networks') ?? '';
  if (networks.trim() === '')
    return "it has the node's network, and its connections cannot be taken along";
  return /(^|[\s,])type=macvlan\b/.test(networks)
    ? 'the connections of a macvlan card cannot be held while it moves'
    : undefined;
}
