import { describe, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { LOCAL, NOON, clusterOf, node, viewOf } from '../core/view/testing/states.ts';
import { forgottenNotes } from '../core/view/forgotten.ts';
import { read } from '../core/view/reading.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';

const cluster = (condition: 'online' | 'lost' | 'down'): ClusterState =>
  clusterOf([node('n1'), node('n2', { condition })]);
const local = () => ({ ...LOCAL, engineNodes: ['n1', 'n2'] });

describe('holdfast node forget', () => {
  const run = (state: ClusterState, ...words: readonly string[]) =>
    runCommand(testBackend(state, { local }), ['node', 'forget', ...words], {
      now: NOON,
      columns: 200,
    });

  it('says what is still to be done, and the status goes on to say it', async () => {
    const backend = testBackend(cluster('down'), { local });
    const words = ['node', 'forget', 'n2', '--yes'];
    const { text, code } = await runCommand(backend, words, { now: NOON, columns: 200 });
    expect(text).toContain('n2 is forgotten. corosync.conf still names it: take it out');
    expect(code).toBe(EXIT.ok);
    expect(Object.keys(backend.cluster().nodes)).toEqual(['n1']);
    const notes = forgottenNotes(read(backend.cluster(), viewOf(['n1']), local()));
    expect(notes.map(({ text: said }) => said)).toEqual([
      'corosync.conf still names n2, which was forgotten: Corosync goes on to count the votes as missing.',
    ]);
    const named = { ...LOCAL, engineNodes: ['n1'] };
    expect(forgottenNotes(read(backend.cluster(), viewOf(['n1']), named))).toEqual([]);
  });

  it('is refused while the node may run something, with what to do', async () => {
    const lost = await run(cluster('lost'), 'n2', '--yes');
    expect(lost.text).toContain('holdfast fence confirm n2');
    expect(lost.code).toBe(EXIT.refused);
    expect((await run(cluster('online'), 'n2', '--yes')).text).toContain('holdfast node stop n2');
  });

  it('is refused before anybody is asked', async () => {
    const lost = await run(cluster('lost'), 'n2');
    expect(lost.text).toContain('it is not confirmed that n2 is off');
    expect(lost.text).not.toContain('Nothing was forgotten');
    expect(lost.code).toBe(EXIT.refused);
  });

  it('is not done without agreement, nor for a name that nobody knows', async () => {
    const alone = await run(cluster('down'), 'n2');
    expect(alone.code).toBe(EXIT.refused);
    expect(alone.text).toContain('Nothing was forgotten');
    expect((await run(cluster('down'), 'n22', '--yes')).text).toContain('did you mean "n2"');
  });
});

describe('holdfast fence confirm', () => {
  const confirm = async (condition: 'online' | 'lost', refusal?: string) => {
    const more = refusal === undefined ? {} : { refusalOf: () => refusal };
    const backend = testBackend(cluster(condition), more);
    const ended = await runCommand(backend, ['fence', 'confirm', 'n2'], { now: NOON });
    return { ...ended, commands: backend.commands };
  };

  it('is refused before anybody is asked', async () => {
    const online = await confirm('online');
    expect(online.text).toContain('n2 is online');
    expect(online.text).not.toContain('Nothing was confirmed');
    const member = await confirm('lost', 'the machine of n2 is not off');
    expect(member.text).toContain('the machine of n2 is not off');
    expect([online.code, member.code]).toEqual([EXIT.refused, EXIT.refused]);
  });

  it('is not done without agreement', async () => {
    const { text, code, commands } = await confirm('lost');
    expect(text).toContain('Nothing was confirmed');
    // A script whose author adds --yes has read what that says.
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /--yes is the answer to: If n2 still runs.*destroy data/,
    );
    expect(code).toBe(EXIT.refused);
    expect(commands).toEqual([]);
  });
});

describe('holdfast node stop without quorum', () => {
  const stop = async (name: string) => {
    const alone = viewOf(['n1'], { phase: { kind: 'open', acting: false }, quorate: false });
    const backend = testBackend(cluster('lost'), { storeView: alone });
    const ended = await runCommand(backend, ['node', 'stop', name], { now: NOON });
    return { ...ended, commands: backend.commands };
  };

  it('lets the own node go by its own word: there is nobody to be told', async () => {
    const { text, code, commands } = await stop('n1');
    expect(text).toContain('has said that it leaves');
    expect(code).toBe(EXIT.ok);
    expect(commands).toEqual([]);
  });

  it('asks no other node', async () => {
    expect((await stop('n2')).code).toBe(EXIT.refused);
  });
});
