/** `cluster setup`, `cluster stop`: all nodes at once. */
import type { Command } from 'commander';

import { waiting } from './options.ts';
import type { Act } from './options.ts';

export function addWholeClusterCommands(program: Command, act: Act): void {
  const cluster = program.command('cluster').description('act on all nodes at once');
  act(
    cluster
      .command('setup')
      .description("write Corosync's configuration, encrypted, and its key, without a daemon")
      .argument('<node=address[,address]...>', 'each node, with an address for each of its links')
      .requiredOption('--name <cluster>', 'what the cluster is called')
      .option(
        '--qdevice <host>',
        'the machine with corosync-qnetd, whose vote decides between halves',
      )
      .option('--to <directory>', 'where the two files go', '/etc/corosync')
      .option('--force', 'over the files that are there: the key is a new one then'),
    async (context, words, options) =>
      (await import('./commands/cluster-setup.ts')).setup(
        context,
        words.flat() as string[],
        options,
      ),
  );
  act(
    waiting(
      cluster
        .command('stop')
        .description('stop everything where it runs, then let all nodes leave together')
        .option('--all', 'all nodes: has to be said')
        .option('-y, --yes', 'do not ask'),
    ),
    async (context, _, options) => (await import('./commands/cluster.ts')).stop(context, options),
  );
}
