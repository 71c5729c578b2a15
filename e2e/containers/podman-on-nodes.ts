/** podman on the nodes of a laboratory, each with its own storage, and one image that all have. */
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { installCriu, installRuntime, program } from './on-nodes.ts';
import { unpacked } from './room.ts';

const home = '/usr/local/bin/home';

/** Podman with runc and CRIU; what is asked of `podman container …` goes through `hook-…`, where that is there. */
export async function installPodman(node: LabNode): Promise<void> {
  await installRuntime(node);
  await installCriu(node);
  const files = [
    [`${home}/containers.conf`, containersConf],
    [`${home}/storage.conf`, storageConf],
    [`${home}/.config/containers/policy.json`, policy],
  ] as const;
  await node.ask(['mkdir', '-p', `${home}/.config/containers`]);
  for (const [path, text] of files) {
    await node.ask(['sh', '-c', 'printf %s "$2" >"$1"', 'sh', path, text]);
  }
  await program(node, 'podman.real', [
    `export HOME=${home} LD_LIBRARY_PATH=${unpacked}/usr/lib/x86_64-linux-gnu`,
    `export CONTAINERS_CONF=${home}/containers.conf CONTAINERS_STORAGE_CONF=${home}/storage.conf`,
    `exec ${unpacked}/usr/bin/podman "$@"`,
  ]);
  await program(node, 'podman', [
    'action=; case " $* " in *" container checkpoint "*) action=checkpoint;; *" container restore "*) action=restore;; esac',
    'hook=/usr/local/bin/hook-$action',
    'if [ -x "$hook" ]; then exec "$hook" "$@"; fi',
    'exec /usr/local/bin/podman.real "$@"',
  ]);
}

const containersConf = `[containers]
default_ulimits = ["nofile=10000:10000", "nproc=30000:30000"]
pids_limit = 0
[engine]
runtime = "runc"
conmon_path = ["${unpacked}/usr/bin/conmon"]
events_logger = "file"
[engine.runtimes]
runc = ["/usr/local/bin/runc.real"]
crun = ["${unpacked}/usr/bin/crun"]
`;
const storageConf = `[storage]
driver = "vfs"
graphroot = "/run/podman/graph"
runroot = "/run/podman/run"
`;
const policy = '{"default":[{"type":"insecureAcceptAnything"}]}';

/** Of the root directory that lies where all nodes reach it. Each node makes its own of it, or has the same as all. */
export async function makeImage(node: LabNode): Promise<void> {
  const make = 'tar -C /run/lab/root -c bin dev proc sys tmp | podman import --quiet - tiny';
  await node.ask(['sh', '-c', make]);
}

export async function shareImage(lab: Lab): Promise<void> {
  const [first, ...others] = lab.nodes;
  if (first === undefined) return;
  await makeImage(first);
  await first.ask(['podman', 'save', '--quiet', '--output', '/run/lab/tiny.tar', 'tiny']);
  for (const node of others)
    await node.ask(['podman', 'load', '--quiet', '-i', '/run/lab/tiny.tar']);
}
