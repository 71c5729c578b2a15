/**
 * How right and how fast decisions are. The figures with `peer-` are those of Pacemaker's
 * crm_simulate on the same machine, where it is installed (pacemaker-cli-utils).
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../e2e/differ/campaign.ts';
import { cibText, generateCluster } from '../e2e/differ/generate/cluster.ts';
import { openPeer } from '../e2e/differ/peer.ts';
import type { Peer } from '../e2e/differ/peer.ts';
import { makeReport, percentOf } from '../e2e/differ/report.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { figure } from './lib/figure.ts';
import type { Figure } from './lib/figure.ts';
import { largeCib } from './lib/large-cluster.ts';
import { liveTimes } from './lib/live.ts';
import { costOf } from './lib/process.ts';
import type { ProcessCost } from './lib/process.ts';
import { scoreSuite, suiteCases, suiteFolder } from './lib/suite.ts';

const holdfast = join(import.meta.dirname, '..', 'bin', 'holdfast');
const TIMEOUT_MS = 600_000;

interface Size {
  readonly nodes: number;
  readonly resources: number;
  readonly runs: number;
}

const SIZES: readonly Size[] = [
  { nodes: 16, resources: 1000, runs: 3 },
  { nodes: 32, resources: 3000, runs: 3 },
  { nodes: 32, resources: 10_000, runs: 1 },
];

const sizeName = ({ nodes, resources }: Size): string => `gen-${nodes}x${resources}`;

interface Bed {
  readonly options: BenchOptions;
  readonly directory: string;
  readonly peer: Peer | undefined;
  /** Whether one of these figures was asked for. */
  readonly wants: (...names: readonly string[]) => boolean;
}

export const measure: Bench = async (options) => {
  const bed: Bed = {
    options,
    directory: mkdtempSync(join(tmpdir(), 'holdfast-bench-')),
    peer: openPeer(),
    wants: (...names) => names.some((name) => name.includes(options.only ?? '')),
  };
  if (bed.peer === undefined) {
    options.say(
      'SKIPPED: differ-* and peer-*: crm_simulate is not installed (pacemaker-cli-utils)',
    );
  }
  try {
    const figures = [...(await suiteFigures(bed)), ...differFigures(bed), ...liveFigures(bed)];
    for (const size of SIZES) figures.push(...(await sizeFigures(bed, size)));
    return figures;
  } finally {
    bed.peer?.close();
    rmSync(bed.directory, { recursive: true, force: true });
  }
};

async function suiteFigures({ options, directory, wants }: Bed): Promise<readonly Figure[]> {
  if (!wants('pass-visible-percent', 'suite-s')) return [];
  const cases = suiteCases();
  if (cases === undefined) {
    options.say(`SKIPPED: pass-visible-percent and suite-s: there is no ${suiteFolder}`);
    return [];
  }
  const figures: Figure[] = [];
  if (wants('pass-visible-percent')) {
    const { percent, wrong } = scoreSuite(cases);
    options.say(`${cases.length - wrong.length} of ${cases.length} pictures are answered rightly`);
    figures.push(figure('pass-visible-percent', '%', [percent]));
  }
  if (wants('suite-s')) {
    const lines = cases.map(({ line }) => line);
    const costs = await costsOf(directory, lines, options.runs ?? 5);
    figures.push(
      figure(
        'suite-s',
        's',
        costs.map(({ seconds }) => seconds),
      ),
    );
  }
  return figures;
}

/** Generated pictures 1 to 1000; `./dev differ --runs 1000` shows what differs. */
const DIFFER_RUNS = 1000;

function differFigures({ options, peer, wants }: Bed): readonly Figure[] {
  if (peer === undefined || !wants('differ-agree-percent', 'differ-explained-percent')) return [];
  const verdicts = Array.from({ length: DIFFER_RUNS }, (_, at) => {
    const subject = { name: String(at + 1), cib: generateCluster(at + 1).cib };
    const verdict = judge(subject, { peer, text: cibText, triesMax: 250, isQuick: true });
    if ((at + 1) % 250 === 0) options.say(`${at + 1} of ${DIFFER_RUNS} pictures compared`);
    return [subject.name, verdict] as const;
  });
  const report = makeReport(peer.version, verdicts);
  return [
    figure('differ-agree-percent', '%', [report.agreePercent]),
    figure('differ-explained-percent', '%', [percentOf(report.explained, report.compared)]),
  ];
}

const LIVE_RUNS = 200;

function liveFigures({ wants }: Bed): readonly Figure[] {
  if (!wants('live-8x300-p95-ms', 'live-8x300-median-ms')) return [];
  const times = [...liveTimes(8, 300, LIVE_RUNS)].sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
  return [figure('live-8x300-p95-ms', 'ms', [p95]), figure('live-8x300-median-ms', 'ms', times)];
}

async function sizeFigures(bed: Bed, size: Size): Promise<readonly Figure[]> {
  const { options, directory, peer, wants } = bed;
  const name = sizeName(size);
  const [own, theirs] = [
    [`${name}-s`, `${name}-mb`],
    [`peer-${name}-s`, `peer-${name}-mb`],
  ];
  if (!wants(...own, ...theirs)) return [];
  const path = join(directory, `${name}.xml`);
  writePieces(path, largeCib(size.nodes, size.resources));
  const figures: Figure[] = [];
  if (wants(...own)) {
    const costs = await costsOf(directory, [path], options.runs ?? size.runs);
    figures.push(...costFigures(name, costs));
  }
  if (peer !== undefined && wants(...theirs) && isBearable(bed, size)) {
    options.say(`${name}: Holdfast is measured, now the peer`);
    const argv = ['crm_simulate', '-x', path, '-R', '-Q', '-G', join(directory, 'graph.xml')];
    figures.push(...costFigures(`peer-${name}`, [await costOf(argv, TIMEOUT_MS)]));
  }
  rmSync(path);
  return figures;
}

/** The peer needs minutes and gigabytes for the largest; that is only done when it is asked for. */
function isBearable({ options }: Bed, size: Size): boolean {
  if (size.resources < 10_000 || options.only?.startsWith('peer-') === true) return true;
  const name = `peer-${sizeName(size)}`;
  options.say(`SKIPPED: ${name}: 3 minutes and 5 GB; --only ${name} measures it`);
  return false;
}

const costFigures = (name: string, costs: readonly ProcessCost[]): readonly Figure[] => [
  figure(
    `${name}-s`,
    's',
    costs.map(({ seconds }) => seconds),
  ),
  figure(
    `${name}-mb`,
    'MB',
    costs.map(({ peakMb }) => peakMb),
  ),
];

/** The whole command on a list of files, so many times. */
async function costsOf(
  directory: string,
  lines: readonly string[],
  runs: number,
): Promise<readonly ProcessCost[]> {
  const list = join(directory, 'list');
  writeFileSync(list, `${lines.join('\n')}\n`);
  const costs: ProcessCost[] = [];
  for (let run = 0; run < runs; run += 1) {
    costs.push(await costOf([holdfast, 'simulate', '--batch', list], TIMEOUT_MS));
  }
  return costs;
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    let waiting: string[] = [];
    for (const piece of pieces) {
      waiting.push(piece);
      if (waiting.length < 2000) continue;
      writeSync(file, waiting.join(''));
      waiting = [];
    }
    writeSync(file, waiting.join(''));
  } finally {
    closeSync(file);
  }
}

if (import.meta.main) await runBench(measure);
