/** `./dev differ`: random clusters decided by Holdfast and by Pacemaker's crm_simulate. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './campaign.ts';
import type { JudgeOptions, Subject, Verdict } from './campaign.ts';
import { cibText, generateCluster } from './generate/cluster.ts';
import { runHostile } from './hostile.ts';
import { openPeer } from './peer.ts';
import { differenceText, makeReport, reportJson, reportText } from './report.ts';
import { parseXml, xmlText } from './xml.ts';

const usage = `usage: ./dev differ [--seed N] [--runs M] [--json] [--keep DIR] [--tries T | --no-shrink]
                    [--hostile] [FILE...]

  --seed N     the first picture's seed, default 1; the next picture has the next seed
  --runs M     how many pictures, default 200
  --keep DIR   write each picture that differs there, made small, with what differs
  --no-shrink  leave them as they are (--tries 0): 1000 pictures in some two minutes
  --tries T    how many smaller pictures are tried for each that differs; default 400, 0: none
  --json       the report as JSON
  --hostile    damaged and contradictory pictures to Holdfast alone: each must be answered in 5 s,
               twice alike, without an order in a circle; needs no peer
  FILE...      CIBs to compare in place of generated ones; they need their digests

The peer is crm_simulate of Debian's package pacemaker-cli-utils, or the program that CRM_SIMULATE
names. Exit code 0: all the same or explained in docs/decisions/differ.md; 1: something differs or fails;
2: wrong arguments; 69: the peer is not installed.
`;

/** In portions, so that a long run says how far it is. */
const PORTION = 50_000;

const EXIT = { differs: 1, usage: 2, unavailable: 69 } as const;

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly tries: number;
  readonly json: boolean;
  readonly hostile: boolean;
  readonly keep: string | undefined;
  readonly files: readonly string[];
}

process.exitCode = main();

function main(): number {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(
      `differ: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`,
    );
    return EXIT.usage;
  }
  if (options.hostile) return reportHostile(options);
  const peer = openPeer();
  if (peer === undefined) {
    process.stderr.write(
      'differ: crm_simulate is not installed; on Debian it comes with the package pacemaker-cli-utils\n',
    );
    return EXIT.unavailable;
  }
  try {
    const verdicts = compareAll(options, peer);
    const report = makeReport(peer.version, verdicts);
    process.stdout.write(options.json ? reportJson(report) : reportText(report));
    return report.different + report.mayFollow + report.failed.length > 0 ? EXIT.differs : 0;
  } finally {
    peer.close();
  }
}

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '200' },
      tries: { type: 'string', default: '400' },
      json: { type: 'boolean', default: false },
      hostile: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      keep: { type: 'string' },
    },
  });
  const whole = (name: 'seed' | 'runs' | 'tries'): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 0 && number < 2 ** 31) return number;
    throw new Error(`--${name} ${values[name]}: give a whole number`);
  };
  const { json, keep, hostile } = values;
  return {
    seed: whole('seed'),
    runs: whole('runs'),
    tries: values['no-shrink'] ? 0 : whole('tries'),
    json,
    hostile,
    keep,
    files: positionals,
  };
}

function reportHostile({ seed, runs, tries, json, keep }: Options): number {
  const failures: { readonly seed: number; readonly why: string }[] = [];
  const begin = performance.now();
  let [decided, refused] = [0, 0];
  for (let done = 0; done < runs; done += PORTION) {
    const found = runHostile(seed + done, Math.min(PORTION, runs - done), tries);
    decided += found.decided;
    refused += found.refused;
    for (const { seed: at, why, cib } of found.failures) {
      failures.push({ seed: at, why });
      process.stderr.write(`${at}: ${why}\n`);
      if (keep !== undefined)
        writeKept(keep, `hostile-${at}`, { xml: xmlText(cib), txt: `${why}\n` });
    }
    if (runs > PORTION) process.stderr.write(`${decided + refused} of ${runs} answered\n`);
  }
  const perSecond = Math.round((runs * 1000) / Math.max(1, performance.now() - begin));
  const text =
    `${runs} hostile pictures: ${decided} decided, ${refused} refused, ` +
    `${failures.length} without a proper answer; ${perSecond} a second\n`;
  process.stdout.write(
    json ? `${JSON.stringify({ runs, decided, refused, perSecond, failures })}\n` : text,
  );
  return failures.length > 0 ? EXIT.differs : 0;
}

function writeKept(directory: string, name: string, texts: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [ending, text] of Object.entries(texts)) {
    writeFileSync(join(directory, `${name}.${ending}`), text);
  }
}

function compareAll(
  options: Options,
  peer: JudgeOptions['peer'],
): readonly (readonly [string, Verdict])[] {
  const isGiven = options.files.length > 0;
  const text = isGiven ? xmlText : cibText;
  const verdicts: (readonly [string, Verdict])[] = [];
  for (const subject of isGiven ? givenSubjects(options) : generatedSubjects(options)) {
    const verdict = judge(subject, { peer, text, triesMax: options.tries });
    verdicts.push([subject.name, verdict]);
    if (verdict.kind !== 'differs') continue;
    const { finding } = verdict;
    const differing = differenceText(finding.difference);
    process.stderr.write(
      `${subject.name}: ${finding.kind}${finding.explanation === undefined ? '' : ' (explained)'}\n`,
    );
    if (options.keep === undefined) continue;
    writeKept(options.keep, subject.name, {
      xml: text(finding.cib),
      txt: `${finding.kind}\nwith ${finding.traits.join(', ')}\n${differing}\n`,
    });
  }
  return verdicts;
}

function* generatedSubjects({ seed, runs }: Options): Generator<Subject> {
  for (let at = seed; at < seed + runs; at += 1)
    yield { name: String(at), cib: generateCluster(at).cib };
}

function* givenSubjects({ files }: Options): Generator<Subject> {
  for (const file of files) {
    yield { name: basename(file, '.xml'), cib: parseXml(readFileSync(file, 'utf8')) };
  }
}
