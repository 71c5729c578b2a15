/** What runs now and is not in another configuration: what becomes of it there. */
import type { ClusterState } from '../cluster/state.ts';
import { parseBoolean } from '../model/value.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Plan } from '../model/plan.ts';
import type { StoreView } from '../store/types.ts';
import { instancesOf } from './instances.ts';
import { configuredId } from './names.ts';
import { knownResources, read } from './reading.ts';
import type { LocalFacts, RemovedView } from './types.ts';

/**
 * In the order of the configuration in force. Without a plan (nobody could make one) nothing is
 * said about what becomes of them.
 */
export function removedViews(
  state: { readonly cluster: ClusterState; readonly view: StoreView; readonly local: LocalFacts },
  after: Configuration,
  plan: Plan | undefined,
): readonly RemovedView[] {
  const reading = read(state.cluster, state.view, state.local);
  const kept = knownResources(after.resources);
  const gone = [...reading.resources.values()].flatMap(({ resource }) =>
    resource.kind === 'primitive' && !kept.has(resource.id) ? [resource.id] : [],
  );
  return gone.reverse().flatMap((id) =>
    instancesOf(reading, id)
      .filter((instance) => instance.state !== 'stopping')
      .map(({ node }) => ({ resource: id, node, ...fate(id, node, after, plan) })),
  );
}

type Fate = Pick<RemovedView, 'fate' | 'because' | 'advice'>;

function fate(id: string, node: string, after: Configuration, plan: Plan | undefined): Fate {
  if (plan === undefined) return { fate: 'unknown' };
  const stops = plan.actions.some(
    (action) =>
      action.kind === 'stop' &&
      action.node === node &&
      action.resource !== undefined &&
      configuredId(action.resource) === id,
  );
  if (stops) return { fate: 'stopped' };
  const option = (name: string): boolean | undefined => {
    const value = after.options.find(({ values }) => name in values)?.values[name];
    return value === undefined ? undefined : parseBoolean(value);
  };
  return { fate: 'left', ...whyLeft(plan, option), advice: ADVICE };
}

const ADVICE =
  'leave it in the configuration and stop it first (holdfast resource stop); what runs on must be stopped by hand';

function whyLeft(
  plan: Plan,
  option: (name: string) => boolean | undefined,
): { readonly because: string } {
  if (plan.findings.some(({ code }) => code === 'no-fence-device')) {
    return {
      because: 'there is no fence device, and without one the cluster leaves everything as it is',
    };
  }
  if (option('stop-removed-resources') === false || option('stop-orphan-resources') === false) {
    return { because: 'the option stop-removed-resources is off' };
  }
  if (option('maintenance-mode') === true) return { because: 'the cluster is in maintenance' };
  return { because: 'the cluster cannot or must not stop it there now' };
}
