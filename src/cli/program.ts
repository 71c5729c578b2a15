/**
 * All commands with their options. What a command does is loaded when it is called: `holdfast
 * status` must not wait for anything else.
 */
import { Command, CommanderError, Option } from 'commander';

import type { Context } from './context.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { addWholeClusterCommands } from './cluster-commands.ts';
import { addAdoptCommands } from './machine-commands.ts';
import { FOREVER, HOUR, ending, waiting } from './options.ts';
import type { Act } from './options.ts';
import { addResourceCommands } from './resource-commands.ts';
import { addSecretCommands } from './secret-commands.ts';
import { count, duration, moment } from './values.ts';
import { VERSION } from './version.ts';

interface GlobalOptions {
  readonly run: string;
  readonly output: 'text' | 'json';
}

/** Runs one command and takes its exit code. */
export type Run = (
  options: GlobalOptions,
  command: (context: Context) => Promise<ExitCode>,
) => Promise<void>;

/** `run` is called with what the command line asks for. */
export function createProgram(run: Run): Command {
  const program = new Command('holdfast')
    .description('Keeps services available on a group of machines.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help for a command')
    .addHelpText('after', AFTER_HELP)
    .addOption(runOption())
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(holdfast help shows all commands)')
    .exitOverride((error) => {
      throw error;
    });
  const act: Act = (command, work) =>
    command.action((...values: unknown[]) => {
      const args = values.slice(0, -2) as (string | undefined)[];
      const options = command.optsWithGlobals<GlobalOptions>();
      return run(options, (context) => work(context, args, command.opts<never>()));
    });
  addClusterCommands(program, act);
  addConfigurationCommands(program, act);
  addOfflineCommands(program, act);
  addResourceCommands(program, act);
  addNodeCommands(program, act);
  addOtherCommands(program, act);
  for (const command of allCommands(program)) command.addOption(outputOption());
  return program;
}

const AFTER_HELP = `
Every command takes -o json. How they end: docs/manual/exit-codes.md.
`;

function runOption(): Option {
  return new Option('--run <directory>', "where the daemon's sockets are")
    .default('/run/holdfast')
    .env('HOLDFAST_RUN');
}

function outputOption(): Option {
  return new Option('-o, --output <form>', 'how to print the answer')
    .choices(['text', 'json'])
    .default('text');
}

function* allCommands(program: Command): Generator<Command> {
  for (const command of program.commands) {
    if (command.commands.length === 0) yield command;
    else yield* allCommands(command);
  }
}

function addClusterCommands(program: Command, act: Act): void {
  act(
    program
      .command('status')
      .description('what is, what failed, what is under way, what is next')
      .option('-w, --watch', 'live, until Ctrl-C')
      .option('--check', 'end with 10 if anything is not as it should be'),
    async (context, _, options) => (await import('./commands/status.ts')).status(context, options),
  );
  act(
    program
      .command('why')
      .description('why a resource is where it is, or why it does not run')
      .argument('<resource>', 'resource')
      .option('-n, --node <node>', 'only what speaks for and against this node')
      .option('--cib <file>', 'of a Pacemaker CIB, without a daemon')
      .option('--config <file>', 'of this configuration, without a daemon')
      .option('--nodes <names>', 'with --config: the members, joined by commas', many)
      .option('--now <time>', 'of a file: as if it were then, as 2026-07-01T12:00:00Z'),
    async (context, [resource = ''], options) =>
      (await import('./commands/why.ts')).why(context, resource, options),
  );
  act(
    program
      .command('history')
      .description('the one ordered story, the same on each node')
      .option('-l, --last <number>', 'how many events', count, 50)
      .option('-s, --since <moment>', 'from then on: 10min (ago), 14:30, a date', (text) =>
        moment(text),
      )
      .option('-r, --resource <resource>', 'only what is about this resource')
      .option('-n, --node <node>', 'only what is about this node'),
    async (context, _, options) =>
      (await import('./commands/history.ts')).history(context, options),
  );
  act(
    program
      .command('events')
      .description('the story as it goes on')
      .option('-f, --follow', 'go on until Ctrl-C')
      .option('-l, --last <number>', 'how many events to begin with', count, 10),
    async (context, _, options) => (await import('./commands/history.ts')).events(context, options),
  );
  act(
    program
      .command('report')
      .description('write what this node was told and did to a file, to do it again')
      .requiredOption('--incident <decision>', 'from before this decision on; last: the newest')
      .option('--to <file>', 'the file (default: incident-DECISION.json.gz)'),
    async (context, _, options) => (await import('./commands/report.ts')).report(context, options),
  );
}

function addConfigurationCommands(program: Command, act: Act): void {
  const file = (command: Command): Command =>
    command.requiredOption('-f, --file <file>', 'the configuration; - is standard input');
  act(
    waiting(
      file(
        program.command('apply').description('make this file the configuration of the cluster'),
      ).option('-y, --yes', 'do not ask before something that runs is stopped'),
    ),
    async (context, _, options) =>
      (await import('./commands/configuration.ts')).apply(context, options),
  );
  act(
    file(
      program
        .command('plan')
        .description('what a configuration would change, and what the cluster would do'),
    ),
    async (context, _, options) =>
      (await import('./commands/configuration.ts')).plan(context, options),
  );
  act(
    program
      .command('export')
      .description('print the configuration in force, as it was written')
      .option('--cib', 'as a Pacemaker CIB')
      .option('-f, --file <file>', 'with --cib: of this file, without a daemon'),
    (context, _, options) => exportEither(context, options),
  );
}

async function exportEither(
  context: Context,
  options: { readonly cib?: boolean; readonly file?: string },
): Promise<ExitCode> {
  return options.cib === true
    ? (await import('./commands/offline.ts')).exportCib(context, options)
    : (await import('./commands/configuration.ts')).exportConfiguration(context);
}

/** Given several times, or with names joined by commas. */
const many = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(','),
];

function addOfflineCommands(program: Command, act: Act): void {
  const load = () => import('./commands/offline.ts');
  const simulate = program
    .command('simulate')
    .description('what would the cluster do? from a file, or from the live state')
    .option('--live', 'from what the cluster is now')
    .option(
      '--history <decision>',
      'a decision of the history again, by its id; or last, or its file',
    )
    .option('--cib <file>', 'from a Pacemaker CIB')
    .option('--config <file>', 'with this configuration')
    .option('--nodes <names>', 'with --config: the members, joined by commas', many)
    .option('--running', 'as if everything ran already; events come after it')
    .option('--now <time>', 'as if it were then, as 2026-07-01T12:00:00Z')
    .option('--batch <list>', 'each CIB that is listed in a file, a line of JSON each')
    .addOption(
      new Option('--format <form>', 'how to print it').choices(['text', 'json', 'dot', 'svg']),
    );
  for (const [flag, text] of WHAT_IF) simulate.option(flag, text, many);
  simulate
    .option('--quorum-lost', 'what if quorum were lost')
    .option('--quorum-gained', 'what if quorum were there');
  act(simulate, async (context, _, options) => (await load()).simulate(context, options));
  act(
    program
      .command('import')
      .description('read a Pacemaker CIB and print it as cluster.yaml')
      .argument('<cib>', 'file; - is standard input')
      .option('--keep-fence-resources', 'do not turn stonith resources into fence devices'),
    async (context, [file = ''], options) => (await load()).importCib(context, file, options),
  );
}

/** What if …? Each may be given several times, or with names joined by commas. */
const WHAT_IF = [
  ['--node-down <nodes>', 'what if these nodes failed'],
  ['--node-up <nodes>', 'what if these nodes came back'],
  ['--node-left <nodes>', 'what if these nodes left in good order'],
  ['--standby <nodes>', 'what if these nodes were in standby'],
  ['--online <nodes>', 'what if the standby of these nodes ended'],
  ['--maintenance <nodes>', 'what if these nodes were in maintenance'],
  ['--fail <resources>', 'what if the monitors of these resources failed, on the node of --on'],
  ['--on <nodes>', 'for --fail'],
  ['--op-fail <operations>', 'what if this failed: start:web@n2, perhaps =EXITCODE'],
  ['--stop <resources>', 'what if these resources were stopped'],
  ['--start <resources>', 'what if these resources were started'],
  ['--unmanage <resources>', 'what if these resources were not managed'],
  ['--ticket-grant <tickets>', 'what if these tickets were granted'],
  ['--ticket-revoke <tickets>', 'what if these tickets were revoked'],
  ['--ticket-standby <tickets>', 'what if these tickets were in standby'],
  ['--ticket-activate <tickets>', 'what if these tickets were active again'],
] as const;

function addNodeCommands(program: Command, act: Act): void {
  const node = program.command('node').description('act on nodes');
  const load = () => import('./commands/node.ts');
  const one = (name: string, text: string): Command =>
    node.command(name).description(text).argument('<node>', 'node');
  act(
    waiting(ending(one('standby', 'move everything away, start nothing there'), FOREVER)),
    async (context, [name = ''], options) => (await load()).standby(context, name, options),
  );
  act(
    waiting(one('online', 'end standby and maintenance')),
    async (context, [name = ''], options) => (await load()).online(context, name, options),
  );
  act(
    waiting(
      ending(
        one('maintenance', 'leave everything there alone').option(
          '--evacuate',
          'move everything away first; without --for until it is taken back',
        ),
        HOUR,
      ),
    ),
    async (context, [name = ''], options) => (await load()).maintenance(context, name, options),
  );
  act(
    waiting(
      node
        .command('stop')
        .description('let it leave: its resources move away, then its daemon ends')
        .argument('[node]', 'node')
        .option('--here', 'the node that this runs on'),
    ),
    async (context, [name], options) => (await load()).stop(context, name, options),
  );
  act(
    node
      .command('forget')
      .description('forget a node that is gone for good')
      .argument('<node>', 'node')
      .option('-y, --yes', 'do not ask'),
    async (context, [name = ''], options) => (await load()).forget(context, name, options),
  );
  addWholeClusterCommands(program, act);
  addFenceCommands(program, act);
  act(
    program
      .command('unfreeze')
      .description('let a frozen cluster act although newer changes may be lost')
      .option('-y, --yes', 'do not ask'),
    async (context, _, options) => (await load()).unfreeze(context, options),
  );
}

function addFenceCommands(program: Command, act: Act): void {
  const load = () => import('./commands/fence.ts');
  const fence = program.command('fence').description('fencing');
  act(
    fence
      .command('history')
      .description('fencing under way and done')
      .option('-f, --full', 'with all that the fence agents printed'),
    async (context, _, options) => (await load()).fenceHistory(context, options),
  );
  act(
    fence.command('devices').description('whom each fence device reaches, and whom it answers'),
    async (context) => (await load()).fenceDevices(context),
  );
  act(
    fence
      .command('now')
      .description('let the others shoot a node that is there, and recover what ran on it')
      .argument('<node>', 'node')
      .option('-y, --yes', 'do not ask'),
    async (context, [name = ''], options) => (await load()).fenceNow(context, name, options),
  );
  act(
    fence
      .command('confirm')
      .description('say that a node is off, seen with own eyes')
      .argument('<node>', 'node')
      .option('-y, --yes', 'do not ask'),
    async (context, [name = ''], options) => (await load()).fenceConfirm(context, name, options),
  );
  act(
    fence
      .command('release')
      .description('let a node that was fenced too often, and is held back, take part again')
      .argument('<node>', 'node'),
    async (context, [name = '']) => (await load()).fenceRelease(context, name),
  );
  const loadTests = () => import('./commands/fence-test.ts');
  act(
    fence
      .command('test')
      .description('ask every device of these nodes whether it would work, from every node')
      .argument('<node...>', 'nodes')
      .option('--for-real', 'reboot the node, which must be in standby, and wait until it is back')
      .option('-y, --yes', 'do not ask')
      .option('--timeout <time>', 'for all of it', duration, 600_000),
    async (context, nodes, options) =>
      (await loadTests()).fenceTest(context, nodes.flat() as string[], options),
  );
  act(
    fence.command('proofs').description('when each device was last proved for each node'),
    async (context) => (await loadTests()).fenceProofs(context),
  );
}

function addOtherCommands(program: Command, act: Act): void {
  const load = () => import('./commands/agents.ts');
  act(
    program
      .command('agents')
      .description('agents that are installed here, or one with its parameters')
      .argument('[agent]', 'agent, as ocf:heartbeat:IPaddr2')
      .option('-t, --titles', 'what each of them is for; takes some seconds'),
    async (context, [name], options) => (await load()).agents(context, name, options),
  );
  addAdoptCommands(program, act);
  addAttributeCommands(program, act);
  addSecretCommands(program, act);
}

function addAttributeCommands(program: Command, act: Act): void {
  const load = () => import('./commands/attribute.ts');
  const attribute = program
    .command('attribute')
    .description('what agents note: of a node, or of the cluster');
  const whose = (command: Command): Command =>
    command
      .option('-n, --node <node>', 'of this node; without it of the cluster')
      .option('-p, --permanent', 'of a node: those that stay over its next start');
  act(
    whose(attribute.command('list').description('names and values')),
    async (context, _, options) => (await load()).list(context, options),
  );
  act(
    whose(
      attribute
        .command('set')
        .description('set one')
        .argument('<name>', 'name')
        .argument('<value>', 'value'),
    ),
    async (context, [name = '', value = ''], options) =>
      (await load()).set(context, name, value, options),
  );
  act(
    whose(attribute.command('remove').description('remove one').argument('<name>', 'name')),
    async (context, [name = ''], options) => (await load()).remove(context, name, options),
  );
}

/** Commander's own ends: help and version are well, the rest is a wrong command line. */
export function usageCode(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}

export { CommanderError };
