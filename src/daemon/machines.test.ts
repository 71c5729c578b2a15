import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import type { Found } from '../adopt/found.ts';
import { foundIn } from '../adopt/qemu.ts';
import { lookAt } from '../adopt/storage.ts';
import { placesIn, switchOff, switchedOff } from '../adopt/switches.ts';
import { configured, primitive } from '../core/view/testing/states.ts';
import type { Answers } from './inquiry.ts';
import { Machines, searchAll, switchAll } from './machines.ts';
import type { MachineQuestion } from './machines.ts';

const base = mkdtempSync(join(tmpdir(), 'holdfast-machines-'));
afterAll(() => rmSync(base, { recursive: true }));

describe('what is switched off for machines', () => {
  const stateDirectory = join(base, 'state');
  const places = placesIn(stateDirectory);
  const note = join(base, 'note');
  const switches = [
    { kind: 'command', what: 'its autostart', off: ['true'], on: ['cp', '/dev/null', note] },
  ] as const;

  it('is switched on again when the configuration does not manage them any more', async () => {
    let now = configured([primitive('kept'), primitive('gone')]);
    const machines = new Machines({ stateDirectory, configuration: () => now });
    for (const resource of ['kept', 'gone', 'released'])
      await switchOff({ resource, switches }, places);
    const meta = [{ id: 'm', score: 0, values: { 'is-managed': 'false' } }];
    now = configured([primitive('kept'), primitive('released', { meta })]);
    expect((await machines.giveBackWhatIsNobodys()).switches).toHaveLength(2);
    expect([switchedOff(places), existsSync(note)]).toEqual([['kept'], false]);
    now = configured([]);
    expect(await machines.giveBackWhatIsNobodys()).toEqual({
      switches: ['its autostart'],
      problems: [],
    });
    expect([switchedOff(places), existsSync(note)]).toEqual([[], true]);
  });

  it('is nothing for a machine that is gone meanwhile', async () => {
    const machines = new Machines({ stateDirectory, configuration: () => configured([]) });
    const adoptions = [{ resource: 'a', identity: 'nobody' }];
    expect(await machines.answer({ kind: 'take', adoptions })).toEqual({
      switches: [],
      problems: [],
    });
    await expect(machines.answer({ kind: 'dance' })).rejects.toThrow('another version');
    await expect(machines.answer(undefined)).rejects.toThrow('another version');
  });

  it('names that are ignored are kept, also over a file that was broken', async () => {
    const machines = new Machines({ stateDirectory, configuration: () => configured([]) });
    await machines.answer({ kind: 'ignore', names: ['wiki', 'shop'], ignored: true });
    await machines.answer({ kind: 'ignore', names: ['shop'], ignored: false });
    expect(machines.ignored()).toEqual(['wiki']);
    const file = join(stateDirectory, 'ignored-machines.json');
    expect(readFileSync(file, 'utf8')).toBe('["wiki"]');
    writeFileSync(file, '{');
    expect(machines.ignored()).toEqual([]);
  });
});

const disk = join(base, 'a.raw');
writeFileSync(disk, '');
const machine = (name: string): Found =>
  foundIn(
    ['qemu-system-x86_64', '-name', name, '-qmp', 'unix:/run/x', '-drive', `file=${disk}`],
    name,
  )[0]!;

/** n1 runs these, n2 does not answer. */
function asking(found: readonly Found[], ignored: readonly string[] = []) {
  const asked: MachineQuestion[] = [];
  const ask = async (question: MachineQuestion): Promise<Answers> => {
    asked.push(question);
    const answer =
      question.kind === 'search'
        ? { found, problems: ['podman: broken'], ignored }
        : question.kind === 'reach'
          ? lookAt(question.paths)
          : { switches: ['x', 'x'], problems: ['y'] };
    return { given: new Map([['n1', answer]]), problems: ['n2 did not answer'] };
  };
  return { ask, asked };
}

describe('machines of all nodes', () => {
  const configuration = () => configured([]);
  const all = { vms: true, containers: true, names: [] };

  it('are told with what is to be known, and who did not answer', async () => {
    const { ask, asked } = asking([machine('shop')]);
    const found = await searchAll({ ask, configuration }, all);
    expect(asked).toEqual([
      { kind: 'search', vms: true, containers: true },
      { kind: 'reach', paths: [disk] },
    ]);
    expect(found).toMatchObject({
      machines: [{ node: 'n1', name: 'shop', fixed: true }],
      known: [],
      conflicts: [],
      problems: ['n2 did not answer', 'n1: podman: broken'],
    });
    expect(found.machines[0]?.notes.join()).toContain(`no other node can reach ${disk}`);
  });

  it('are those that are neither resources nor ignored, or are named', async () => {
    const { ask } = asking([machine('shop'), machine('wiki')], ['wiki']);
    const names = async (wanted: readonly string[]): Promise<readonly string[]> => {
      const { machines } = await searchAll({ ask, configuration }, { ...all, names: [...wanted] });
      return machines.map(({ name }) => name);
    };
    expect(await names([])).toEqual(['shop']);
    expect(await names(['wiki'])).toEqual(['wiki']);
    const parameters = [{ id: 'p', score: 0, values: machine('shop').parameters }];
    const own = primitive('mine', { agent: { class: 'vm', type: '' }, parameters });
    const known = await searchAll({ ask, configuration: () => configured([own]) }, all);
    expect([known.machines, known.known]).toEqual([[], ['shop']]);
    // What is managed and has the same disk is as much in the way as anything else.
    const { conflicts } = await searchAll(
      { ask, configuration: () => configured([own]) },
      { ...all, names: ['wiki'] },
    );
    expect(conflicts).toEqual([expect.stringContaining(`the same disk ${disk}`)]);
  });

  it('what was switched is said with the node, once', async () => {
    const { ask } = asking([]);
    expect(await switchAll(ask, { kind: 'give', resources: ['a'] })).toEqual({
      switches: ['x (n1)'],
      problems: ['n2 did not answer', 'n1: y'],
    });
  });
});
