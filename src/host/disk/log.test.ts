import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DiskError } from './files.ts';
import { encodeRecord, readRecords } from './frames.ts';
import { openLog } from './log.ts';

const free = () => true;
const newDirectory = () => mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
const open = (directory: string) => openLog(directory, free);

/** What a restart finds. */
async function reopen(directory: string) {
  const { log, restored } = await open(directory);
  await log.close();
  return restored;
}

async function filled(records: readonly string[], snapshot?: string) {
  const directory = newDirectory();
  const { log } = await open(directory);
  if (snapshot !== undefined) await log.writeSnapshot(snapshot);
  await log.append(records);
  await log.close();
  return directory;
}

test('what was appended is there after a restart, in order', async () => {
  const directory = newDirectory();
  const { log, restored } = await open(directory);
  expect(restored).toEqual({ snapshot: undefined, records: [], findings: [], damaged: false });
  await Promise.all([log.append(['one', 'two\nlines']), log.append([]), log.append(['drei: ü'])]);
  await log.close();
  expect((await reopen(directory)).records).toEqual(['one', 'two\nlines', 'drei: ü']);
});

test('appending goes on behind what a restart found', async () => {
  const directory = await filled(['one']);
  const { log } = await open(directory);
  await log.append(['two']);
  await log.close();
  expect((await reopen(directory)).records).toEqual(['one', 'two']);
});

test('a snapshot takes the place of the records before it', async () => {
  const directory = newDirectory();
  const { log } = await open(directory);
  void log.append(['before']);
  void log.writeSnapshot('state');
  await log.append(['after']);
  await log.close();
  const { snapshot, records, findings } = await reopen(directory);
  expect({ snapshot, records, findings }).toEqual({
    snapshot: 'state',
    records: ['after'],
    findings: [],
  });
});

test('only two generations are kept', async () => {
  const directory = newDirectory();
  const { log } = await open(directory);
  for (const text of ['a', 'b', 'c', 'd']) await log.writeSnapshot(text);
  await log.close();
  expect(readdirSync(directory).toSorted()).toEqual(['log-3', 'log-4', 'snapshot-3', 'snapshot-4']);
});

test('records can be taken back to a position', async () => {
  const directory = newDirectory();
  const { log } = await open(directory);
  await log.append(['one', 'two', 'three']);
  await log.truncateAfter(1);
  await log.append(['other']);
  await expect(log.truncateAfter(3)).rejects.toThrow('there are no 3 records');
  await log.close();
  expect((await reopen(directory)).records).toEqual(['one', 'other']);
});

test('rolled-back records are kept aside, at most five times', async () => {
  const directory = newDirectory();
  const { log } = await open(directory);
  for (let n = 1; n <= 7; n += 1) await log.writeSnapshot(`s${String(n)}`, [`lost ${String(n)}`]);
  await log.close();
  const kept = readdirSync(directory).filter((name) => name.includes('.rolled-back-'));
  expect(kept.length).toBe(5);
  const texts = kept.map((name) => readRecords(readFileSync(join(directory, name))).texts.join());
  expect(texts.toSorted()).toEqual(['lost 3', 'lost 4', 'lost 5', 'lost 6', 'lost 7']);
});

test('the directory and its files are for their owner alone', async () => {
  const directory = await filled(['one'], 'state');
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(directory)) {
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  }
});

test('a directory that another daemon uses is refused', async () => {
  await expect(openLog(newDirectory(), () => false)).rejects.toThrow('another daemon is using it');
});

test('cut at any byte of the last record, the records before it are used', async () => {
  const directory = await filled(['first', 'second', 'the third'], 'state');
  const path = join(directory, 'log-1');
  const whole = readFileSync(path);
  const last = encodeRecord('the third').length;
  for (let cut = 1; cut <= last; cut += 1) {
    writeFileSync(path, whole.subarray(0, whole.length - cut));
    const restored = await reopen(directory);
    expect(restored.records).toEqual(['first', 'second']);
    expect(restored.damaged).toBe(false);
    expect(restored.findings.length).toBe(cut === last ? 0 : 1);
  }
  expect(readdirSync(directory).filter((name) => name.includes('.damaged-')).length).toBe(5);
});

test('a record that was never filled (zeros after a power loss) is unfinished', async () => {
  const directory = await filled(['first']);
  const path = join(directory, 'log-0');
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)]));
  const restored = await reopen(directory);
  expect(restored).toMatchObject({ records: ['first'], damaged: false });
  expect(restored.findings[0]).toContain('was not finished');
});

test('any flipped bit of the log is found: the good records before it are used', async () => {
  const records = ['first', 'second', 'third'];
  const directory = await filled(records, 'state');
  const path = join(directory, 'log-1');
  const whole = readFileSync(path);
  const { ends } = readRecords(whole);
  for (let bit = 0; bit < whole.length * 8; bit += 3) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(path, bytes);
    const restored = await reopen(directory);
    const good = ends.filter((end) => end <= bit >> 3).length;
    expect(restored.records).toEqual(records.slice(0, Math.max(0, good - 1)));
    expect(restored.snapshot).toBe('state');
    expect(restored.findings.length).toBeGreaterThan(0);
  }
});

test('after damage the log is usable, and the damaged file is kept as it was', async () => {
  const directory = await filled(['first', 'second']);
  const path = join(directory, 'log-0');
  const bytes = readFileSync(path);
  bytes[bytes.length - 3] = 0;
  writeFileSync(path, bytes);
  const { log, restored } = await open(directory);
  expect(restored.damaged).toBe(true);
  expect(restored.findings[0]).toContain('log-0.damaged-1');
  await log.append(['new']);
  await log.close();
  expect((await reopen(directory)).records).toEqual(['first', 'new']);
  expect(readFileSync(join(directory, 'log-0.damaged-1'))).toEqual(bytes);
});

test('a damaged snapshot leads back to the one before, with its records', async () => {
  const directory = newDirectory();
  const { log } = await open(directory);
  await log.writeSnapshot('old state');
  await log.append(['old record']);
  await log.writeSnapshot('new state');
  await log.append(['new record']);
  await log.close();
  const path = join(directory, 'snapshot-2');
  writeFileSync(path, readFileSync(path, 'utf8').replace('new state', 'now state'));
  const restored = await reopen(directory);
  expect(restored).toMatchObject({
    snapshot: 'old state',
    records: ['old record'],
    damaged: true,
  });
  expect(restored.findings.length).toBe(2);
  expect(await reopen(directory)).toMatchObject({ snapshot: 'old state', damaged: false });
});

test('a crash while a snapshot is written leaves the state from before', async () => {
  const directory = await filled(['record'], 'state');
  writeFileSync(join(directory, 'snapshot-2.new'), 'half');
  copyFileSync(join(directory, 'log-1'), join(directory, 'kept'));
  writeFileSync(join(directory, 'log-2'), encodeRecord('holdfast-log 1 2'));
  const restored = await reopen(directory);
  expect(restored).toMatchObject({ snapshot: 'state', records: ['record'], damaged: false });
  const names = ['kept', 'log-0', 'log-1', 'snapshot-1'];
  expect(readdirSync(directory).toSorted()).toEqual(names);
});

test('a file of a newer version is refused and left alone', async () => {
  const directory = newDirectory();
  writeFileSync(join(directory, 'snapshot-4'), encodeRecord('holdfast-snapshot 2 4'));
  await expect(open(directory)).rejects.toThrow('newer Holdfast');
  expect(readdirSync(directory)).toEqual(['snapshot-4']);
});

test('a disk that refuses changes nothing, and the next call tries again', async () => {
  const directory = await filled(['one'], 'state');
  const { log } = await open(directory);
  // A directory in the way of the new snapshot: the disk refuses in the middle of it.
  await mkdir(join(directory, 'snapshot-2.new'));
  await expect(log.writeSnapshot('new')).rejects.toThrow(DiskError);
  await log.append(['two']);
  await rm(join(directory, 'snapshot-2.new'), { recursive: true });
  expect(readdirSync(directory)).not.toContain('log-2');
  await log.writeSnapshot('newer');
  await log.close();
  expect(await reopen(directory)).toMatchObject({ snapshot: 'newer', records: [] });
});

test('a closed log refuses', async () => {
  const { log } = await open(newDirectory());
  await log.close();
  await log.close();
  await expect(log.append(['late'])).rejects.toThrow('closed');
});

test('whatever bytes a file has, reading ends with records that were written', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.uint8Array({ maxLength: 40 }), (written, garbage) => {
      const frames = written.map((text) => encodeRecord(text.toWellFormed()));
      const read = readRecords(Buffer.concat([...frames, Buffer.from(garbage)]));
      expect(read.texts.slice(0, written.length)).toEqual(
        written.map((text) => text.toWellFormed()),
      );
      expect(read.rest === 'none').toBe(garbage.length === 0);
    }),
  );
});
