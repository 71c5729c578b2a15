/**
 * Which folder may import what: the table of ARCHITECTURE.md as data.
 *
 * A folder may always import itself. Tests (`*.test.ts`, and helpers in `testing/`) are freer: those
 * of the core may import all of the core, those of other folders anything. Nothing but a test may
 * import a test.
 */

export type Row = {
  readonly folder: string;
  /** Folders whose values and types may be imported. */
  readonly may: readonly string[];
  /** Folders of which only types may be imported. */
  readonly mayTypes?: readonly string[];
  /** Packages that may be imported; without the field none. */
  readonly packages?: readonly string[];
  /** May modules of Node (`node:fs`, …) be imported? */
  readonly node: boolean;
};

const core = (name: string, may: readonly string[], mayTypes: readonly string[] = []): Row => ({
  folder: `core/${name}`,
  may,
  mayTypes,
  node: false,
});

const modelAndWire = ['core/model', 'core/wire'] as const;
const wholeCore = ['core'] as const;

/** What a client may see of the core: the words, the configuration, the read model. */
const readSide = ['core/model', 'core/config', 'core/view'] as const;

export const table: readonly Row[] = [
  core('model', []),
  core('wire', ['core/model']),
  core('config', modelAndWire),
  core('membership', modelAndWire),
  core('store', modelAndWire),
  core('cluster', [...modelAndWire, 'core/transition'], ['core/store']),
  core('scheduler', modelAndWire),
  core('transition', modelAndWire, ['core/scheduler']),
  core('executor', [...modelAndWire, 'core/cluster', 'core/transition']),
  core('fencing', [...modelAndWire, 'core/cluster', 'core/transition']),
  core(
    'view',
    [...modelAndWire, 'core/cluster'],
    ['core/transition', 'core/scheduler', 'core/store'],
  ),
  core('balance', [...modelAndWire, 'core/config', 'core/scheduler', 'core/view']),
  core('node', wholeCore),
  { folder: 'schema', may: ['core/model'], packages: ['zod', 'yaml'], node: false },
  { folder: 'agents', may: ['core/model', 'core/config'], packages: ['saxes'], node: true },
  { folder: 'interop', may: ['core/model', 'core/config'], packages: ['saxes'], node: true },
  { folder: 'engine', may: [...modelAndWire, 'agents'], node: true },
  { folder: 'host', may: [...modelAndWire, 'agents'], node: true },
  { folder: 'sim', may: [...wholeCore, 'agents'], packages: ['pure-rand'], node: true },
  {
    folder: 'offline',
    may: [...wholeCore, 'interop', 'schema', 'agents'],
    packages: ['yaml'],
    node: true,
  },
  {
    folder: 'api',
    may: [...readSide, 'schema'],
    mayTypes: ['core/cluster', 'core/store', 'core/balance'],
    packages: ['hono', '@hono/node-server', 'zod'],
    node: true,
  },
  { folder: 'adopt', may: ['core/model', 'core/config', 'agents'], packages: ['yaml'], node: true },
  {
    folder: 'cli',
    may: ['adopt', 'offline', 'core/model'],
    mayTypes: ['core/config', 'core/view', 'schema', 'api'],
    packages: ['commander', '@bomb.sh/tab', 'yaml'],
    node: true,
  },
  {
    folder: 'daemon',
    may: ['core', 'schema', 'agents', 'adopt', 'interop', 'engine', 'host', 'offline', 'api'],
    packages: ['pino', 'yaml', '@hono/node-server'],
    node: true,
  },
];

/** Files outside `src` that only developers run; the product must not import them. */
export const tooling = ['e2e', 'bench', 'checks', 'scripts'] as const;
