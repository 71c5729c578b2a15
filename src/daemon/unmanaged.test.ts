import { expect, it } from 'vitest';

import type { Found } from '../adopt/found.ts';
import { foundIn } from '../adopt/qemu.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { clusterOf, configured, primitive, viewOf } from '../core/view/testing/states.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';
import { UnmanagedWatch } from './unmanaged.ts';

const machine = (name: string): Found =>
  foundIn(['qemu-system-x86_64', '-name', name, '-qmp', 'unix:/run/x'], name)[0]!;

function watched() {
  let cluster: ClusterState = clusterOf([]);
  let processes = '';
  let ignored: readonly string[] = [];
  let tell = (): void => undefined;
  const said: (string | undefined)[] = [];
  const searches: string[] = [];
  const given: number[] = [];
  const quiet = () => undefined;
  const watch = new UnmanagedWatch({
    loop: {
      get node() {
        return { cluster, view: viewOf(['n1']) };
      },
      onChange: (listener: () => void) => {
        tell = listener;
        return quiet;
      },
    } as unknown as NodeLoop,
    machines: {
      ignored: () => ignored,
      giveBackWhatIsNobodys: async () => {
        given.push(cluster.configuration.version);
        return { switches: [], problems: [] };
      },
    },
    sayings: { say: (_name, value) => said.push(value) },
    log: { debug: quiet, info: quiet, warn: quiet } as unknown as Log,
    watch: { look: async () => ({ vms: processes, containers: '' }) },
    find: async ({ vms, containers }) => {
      searches.push(`${vms} ${containers}`);
      return { found: [machine('shop'), machine('wiki')], problems: [] };
    },
  });
  return {
    watch,
    said,
    searches,
    given,
    processes: (text: string) => (processes = text),
    ignore: (names: readonly string[]) => (ignored = names),
    configure: (next: ClusterState['configuration']) => {
      cluster = { ...cluster, configuration: next };
      tell();
    },
  };
}

it('asks whoever runs machines only when their processes have changed', async () => {
  const { watch, said, searches, processes } = watched();
  await watch.look();
  expect([searches, said]).toEqual([[], []]);
  processes('7 8');
  await watch.look();
  await watch.look();
  expect(searches).toEqual(['true false']);
  expect(said).toEqual(['vm:shop vm:wiki']);
  watch.close();
});

it('says nothing of what is ignored, or is a resource, also of one that was released', async () => {
  const { watch, said, ignore, processes, configure } = watched();
  processes('7 8');
  ignore(['wiki']);
  await watch.look();
  const parameters = [{ id: 'p', score: 0, values: machine('shop').parameters }];
  const meta = [{ id: 'm', score: 0, values: { 'is-managed': 'false' } }];
  const agent = { class: 'vm', type: '' };
  configure({ ...configured([primitive('shop', { agent, parameters, meta })]), version: 3 });
  expect(said).toEqual(['vm:shop', undefined]);
  watch.close();
});

it('gives back what is nobody’s any more with each version of the configuration, once', () => {
  const { watch, given, configure } = watched();
  const one = { ...configured([]), version: 3 };
  configure(one);
  configure(one);
  configure({ ...one, version: 4 });
  expect(given).toEqual([3, 4]);
  watch.close();
});
