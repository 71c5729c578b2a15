/** The demonstration itself, as `./dev demo` runs it, without a terminal. */
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { obstacle as noContainers } from '../containers/room.ts';
import { obstacle as noMachines } from '../guest/archive.ts';
import { run, start, until } from '../lab/run.ts';
import { tool } from '../lab/toolchain.ts';

const main = join(import.meta.dirname, 'main.ts');

const titles = [
  'The cluster',
  '1 of 6  The server process is killed',
  '2 of 6  holdfastd is killed',
  '3 of 6  A whole node loses power',
  '4 of 6  The node comes back',
  '5 of 6  The service is moved by hand',
  '6 of 6  And back',
  'In short',
];

function expectWholeStory(text: string, wanted: readonly string[] = titles): void {
  const lines = text.split('\n');
  const headings = lines.filter((line) => line.includes(' ──'));
  expect(headings.map((line) => line.replace(/ ─+$/, ''))).toEqual(wanted);
  // Plain lines that fit: what people wrote in the configuration alone may be longer.
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  expect(text).not.toMatch(/\u001b/);
  const told = lines.slice(lines.findIndex((line) => line.includes('holdfast status')));
  expect(told.filter((line) => line.length > 100)).toEqual([]);
}

const machineTitles = [
  'The cluster',
  '1 of 7  A machine moves while it runs',
  '2 of 7  The machine is killed',
  '3 of 7  The container is killed',
  '4 of 7  The host loses power',
  '5 of 7  The host comes back',
  '6 of 7  A node is emptied',
  '7 of 7  And put back',
  'In short',
];

const missing = noMachines() ?? noContainers();
if (missing !== undefined) console.warn(`left out: the demonstration of machines: ${missing}`);

/** What is said of each part at the end: that it was never away and how often it was asked, or for how long. */
function figuresOf(text: string): readonly string[] {
  const table = text.slice(text.indexOf('In short')).split('\n');
  return table
    .filter((line) => /^ {2}\S/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/ {2,}/g, '|')
        .replaceAll(/[\d.]+ m?s/g, 'T')
        .replaceAll(/\d+/g, 'N')
        .replace(/,(?: no failure| N too late .*)$/, ''),
    );
}

/** Not root, who may do more than a user: for setpriv(1). */
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

interface Demonstration {
  readonly text: () => string;
  readonly said: (words: string) => Promise<void>;
  /** Ctrl-C; answers its exit code. */
  readonly interrupt: () => Promise<number>;
}

function begin(argv: readonly string[]): Demonstration {
  const child = start(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = once(child, 'exit');
  return {
    text: () => text,
    said: (words) => until(`"${words}"`, () => text.includes(words), 100_000, 50),
    async interrupt() {
      child.kill('SIGINT');
      return Number((await ended)[0]);
    },
  };
}

/** Neither its files nor any process that names them. */
function expectNothingLeft(directory: string): void {
  expect(existsSync(directory)).toBe(false);
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .map((name) => commandLine(name));
  expect(lines.filter((line) => line.includes(directory))).toEqual([]);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has ended.
  }
}

test('on Corosync it goes well', async () => {
  const words = [process.execPath, main, '--engine', 'corosync'];
  const result = await run(words, { timeoutMs: 110_000 });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expectWholeStory(result.stdout);
}, 120_000);

test.skipIf(missing !== undefined)(
  'with machines it goes well: they move, die, leave a node, and each part has its figures',
  async () => {
    const result = await run([process.execPath, main, '--vms'], { timeoutMs: 1_500_000 });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expectWholeStory(result.stdout, machineTitles);
    expect(result.stdout).toMatch(/shop moves live from n\d to n\d\./);
    expect(result.stdout).toMatch(/moved in .*, stood still for .*, \d+ MiB sent/);
    expect(figuresOf(result.stdout)).toEqual([
      'A machine moves while it runs|never|N answers',
      'The machine is killed|T|T|–|T|T',
      'The container is killed|T|T|–|T|T',
      'The host loses power|T|T|T|T|T',
      'The host comes back|never|N answers',
      'A node is emptied|never|N answers',
      'And put back|never|N answers',
    ]);
  },
  1_600_000,
);

test('--vms with the local engine is refused: machines need a Corosync and root', async () => {
  const words = ['--vms', '--engine', 'local'];
  const result = await run([process.execPath, main, ...words]);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('--vms needs root, and machines of namespaces');
});

test('without root it goes well on the local engine, and goes on if asked to, until Ctrl-C', async () => {
  await tool('node_lab'); // Into the checkout, which is somebody else's.
  const demo = begin([...nobody, process.execPath, main, '--keep']);
  await demo.said('goes on until Ctrl-C');
  expect(demo.text()).toMatch(/^Without root .* no Corosync: this runs on the\nlocal engine/);
  const [, directory = ''] = /export HOLDFAST_RUN=(\S+)/.exec(demo.text()) ?? [];
  const [, command = ''] = /^ +(\S+) status$/m.exec(demo.text()) ?? [];
  const environment = { HOLDFAST_RUN: directory };
  const inside = await run([...nobody, command, 'status'], { environment });
  expect(inside.code).toBe(0);
  expect(inside.stdout).toMatch(/hello +command +n\d/);
  expect(await demo.interrupt()).toBe(0);
  expectWholeStory(demo.text());
  expectNothingLeft(dirname(dirname(directory)));
}, 120_000);

test('Ctrl-C amid it ends everything', async () => {
  const demo = begin([process.execPath, main, '--engine', 'local']);
  await demo.said('1 of 6');
  const [, file = ''] = /holdfast apply -f (\S+)/.exec(demo.text()) ?? [];
  expect(existsSync(file)).toBe(true);
  expect(await demo.interrupt()).toBe(130);
  expectNothingLeft(dirname(file));
}, 60_000);

test('a wrong option is said, and nothing is built', async () => {
  const result = await run([process.execPath, main, '--engine', 'pacemaker']);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('--engine pacemaker: it can be corosync or local');
});
