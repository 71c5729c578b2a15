/** Bundles of the notation: two lines of text for what takes a page of configuration. */
import type { Bundle, Primitive } from '../../model/configuration.ts';
import type { AgentName } from '../../model/operation.ts';
import { resourceId } from '../../model/ids.ts';

/** One whose replicas have an address each, from 10.0.0.1 on. */
export function bundleOf(
  id: string,
  child: Primitive,
  settings: Readonly<Record<string, string>>,
): Bundle {
  return {
    kind: 'bundle',
    id: resourceId(id),
    engine: 'podman',
    container: { image: 'example', ...settings },
    network: { 'ip-range-start': '10.0.0.1' },
    ports: [],
    storage: [],
    meta: [],
    child,
  };
}

/** The agent of what a bundle is made of, by its name: an address, a container, a connection. */
export function bundledAgent(resource: string): AgentName | undefined {
  if (/-ip-[\d.]+$/.test(resource)) return { ...OCF, type: 'IPaddr2' };
  if (/-podman-\d+$/.test(resource)) return { ...OCF, type: 'podman' };
  return /-\d+$/.test(resource) ? { ...OCF, provider: 'pacemaker', type: 'remote' } : undefined;
}

const OCF = { class: 'ocf', provider: 'heartbeat' } as const;
