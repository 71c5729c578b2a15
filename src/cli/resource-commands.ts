/** `holdfast resource …`: what acts on one resource, or looks at it. */
import type { Command } from 'commander';

import { FOREVER, HOUR, ending, waiting } from './options.ts';
import type { Act } from './options.ts';
import { count } from './values.ts';

export function addResourceCommands(program: Command, act: Act): void {
  const resource = program.command('resource').description('act on resources');
  const load = () => import('./commands/resource.ts');
  const one = (name: string, text: string): Command =>
    resource.command(name).description(text).argument('<resource>', 'resource');
  act(
    waiting(ending(one('start', 'let it run, over a stop or a configured target-role'), FOREVER)),
    async (context, [id = ''], options) => (await load()).start(context, id, options),
  );
  act(
    waiting(ending(one('stop', 'stop it until it is started by command'), FOREVER)),
    async (context, [id = ''], options) => (await load()).stop(context, id, options),
  );
  act(
    waiting(one('restart', 'stop it where it runs, then start it again')),
    async (context, [id = ''], options) => (await load()).restart(context, id, options),
  );
  act(
    waiting(
      ending(
        one('move', 'move it, with its group, to a node or away from where it runs')
          .argument('[node]', 'node to go to')
          .option('--to <node>', 'the same')
          .option('--live', 'only while it runs: refused where it would stop and start')
          .option('--cancel', 'give up its live migration: it stays where it is'),
        HOUR,
      ),
    ),
    async (context, [id = '', node], options) => (await load()).move(context, id, node, options),
  );
  act(
    waiting(one('clear', 'take back what commands have set: move, stop, start, maintenance')),
    async (context, [id = ''], options) => (await load()).clear(context, id, options),
  );
  act(
    waiting(
      one('cleanup', 'forget its failures and look at it afresh').option(
        '-n, --node <node>',
        'only those on this node',
      ),
    ),
    async (context, [id = ''], options) => (await load()).cleanup(context, id, options),
  );
  act(
    waiting(
      ending(
        one('maintenance', 'leave it alone: not started, stopped or monitored').option(
          '--off',
          'end the maintenance',
        ),
        HOUR,
      ),
    ),
    async (context, [id = ''], options) => (await load()).maintenance(context, id, options),
  );
  addLooks(resource, act);
}

function addLooks(resource: Command, act: Act): void {
  const load = () => import('./commands/resource.ts');
  act(
    resource
      .command('logs')
      .description('what it has printed last, where it runs')
      .argument('<resource>', 'resource')
      .option('-l, --lines <number>', 'how many lines', count, 50)
      .option('-n, --node <node>', 'on this node'),
    async (context, [id = ''], options) => (await load()).logs(context, id, options),
  );
  act(
    resource
      .command('debug')
      .description('run one operation of its agent here, beside the cluster')
      .argument('<operation>', 'start, stop, monitor, validate-all, …')
      .argument('<resource>', 'resource')
      .option('--force', 'although the cluster manages it'),
    async (context, [operation = '', id = ''], options) =>
      (await load()).debug(context, id, operation, options),
  );
}
