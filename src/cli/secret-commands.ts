/** The commands about secrets of fence devices: what is typed wrong may be one. */
import type { Command } from 'commander';

import type { Act } from './options.ts';

/** Commander's own words repeat what was typed. */
const WRONG = `error: a secret's name is all that is given here; what was typed is not repeated
The value is typed when it is asked for, or comes from standard input or --file:
  holdfast secret set NAME; holdfast secret remove NAME; holdfast secret list
If it stood in this command line: it is in the shell's history, and others could
read it in the list of processes. Change it.
`;

export function addSecretCommands(program: Command, act: Act): void {
  const load = () => import('./commands/agents.ts');
  const secret = program
    .command('secret')
    .description('secrets of fence devices, on this node')
    .configureOutput({ outputError: (_text, write) => write(WRONG) });
  act(
    secret
      .command('set')
      .description('store one, typed or from standard input')
      .argument('<secret>', 'name')
      .option('-f, --file <file>', 'take it from a file'),
    async (context, [name = ''], options) => (await load()).secretSet(context, name, options),
  );
  act(
    secret.command('remove').description('remove one').argument('<secret>', 'name'),
    async (context, [name = '']) => (await load()).secretRemove(context, name),
  );
  act(secret.command('list').description('names, and which nodes lack which'), async (context) =>
    (await load()).secretList(context),
  );
}
