/** Tells the cluster which secrets this node has, by name. */
import type { Backend } from '../api/backend.ts';
import { nodeName } from '../core/model/ids.ts';
import { SECRETS_ATTRIBUTE } from '../core/model/attributes.ts';
import { messageOf } from './exit.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';

/**
 * So that the status can say which node lacks one; not having told it changes nothing but that.
 * Resolves when it is told, or need not be.
 */
export async function tellSecrets(backend: Backend): Promise<void> {
  const node = nodeName(backend.local().self);
  const value = (await backend.secrets()).join(',');
  if (backend.cluster().nodes[node]?.attributes[SECRETS_ATTRIBUTE] === value) return;
  await backend.submit({ kind: 'attribute', node, name: SECRETS_ATTRIBUTE, value });
}

/** Tells them again in each view: the attribute goes with the life of a node. */
export function announceSecrets(loop: NodeLoop, backend: Backend, log: Log): void {
  let announced: string | undefined;
  const announce = (): void => {
    const { phase } = loop.node.view;
    const { view } = loop.node.cluster;
    if (phase.kind !== 'open' || !phase.acting || announced === view) return;
    announced = view;
    tellSecrets(backend).catch((error: unknown) => {
      log.debug(`names of secrets could not be told: ${messageOf(error)}`);
    });
  };
  loop.onChange(announce);
  announce();
}
