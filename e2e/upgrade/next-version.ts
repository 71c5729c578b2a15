/**
 * The next version of the product, built from this one: a higher version and feature level, and what
 * a version may bring: a new command, a new field of the state that it sets, and a duty that gives the
 * command from the first moment on. All that holds it back is what the present version has for that.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';

export interface NextVersion {
  readonly holdfastd: string;
  readonly remove: () => void;
}

/** What a version to come might add; each text stands once in its file of this version. */
const changes: readonly (readonly [file: string, before: string, after: string])[] = [
  ['src/daemon/version.ts', "VERSION = '0.0.0'", "VERSION = '0.1.0'"],
  ['src/daemon/version.ts', 'FEATURE_LEVEL = 1', 'FEATURE_LEVEL = 2'],
  [
    'src/core/cluster/commands.ts',
    "  | { readonly kind: 'clear-mark';",
    "  | { readonly kind: 'greet'; readonly words: string }\n  | { readonly kind: 'clear-mark';",
  ],
  ['src/core/cluster/commands.ts', "  'clear-mark',", "  'clear-mark',\n  'greet',"],
  [
    'src/core/cluster/shapes/commands.ts',
    "    'set-mark': {",
    '    greet: { words: text },\n    $&',
  ],
  [
    'src/core/cluster/state.ts',
    '  readonly marks: Marks;',
    '  readonly marks: Marks;\n  readonly greeting?: string;',
  ],
  [
    'src/core/cluster/shapes/state.ts',
    '    view: key,',
    '    view: key,\n    greeting: optional(text),',
  ],
  ['src/core/cluster/level.ts', '= {};', '= { greet: 2 };'],
  [
    'src/core/cluster/apply.ts',
    "    case 'clear-mark':\n",
    "    case 'greet':\n      return tell({ ...state, greeting: command.words }," +
      " { kind: 'alarm', severity: 'info', text: command.words });\n    case 'clear-mark':\n",
  ],
  ['src/core/node/lead.ts', '    addNodes,\n', '    addNodes,\n    greet,\n'],
  [
    'src/core/node/lead.ts',
    'function addNodes(',
    'function greet(node: NodeState, clocks: NodeClocks): Step {\n' +
      '  if (node.cluster.greeting !== undefined) return stay(node);\n' +
      "  return askOnce(node, 'ask greet', { kind: 'greet', words: 'the new version greets' }, clocks);\n" +
      '}\n\nfunction addNodes(',
  ],
];

export async function buildNextVersion(): Promise<NextVersion> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-next-'));
  for (const part of ['src', 'bin', 'rolldown.config.ts', 'package.json'])
    cpSync(join(repository, part), join(root, part), { recursive: true });
  mkdirSync(join(root, 'native'));
  cpSync(join(repository, 'native/holdfast.ts'), join(root, 'native/holdfast.ts'));
  symlinkSync(join(repository, 'native/build'), join(root, 'native/build'));
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  for (const [file, before, after] of changes) change(join(root, file), before, after);
  const rolldown = join(repository, 'node_modules/.bin/rolldown');
  await runOrThrow(['env', '-C', root, rolldown, '-c', 'rolldown.config.ts']);
  return {
    holdfastd: join(root, 'bin', 'holdfastd'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function change(path: string, before: string, after: string): void {
  const text = readFileSync(path, 'utf8');
  if (text.split(before).length !== 2)
    throw new Error(`${path} does not have ${JSON.stringify(before)} once: say anew what changes`);
  writeFileSync(path, text.replace(before, after));
}
