/** `adopt`, `release`, `balance`, `space`: what runs on the nodes, and where. */
import type { Command } from 'commander';

import { waiting } from './options.ts';
import type { Act } from './options.ts';

export function addAdoptCommands(program: Command, act: Act): void {
  const load = () => import('./commands/adopt.ts');
  act(
    waiting(
      program
        .command('adopt')
        .description('make what runs on the nodes resources of the cluster, without a restart')
        .argument('[name...]', 'only these, as podman, libvirt or QEMU call them')
        .option('--vms', 'machines: QEMU with a QMP socket, domains of libvirt')
        .option('--containers', 'containers of podman')
        .option('--dry-run', 'only say what would be adopted')
        .option('--ignore', 'do not suggest these any more, nor adopt them without their name')
        .option('--no-ignore', 'suggest them again'),
    ),
    async (context, names, options) =>
      (await load()).adopt(context, names.flat() as string[], options),
  );
  act(
    program
      .command('release')
      .description('give what was adopted back: it runs on, unmanaged, and starts as it did before')
      .argument('<resource>', 'resource'),
    async (context, [name = '']) => (await load()).release(context, name),
  );
  act(
    waiting(
      program
        .command('balance')
        .description('the fewest live moves that level the load of the nodes')
        .option('--apply', 'make them; without it they are only said'),
    ),
    async (context, _, options) =>
      (await import('./commands/balance.ts')).balance(context, options),
  );
  act(
    program
      .command('space')
      .description('what disks of machines may grow to, and what is there for it'),
    async (context) => (await import('./commands/space.ts')).space(context),
  );
}
