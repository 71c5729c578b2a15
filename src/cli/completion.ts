/** `holdfast completion bash|zsh|fish`, and the live names that those scripts ask for. */
import createTab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

import type { AnswerOf } from '../api/client-types.ts';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import { BASH_COMPLETION } from './completion-bash.ts';
import { ZSH_COMPLETION } from './completion-zsh.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import type { Run } from './program.ts';

type Names = AnswerOf<'GET /v1/names'>;

/** Somebody waits at a prompt: rather no names than late ones. */
const NAMES_TIMEOUT_MS = 500;
const NO_NAMES: Names = { nodes: [], resources: [], secrets: [] };
/** The what-ifs of `holdfast simulate`. */
const NODE_OPTIONS = ['node-down', 'node-up', 'node-left', 'standby', 'online', 'on'];
const RESOURCE_OPTIONS = ['fail', 'start', 'stop', 'unmanage'];
const OPERATIONS = ['start', 'stop', 'monitor', 'promote', 'demote', 'validate-all'];

export async function complete(
  argv: readonly string[],
  createProgram: (run: Run) => Command,
): Promise<ExitCode> {
  const program = createProgram(async () => undefined);
  const scriptOrFiles = withoutNames(program, argv);
  if (scriptOrFiles !== undefined) {
    process.stdout.write(scriptOrFiles);
    return EXIT.ok;
  }
  const tab = createTab(program, { completionCommandName: 'completion' });
  const asks = argv[0] === 'complete';
  const names = asks
    ? await inTime((client) => client.call('GET /v1/names', {}), NO_NAMES)
    : NO_NAMES;
  // Only for its own command: the list is long.
  const agents = asks && argv.includes('agents') ? await agentNames() : [];
  const values: Readonly<Record<string, readonly string[]>> = {
    resource: names.resources,
    node: names.nodes,
    secret: names.secrets,
    agent: agents,
    shell: ['bash', 'zsh', 'fish'],
    ...choicesOf(program),
    operation: OPERATIONS,
    ...Object.fromEntries(NODE_OPTIONS.map((name) => [name, names.nodes])),
    ...Object.fromEntries(RESOURCE_OPTIONS.map((name) => [name, names.resources])),
  };
  for (const command of tab.commands.values()) {
    for (const [name, argument] of command.arguments) {
      argument.handler = (offer) => offerAll(values[name], offer);
    }
    for (const [name, option] of command.options) {
      const known = values[name];
      if (known !== undefined && option.isBoolean !== true) {
        option.handler = (offer) => offerAll(known, offer);
      }
    }
  }
  await program.parseAsync([...argv], { from: 'user' });
  return EXIT.ok;
}

const OWN_SCRIPTS: Readonly<Record<string, string>> = {
  bash: BASH_COMPLETION,
  zsh: ZSH_COMPLETION,
};

/** Our own script, or the word to the shell that a file is wanted (directive 0). */
function withoutNames(program: Command, argv: readonly string[]): string | undefined {
  if (argv[0] === 'completion') return OWN_SCRIPTS[argv[1] ?? ''];
  const words = argv.slice(2, -1);
  let command = program;
  for (const word of words) {
    command = command.commands.find((each) => each.name() === word) ?? command;
  }
  const last = words.at(-1) ?? '';
  const option = command.options.find(({ short, long }) => last === short || last === long);
  const wanted = option?.flags ?? command.registeredArguments[0]?.name() ?? '';
  return /<file>|<directory>|^cib$/.test(wanted) ? ':0\n' : undefined;
}

function offerAll(
  names: readonly string[] | undefined,
  offer: (value: string, description: string) => void,
): void {
  for (const name of names ?? []) offer(name, '');
}

/** Options with a fixed list of values: `-o json`. */
function choicesOf(program: Command): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const open = [program];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    open.push(...next.commands);
    for (const option of next.options) {
      const name = option.long?.slice(2);
      if (name !== undefined && option.argChoices !== undefined) found[name] = option.argChoices;
    }
  }
  return found;
}

async function agentNames(): Promise<readonly string[]> {
  const query = { titles: 'false' } as const;
  const list = await inTime((client) => client.call('GET /v1/agents', { query }), []);
  return list.map(({ name }) => name);
}

async function inTime<T>(ask: (client: Client) => Promise<T>, otherwise: T): Promise<T> {
  const client = createClient(process.env['HOLDFAST_RUN'] ?? '/run/holdfast');
  const late = new Promise<T>((resolve) => {
    setTimeout(() => resolve(otherwise), NAMES_TIMEOUT_MS).unref();
  });
  return Promise.race([ask(client).catch(() => otherwise), late]);
}
