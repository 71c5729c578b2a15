/** A node on which machines and containers run that nobody manages: real QEMU, real podman. */
import {
  readFileSync,
  readdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRoom } from '../containers/room.ts';
import { runOrThrow, until } from '../lab/run.ts';
import { localClusterIn, type LocalCluster } from '../local/cluster.ts';

/** So many of each. */
export const COUNT = 5;
export const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

/** By their names: nobody else's machines are touched. */
const names = numbers.flatMap((each) => [`adopt-vm${String(each)}`, `adopt-web${String(each)}`]);
export const adoptAll = ['adopt', '--vms', '--containers', ...names] as const;

export interface Bed {
  readonly cluster: LocalCluster;
  /** Runs a program on the node; its standard output. */
  inside(...words: readonly [string, ...string[]]): Promise<string>;
  /** The command's standard output; throws when it fails. */
  holdfast(...words: readonly string[]): Promise<string>;
  /** Each machine's and container's first process, with its start: another one is a restart. */
  lives(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** All of them run, and beside them a daemon with an empty configuration. */
export async function openBed(): Promise<Bed> {
  const room = await openRoom('asItIs');
  const images = mkdtempSync(join(tmpdir(), 'hf-images-'));
  const inside: Bed['inside'] = (...words) => runOrThrow([...room.enter, ...words]);
  await Promise.all(numbers.map((number) => boot(inside, images, number)));
  for (const number of numbers) {
    const words = `run --detach --restart always --memory 32m --network host --name adopt-web${String(number)}`;
    await inside('podman', ...words.split(' '), 'tiny', '/bin/sleep', '10000');
  }
  const cluster = localClusterIn(room.enter, ['n1']);
  await cluster.start('n1');
  const holdfast = (...words: readonly string[]): Promise<string> => ask(cluster, words);
  const source = 'version: 1\ncluster: local # mine\noptions: { fencing-enabled: "false" }\n';
  await holdfast('apply', '--yes', '-f', cluster.file(source));
  const lives = (): ReturnType<Bed['lives']> => livesIn(inside);
  return {
    cluster,
    inside,
    holdfast,
    lives,
    close: async () => {
      await endAll(cluster, inside);
      await cluster.close();
      await room.close();
      rmSync(images, { recursive: true, force: true });
    },
  };
}

async function boot(inside: Bed['inside'], images: string, number: number): Promise<void> {
  const image = join(images, `adopt-vm${String(number)}.raw`);
  writeFileSync(image, '');
  truncateSync(image, 1 << 20);
  const words =
    `-name adopt-vm${String(number)} -machine pc,accel=tcg -m 16 -display none -nodefaults ` +
    `-drive file=${image},format=raw,if=virtio ` +
    `-qmp unix:${images}/adopt-vm${String(number)}.qmp,server=on,wait=off -daemonize`;
  await inside('/usr/bin/qemu-system-x86_64', ...words.split(' '));
}

async function ask(cluster: LocalCluster, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.holdfast('n1', ...words);
  if (code === 0) return stdout;
  const log = cluster.log('n1').slice(-3000);
  throw new Error(`holdfast ${words.join(' ')}: ${String(code)} ${stdout}${stderr}${log}`);
}

/** Each machine's name and process. */
function machines(): readonly (readonly [string, string])[] {
  return readdirSync('/proc').flatMap((pid): (readonly [string, string])[] => {
    const name = /\0-name\0(adopt-vm\d)\0/.exec(read(`/proc/${pid}/cmdline`))?.[1];
    return name === undefined ? [] : [[name, pid]];
  });
}

async function livesIn(inside: Bed['inside']): ReturnType<Bed['lives']> {
  const text = (await inside('podman', 'ps', '--format', '{{.Names}} {{.Pid}}')).trim();
  const containers = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string]);
  const started = (pid: string): string => read(`/proc/${pid}/stat`).split(' ')[21] ?? '';
  return Object.fromEntries(
    [...machines(), ...containers].map(([name, pid]) => [name, `${pid} ${started(pid)}`]),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/**
 * The daemon hears of each end, so that no supervisor waits for another one; it starts nothing. Podman starts those
 * that were given back again when they end (`--restart always`), also after this room is gone: they are removed.
 */
async function endAll(cluster: LocalCluster, inside: Bed['inside']): Promise<void> {
  const quiet = 'version: 1\ncluster: local\noptions: { maintenance-mode: "true" }\n';
  await cluster.holdfast('n1', 'apply', '--yes', '-f', cluster.file(quiet));
  await inside('podman', 'rm', '--all', '--force', '--time', '0');
  for (const [, pid] of machines()) process.kill(Number(pid), 'SIGKILL');
  const sockets = join(cluster.directory, 'n1/r/services');
  await until('no supervisor is left', () => readdirSync(sockets).length === 0);
}
