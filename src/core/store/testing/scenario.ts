/**
 * Stories in plain text (scenarios/store): each line does something, `show` says what became of it.
 * The lines after `show` that begin with `|` are the expectation.
 */
import { canonicalJson } from '../../wire/canonical.ts';
import { epochOf } from '../line.ts';
import { decodeRecord } from '../records.ts';
import { settle, wait } from './drive.ts';
import type { Choose } from './network.ts';
import type { Daemon } from './daemon.ts';
import { World } from './world.ts';

/** Runs a story; answers its text with what `show` says now. */
export function runScenario(text: string): string {
  const stage = { world: undefined as World | undefined, answersShown: 0 };
  const result: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('|')) continue;
    result.push(line);
    const [verb = '', ...words] = line.trim().split(/\s+/);
    if (verb === '' || verb.startsWith('#')) continue;
    if (verb === 'nodes') stage.world = makeWorld(words);
    else if (stage.world === undefined) throw new Error('the story must begin with `nodes`');
    else if (verb === 'show') result.push(...show(stage.world, stage));
    else perform(stage.world, verb, words);
  }
  return result.join('\n');
}

function makeWorld(words: readonly string[]): World {
  const option = words.find((word) => word.includes('-'));
  const nodes = words.filter((word) => word !== option);
  const first = nodes[0];
  if (option === 'tie-breaker') {
    return new World({
      nodes,
      quorumOptions: { autoTieBreaker: true },
      isQuorate: (here) =>
        2 * here.length > nodes.length ||
        (2 * here.length === nodes.length && here.some((node) => node === first)),
    });
  }
  if (option === 'two-node') {
    return new World({ nodes, quorumOptions: { twoNode: true }, isQuorate: () => true });
  }
  return new World({ nodes });
}

function perform(world: World, verb: string, words: readonly string[]): void {
  const daemons = words.filter((word) => world.daemons.some((each) => each.node === word));
  const each = (act: (daemon: Daemon) => void): void => {
    for (const name of daemons) act(world.daemon(name));
  };
  const choose = lost(words.at(-1));
  const actions: Readonly<Record<string, () => void>> = {
    start: () => each((daemon) => world.start(daemon, choose)),
    'kill-daemon': () => each((daemon) => world.crash(daemon, false, choose)),
    'power-off': () => each((daemon) => world.crash(daemon, true, choose)),
    // The number of its last ring was not on the disk yet.
    'forget-ring': () => each(({ node }) => world.network.forgetRings(node, 1)),
    'lose-engine': () => each((daemon) => world.loseEngine(daemon, choose)),
    wipe: () =>
      each((daemon) => {
        daemon.disk = { snapshot: undefined, records: [], aside: [], isDamaged: false };
      }),
    // The last record is gone, and the disk knows that something is missing.
    damage: () =>
      each((daemon) => {
        daemon.disk = {
          ...daemon.disk,
          records: daemon.disk.records.slice(0, -1),
          isDamaged: true,
        };
      }),
    stop: () => each((daemon) => void (daemon.isStopped = true)),
    continue: () => each((daemon) => void (daemon.isStopped = false)),
    keep: () => each((daemon) => world.submit(daemon, { kind: 'keep', word: words.at(-1) ?? '' })),
    note: () => each((daemon) => world.submit(daemon, { kind: 'note', word: words.at(-1) ?? '' })),
    override: () => each((daemon) => world.override(daemon)),
    'disk-fails': () => each((daemon) => void world.finishDisk(daemon, choose)),
    disk: () => each((daemon) => void world.finishDisk(daemon)),
    // Everything arrives, disks do nothing.
    deliver: () => deliver(world, daemons, true),
    // All but the engine's word on quorum.
    'deliver-no-quorum': () => deliver(world, daemons, false),
    divide: () => world.network.divide(partsOf(world, words), choose),
    settle: () => settle(world),
    wait: () => wait(world, Number(words[0]) * 1000),
  };
  const action = actions[verb];
  if (action === undefined) throw new Error(`no such action: ${verb}`);
  action();
}

/**
 * What happens to messages under way when a view ends: all of them arrive, `losing` none does,
 * `own-only` each part of the group delivers its own and nothing else.
 */
function lost(word: string | undefined): Choose {
  let calls = 0;
  return (below) => {
    calls += 1;
    if (word === 'losing') return 0;
    if (word === 'own-only') return calls % 2 === 1 ? 0 : below - 1;
    return below - 1;
  };
}

/** `a b | c`: a and b reach each other, c is alone. */
function partsOf(world: World, words: readonly string[]): readonly number[] {
  const groups = words.join(' ').split('|');
  return world.daemons.map(({ node }) =>
    groups.findIndex((group) => group.trim().split(' ').includes(node)),
  );
}

function deliver(world: World, daemons: readonly string[], withQuorum: boolean): void {
  const all = world.daemons.filter(({ node }) => daemons.length === 0 || daemons.includes(node));
  for (let moved = true; moved;) {
    moved = false;
    for (const daemon of all) {
      if (withQuorum) moved = world.deliverQuorum(daemon) || moved;
      moved = world.deliver(daemon) || moved;
    }
  }
}

function show(world: World, stage: { answersShown: number }): readonly string[] {
  const answers = world.answers.slice(stage.answersShown);
  stage.answersShown = world.answers.length;
  const told = answers.map(({ tag, result }) => {
    const [life, , word] = tag.split(' ');
    return `${life} ${word}: ${result.kind}${'reason' in result ? `, ${result.reason}` : ''}`;
  });
  return [...world.daemons.map(describe), ...told].map((line) => `| ${line}`);
}

function describe({ node, replica, disk }: Daemon): string {
  if (replica === undefined) return `${node}: down`;
  const { view, line, state } = replica;
  const { phase } = view;
  const words = [
    `${phase.kind}${phase.kind === 'open' && phase.acting ? ' and acting' : ''}`,
    ...('reason' in phase ? [phase.reason] : []),
    ...('waitsFor' in phase ? [`waits for ${phase.waitsFor.join(' ') || 'nobody'}`] : []),
    `epoch ${epochOf(line)}`,
    `members ${view.members.map((each) => each.incarnation).join(' ')}`,
    `kept ${canonicalJson(state.kept)}`,
  ];
  const aside = disk.aside.map((record) => {
    const decoded = decodeRecord(record);
    return decoded.kind === 'ok' && decoded.value.kind === 'entry' ? decoded.value.entry.text : '?';
  });
  const waiting = line.waiting.length > 0 ? [`${line.waiting.length} waiting`] : [];
  return `${node}: ${[...words, ...waiting, ...aside.map((text) => `aside ${text}`)].join(', ')}`;
}
