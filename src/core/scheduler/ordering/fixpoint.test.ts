/** The fixpoint on hand-written actions: what it decides, and that the worklist's order is no matter. */
import { assert, infiniteStream, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settle } from './fixpoint.ts';
import { ActionTable, FLAG, KIND } from './table.ts';
import type { Action } from './table.ts';

/**
 * Actions by name with their flags (`!` required, `x` blocked, `m` migratable, `2` minimum 2), then
 * relations `first kind[+kind] then`, then what must come out.
 */
interface Story {
  readonly name: string;
  readonly actions: string;
  readonly relations: readonly string[];
  readonly outcome: string;
}

const STORIES: readonly Story[] = [
  { name: 'nothing asked, nothing done', actions: 'start', relations: [], outcome: '' },
  {
    name: 'a restart of the first restarts the second',
    actions: 'stopA! startA stopB startB',
    relations: [
      'stopA restart startA',
      'stopB restart startB',
      'startA causes+blocks startB',
      'stopB needs stopA',
    ],
    outcome: 'stopA! startA! stopB! startB!',
  },
  {
    name: 'an order that is only an order causes nothing',
    actions: 'stopA! startA stopB startB',
    relations: ['stopA restart startA', 'stopB restart startB', 'startA order startB'],
    outcome: 'stopA! startA!',
  },
  {
    name: 'what cannot start keeps its follower from starting, and stops it',
    actions: 'startAx stopB startB',
    relations: ['stopB restart startB', 'startA causes+blocks startB'],
    outcome: 'startAx stopB! startB!x',
  },
  {
    name: 'a stop that cannot happen blocks the stop before it and the start after it',
    actions: 'stopWebx stopDb! startDb startWeb',
    relations: [
      'stopDb restart startDb',
      'stopWeb restart startWeb',
      'stopWeb needs+blocksWhenRequired stopDb',
    ],
    outcome: 'stopWeb!x stopDb!x startDb!x startWeb!x',
  },
  {
    name: 'a blocked stop that nobody needs blocks nobody',
    actions: 'stopWebx stopDb startDb',
    relations: ['stopDb restart startDb', 'stopWeb needs+blocksWhenRequired stopDb'],
    outcome: 'stopWebx',
  },
  {
    name: 'an asymmetric order holds back only what would start anyway',
    actions: 'startAx startB startC!',
    relations: ['startA asymmetric startB', 'startA asymmetric startC'],
    outcome: 'startAx startC!x',
  },
  {
    name: 'one of many is enough',
    actions: 'one!x two! gate1 then!',
    relations: ['one oneOfMany gate', 'two oneOfMany gate', 'gate blocks then'],
    outcome: 'one!x two! then!',
  },
  {
    name: 'none of many is not',
    actions: 'one!x two!x gate1 then!',
    relations: ['one oneOfMany gate', 'two oneOfMany gate', 'gate blocks then'],
    outcome: 'one!x two!x gatex then!x',
  },
  {
    name: 'a minimum of two needs two',
    actions: 'one! two!x three!x gate2 then!',
    relations: [
      'one oneOfMany gate',
      'two oneOfMany gate',
      'three oneOfMany gate',
      'gate blocks then',
    ],
    outcome: 'one! two!x three!x gatex then!x',
  },
  {
    name: 'a migration survives what stays',
    actions: 'startA stopB!m startB!m',
    relations: ['startA causes+blocks+unmigratable startB', 'stopB restart startB'],
    outcome: 'stopB!m startB!m',
  },
  {
    name: 'a migration does not survive a first that starts anew',
    actions: 'startA! stopB!m startB!m',
    relations: ['startA causes+blocks+unmigratable startB', 'stopB restart startB'],
    outcome: 'startA! stopB! startB!',
  },
  {
    name: 'two that migrate together both do',
    actions: 'stopA!m startA!m stopB!m startB!m',
    relations: [
      'stopA restart startA',
      'stopB restart startB',
      'startA causes+blocks+unmigratable startB',
      'stopB needs stopA',
    ],
    outcome: 'stopA!m startA!m stopB!m startB!m',
  },
  {
    name: 'a chain of migrations breaks from the link that cannot',
    actions: 'stopA! startA! stopB!m startB!m stopC!m startC!m',
    relations: [
      'stopA restart startA',
      'stopB restart startB',
      'stopC restart startC',
      'startA causes+blocks+unmigratable startB',
      'startB causes+blocks+unmigratable startC',
    ],
    outcome: 'stopA! startA! stopB! startB! stopC! startC!',
  },
  {
    name: 'a connection that moves live disturbs nobody on its node',
    actions: 'stopConn!m startConn!m stopRsc monitorRsc',
    relations: [
      'stopConn restart startConn',
      'stopRsc needsUnlessMigrating stopConn',
      'startConn causesUnlessMigrating monitorRsc',
    ],
    outcome: 'stopConn!m startConn!m',
  },
  {
    name: 'a connection that stops takes all on its node along',
    actions: 'stopConn! startConn stopRsc monitorRsc',
    relations: [
      'stopConn restart startConn',
      'stopRsc needsUnlessMigrating stopConn',
      'startConn causesUnlessMigrating monitorRsc',
    ],
    outcome: 'stopConn! startConn! stopRsc! monitorRsc!',
  },
  {
    name: 'a group stops from its end',
    actions: 'stop1! stop2 stop3',
    relations: ['stop3 needs stop2', 'stop2 needs stop1'],
    outcome: 'stop1! stop2! stop3!',
  },
  {
    name: 'a group member that fails leaves the earlier ones alone',
    actions: 'stop1 start1 stop2! start2 stop3 start3',
    relations: [
      'stop1 restart start1',
      'stop2 restart start2',
      'stop3 restart start3',
      'stop3 needs stop2',
      'stop2 needs stop1',
      'start1 causes+blocks start2',
      'start2 causes+blocks start3',
    ],
    outcome: 'stop2! start2! stop3! start3!',
  },
  {
    name: 'points are there when something passes them',
    actions: 'begin start! done',
    relations: ['begin needs start', 'start causes done'],
    outcome: 'begin! start! done!',
  },
  {
    name: 'points are not there when nothing does',
    actions: 'begin start done',
    relations: ['begin needs start', 'start causes done'],
    outcome: '',
  },
  {
    name: 'a promotion waits for the start and falls with it',
    actions: 'start!x promote!',
    relations: ['start causes+blocks promote'],
    outcome: 'start!x promote!x',
  },
  {
    name: 'who demotes for a restart promotes again',
    actions: 'demote stop! start promote',
    relations: [
      'demote needs stop',
      'stop restart start',
      'start causes+blocks promote',
      'demote restart promote',
    ],
    outcome: 'demote! stop! start! promote!',
  },
  {
    name: 'a promotion that is forbidden demotes',
    actions: 'demote promotex',
    relations: ['demote restart promote'],
    outcome: 'demote! promote!x',
  },
  {
    name: 'a monitor is started anew with its resource',
    actions: 'stop! start monitor',
    relations: ['stop restart start', 'start causes+blocks monitor'],
    outcome: 'stop! start! monitor!',
  },
  {
    name: 'a probe that cannot be made keeps the start back',
    actions: 'probe!x start!',
    relations: ['probe blocks start'],
    outcome: 'probe!x start!x',
  },
  {
    name: 'a probe causes nothing',
    actions: 'probe! start',
    relations: ['probe blocks start'],
    outcome: 'probe!',
  },
  {
    name: 'a shutdown waits for stops that cannot happen',
    actions: 'stop!x shutdown!',
    relations: ['stop blocksWhenRequired shutdown'],
    outcome: 'stop!x shutdown!x',
  },
  {
    name: 'a cycle of consequences ends',
    actions: 'startA! startB stopA stopB',
    relations: [
      'startA causes+blocks startB',
      'startB causes+blocks startA',
      'stopA restart startA',
      'stopB restart startB',
    ],
    outcome: 'startA! startB! stopA! stopB!',
  },
  {
    name: 'a cycle of blocks ends',
    actions: 'ax b c',
    relations: ['a blocks b', 'b blocks c', 'c blocks a'],
    outcome: 'ax bx cx',
  },
  {
    name: 'a long way round',
    actions: 'a! b c d e f',
    relations: ['a causes b', 'c needs b', 'c causes d', 'e needs d', 'e blocks f', 'e causes f'],
    outcome: 'a! b! c! d! e! f!',
  },
];

function build(story: Story): { readonly table: ActionTable; readonly names: readonly string[] } {
  const table = new ActionTable();
  const byName = new Map<string, Action>();
  for (const word of story.actions.split(' ')) {
    const name = nameIn(story, word, word.replace(/[!xm\d]*$/, ''));
    const flags = word.slice(name.length);
    const action = table.add({ task: name });
    if (flags.includes('!')) action.flags |= FLAG.required;
    if (flags.includes('x')) action.flags |= FLAG.blocked;
    if (flags.includes('m')) action.flags |= FLAG.migratable;
    action.minimum = Number(/\d/.exec(flags)?.[0] ?? 0);
    byName.set(name, action);
  }
  for (const relation of story.relations) {
    const [first = '', kinds = '', then = ''] = relation.split(' ');
    const bits = kinds.split('+').reduce((sum, kind) => sum | KIND[kind as keyof typeof KIND], 0);
    const from = byName.get(first);
    const to = byName.get(then);
    if (from === undefined || to === undefined) throw new Error(relation);
    table.relate(from, to, bits);
  }
  return { table, names: [...byName.keys()] };
}

/** A name that the relations use, of which the word begins; else the word without its flags. */
function nameIn(story: Story, word: string, otherwise: string): string {
  const used = story.relations.flatMap((relation) => {
    const [first = '', , then = ''] = relation.split(' ');
    return [first, then];
  });
  const fitting = used.filter((name) => word.startsWith(name));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? otherwise;
}

function outcome(table: ActionTable): string {
  return table.actions
    .map((action) => {
      const required = (action.flags & FLAG.required) === 0 ? '' : '!';
      const blocked = (action.flags & FLAG.blocked) === 0 ? '' : 'x';
      const migratable = (action.flags & FLAG.migratable) === 0 ? '' : 'm';
      const flags = `${required}${blocked}${migratable}`;
      return flags === '' ? '' : `${action.task}${flags}`;
    })
    .filter((word) => word !== '')
    .join(' ');
}

describe('the fixpoint', () => {
  test.each(STORIES)('$name', (story) => {
    const { table } = build(story);
    settle(table);
    expect(outcome(table)).toBe(story.outcome);
  });

  test.each(STORIES)('$name, in any order of the worklist', (story) => {
    const positions = infiniteStream(nat());
    assert(
      property(positions, (stream) => {
        const { table } = build(story);
        settle(table, (length) => (stream.next().value ?? 0) % length);
        expect(outcome(table)).toBe(story.outcome);
      }),
      { numRuns: 30 },
    );
  });
});
