/** Which containers can be sent while they run, and between which nodes (docs/decisions/containers.md, "Moving"). */
import type { AttributeBlock } from './rule.ts';

/** Of a node whose daemon has found CRIU: `criu=4.2.1`. */
export const CHECKPOINT_ATTRIBUTE = '#checkpoint';

/** Older ones cannot be relied on with the kernels of today. */
const LEAST = [4, 2] as const;

/** Of a node with CRIU whose podman has answered: the program that podman runs its containers with. */
export const PODMAN_ATTRIBUTE = '#podman';

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

type Said = (attribute: string) => string | undefined;

/** By what its daemon says of the node: why no such container leaves or reaches it while it runs. A clause. */
export function whyNodeCannot(
  node: string,
  said: Said,
  blocks: readonly AttributeBlock[],
): string | undefined {
  const version = /^criu=([\d.]{1,16})$/.exec(said(CHECKPOINT_ATTRIBUTE) ?? '')?.[1];
  if (version === undefined) return `${node} has no CRIU (${LEAST.join('.')} or later)`;
  const why = whyNotRelied(version);
  if (why !== undefined) return `${node} has ${why}`;
  const engine =
    runtimeOf(blocks) === 'podman' ? whyEngineCannot(said(PODMAN_ATTRIBUTE)) : undefined;
  return engine && `on ${node} ${engine}`;
}

/** By the program that podman runs its containers with there: Debian's crun is built without CRIU. A clause. */
export function whyEngineCannot(engine: string | undefined): string | undefined {
  if (engine === 'runc') return undefined;
  const has = engine === undefined ? 'podman does not say what it uses' : `podman uses ${engine}`;
  return `${has}, and it takes runc (runtime = "runc" in /etc/containers/containers.conf)`;
}

const parameterOf = (blocks: readonly AttributeBlock[], name: string): string | undefined =>
  blocks.find(({ values }) => values[name] !== undefined)?.values[name];

const runtimeOf = (blocks: readonly AttributeBlock[]): string =>
  parameterOf(blocks, 'runtime') ?? 'podman';

/** By its parameters: why a container cannot be sent while it runs, wherever it goes. A clause. */
export function whyContainerCannot(blocks: readonly AttributeBlock[]): string | undefined {
  const runtime = runtimeOf(blocks);
  if (runtime !== 'runc' && runtime !== 'podman')
    return `only containers of runc and podman can take their memory along, not of ${runtime}`;
  if (runtime === 'podman' && parameterOf(blocks, 'root') !== undefined)
    return 'podman can take the memory along of a container with an image, not of one with a root directory';
  const networks = parameterOf(blocks, 'networks') ?? '';
  if (networks.trim() === '')
    return "it has the node's network, and its connections cannot be taken along";
  return /(^|[\s,])type=macvlan\b/.test(networks)
    ? 'the connections of a macvlan card cannot be held while it moves'
    : undefined;
}
