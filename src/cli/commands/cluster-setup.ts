/** `holdfast cluster setup`: corosync.conf and the key of its traffic, for the administrator to copy. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';

import { corosyncConf } from '../../offline/corosync/conf.ts';
import { readSetup } from '../../offline/corosync/setup.ts';
import type { ClusterSetup } from '../../offline/corosync/setup.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';

interface SetupOptions {
  readonly name: string;
  readonly qdevice?: string;
  readonly to: string;
  readonly force?: boolean;
}

/** As corosync-keygen(8) makes it. */
const KEY_BYTES = 256;
const CONF = 'corosync.conf';
const KEY = 'authkey';
const WHERE_COROSYNC_LOOKS = '/etc/corosync';

export async function setup(
  context: Context,
  words: readonly string[],
  { name, qdevice, to, force }: SetupOptions,
): Promise<ExitCode> {
  const { setup: wanted, problems } = readSetup(name, words, qdevice);
  if (problems.length > 0) {
    throw new Failure(EXIT.usage, problems.join('\n'), { advice: 'Nothing was written.' });
  }
  try {
    if (force !== true) mustBeFree(to);
    write(to, wanted);
  } catch (error) {
    throw error instanceof Failure ? error : notWritten(to, error);
  }
  answer(context, { directory: to, files: [CONF, KEY], nodes: wanted.nodes }, () =>
    next(wanted, to),
  );
  return EXIT.ok;
}

function mustBeFree(directory: string): void {
  for (const name of [KEY, CONF]) {
    const path = join(directory, name);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    throw new Failure(EXIT.refused, `${path} is there already; nothing was written.`, {
      advice:
        "--to DIRECTORY writes elsewhere; --force replaces it: right for the example of a distribution's " +
        'package, while a cluster that runs with it would be parted from nodes with the new key',
    });
  }
}

/** Each file is whole or not there; the key is never readable for others, not for a moment. */
function write(directory: string, wanted: ClusterSetup): void {
  const put = (name: string, content: string | Buffer, mode: number): void => {
    const draft = join(directory, `.${name}.new`);
    rmSync(draft, { force: true });
    writeFileSync(draft, content, { mode, flag: 'wx', flush: true });
    renameSync(draft, join(directory, name));
  };
  mkdirSync(directory, { recursive: true });
  put(KEY, randomBytes(KEY_BYTES), 0o400);
  put(CONF, corosyncConf(wanted), 0o644);
}

function notWritten(directory: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(EXIT.usage, `${directory} cannot be written to: ${reason}`, {
    advice: 'run it as root, or name another directory with --to',
  });
}

function next({ nodes, device }: ClusterSetup, directory: string): readonly string[] {
  const files = `${join(directory, CONF)} ${join(directory, KEY)}`;
  const count = nodes.length;
  const isInPlace = resolve(directory) === WHERE_COROSYNC_LOOKS;
  return [
    `${CONF} (traffic encrypted: aes256, sha256) and ${KEY} for ${count} nodes are in ${directory}.`,
    '',
    `1. Both to every ${isInPlace ? 'other ' : ''}node as they are, the key for root alone (mode 0400):`,
    ...nodes
      .filter(({ addresses }) => !isInPlace || !addresses.some(isOwn))
      .map(
        ({ name, addresses: [address = ''] }) =>
          `     scp -p ${files} root@${isIP(address) === 6 ? `[${address}]` : address}:${WHERE_COROSYNC_LOOKS}/` +
          `   # ${name}`,
      ),
    '2. On every node:',
    '     systemctl enable corosync && systemctl restart corosync',
    ...(device === undefined ? [] : deviceSteps(device)),
    `3. On one of them, ${count} names and "Quorate: Yes":`,
    '     corosync-quorumtool',
    '4. On every node:',
    '     systemctl enable --now holdfastd holdfast-leave',
    ...(count === 2 && device === undefined ? TWO_NODES : []),
  ];
}

const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));

const deviceSteps = (device: string): readonly string[] => [
  `     and, with certificates of ${device} (docs/manual/corosync.md, "Two nodes and a quorum device"),`,
  '     systemctl enable --now corosync-qdevice',
];

const TWO_NODES = [
  '',
  'Either of two nodes may act alone, so fencing keeps them from running everything twice: configure it',
  'first. A node that boots alone waits for the other one (wait_for_all).',
];
