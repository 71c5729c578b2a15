/**
 * Rehearsing fencing: every device that reaches a node is asked for its power from every node that
 * may have to shoot, or the node is rebooted for real. What came of it is kept as proofs.
 */
import { fencingPaths, isFencedByWatchdogAlone } from './fencing-levels.ts';
import { isReachedWith, wholeMethod } from './fencing-methods.ts';
import { proveByStatus } from './fencing-proofs.ts';
import { realTestRefusal } from './fencing-test-refusal.ts';
import type { Command } from './commands.ts';
import type { NodeName } from '../model/ids.ts';
import { sortedValues } from './order.ts';
import type {
  ClusterState,
  FencingRecord,
  FencingRequest,
  FencingTest,
  TestAnswer,
  TestedPath,
} from './state.ts';
import { tell } from './tell.ts';
import { reliesOnWatchdogs } from './watchdog.ts';

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

const TESTS_MAX = 100;
const PATHS_MAX = 1000;

/** Undefined: it may begin. */
export function testRefusal(
  state: ClusterState,
  { node: name, forReal }: Of<'fence-test'>,
): string | undefined {
  if (state.nodes[name] === undefined) return `there is no node ${name}`;
  const isOpen = testsOf(state).some((test) => test.target === name && test.endedAt === undefined);
  if (isOpen) return `fencing of ${name} is being tested already: holdfast fence proofs`;
  const isUnreached = fencingPaths(state, name).length === 0;
  if (isUnreached && !(forReal && isFencedByWatchdogAlone(state, name))) {
    return unreachedRefusal(state, name);
  }
  if (askers(state, name).length === 0) {
    return `no node but ${name} is online: a node never fences itself, so nobody could`;
  }
  return forReal ? realTestRefusal(state, name) : undefined;
}

function unreachedRefusal(state: ClusterState, name: NodeName): string {
  if (isFencedByWatchdogAlone(state, name)) {
    return (
      `nothing can be asked: only its watchdog fences ${name}, and that is tried by a reset: ` +
      `holdfast node standby ${name} --wait, then holdfast fence test ${name} --for-real`
    );
  }
  if (reliesOnWatchdogs(state.configuration.model)) {
    return `no fence device reaches ${name}, and its watchdog does not count now: holdfast status says why`;
  }
  return (
    `no fence device reaches ${name}: describe one under fencing.devices, with ${name} among its ` +
    'hosts if it has any, and apply it'
  );
}

/** A test for real is shot by the leader, as soon as it sees this. */
export function beginTest(state: ClusterState, command: Of<'fence-test'>): ClusterState {
  const { id, node: target, by, forReal } = command;
  const paths = forReal ? [] : pathsOf(state, target);
  const test: FencingTest = { id, target, by, forReal, begunAt: state.time, paths };
  const others = testsOf(state).filter((each) => each.target !== target);
  const next = setTests(state, [...others, test].slice(-TESTS_MAX));
  const how = forReal ? 'for real: it is rebooted' : 'its devices are asked';
  const text = `${by}: fencing of ${target} is tested, ${how}`;
  return tell(next, { kind: 'mark', severity: 'info', node: target, text });
}

function pathsOf(state: ClusterState, target: NodeName): readonly TestedPath[] {
  const from = askers(state, target);
  const paths = fencingPaths(state, target).flatMap(({ device, level }) =>
    from.map((node) => ({ device: device.id, level, from: node })),
  );
  return paths.slice(0, PATHS_MAX);
}

/** The target does not choose who shoots it, and never does itself. */
function askers(state: ClusterState, target: NodeName): readonly NodeName[] {
  return sortedValues(state.nodes)
    .filter((node) => node.condition === 'online' && node.name !== target)
    .map((node) => node.name);
}

/** One node says what one device has answered it. */
export function answerTest(state: ClusterState, command: Of<'fence-test-answer'>): ClusterState {
  const { id, node, device, ok, text, durationMs } = command;
  return settleTest(
    state,
    id,
    (path) => path.from === node && path.device === device,
    misgivings(state, id, { ok, text, durationMs }),
  );
}

/** A device that says "off" of a node that is online speaks of another machine. */
function misgivings(state: ClusterState, id: string, answer: TestAnswer): TestAnswer {
  const target = testsOf(state).find((test) => test.id === id)?.target;
  if (target === undefined || !answer.ok || answer.text !== 'off') return answer;
  if (state.nodes[target]?.condition !== 'online') return answer;
  const text = `says "off", but ${target} is online: it speaks of another machine (look at its hosts)`;
  return { ...answer, ok: false, text };
}

function settleTest(
  state: ClusterState,
  id: string,
  isMeant: (path: TestedPath) => boolean,
  answer: TestAnswer,
): ClusterState {
  const test = testsOf(state).find((each) => each.id === id);
  if (test === undefined || test.endedAt !== undefined || test.forReal) return state;
  const paths = test.paths.map((path) =>
    path.answer === undefined && isMeant(path) ? { ...path, answer } : path,
  );
  const answered = { ...test, paths };
  if (paths.some((path) => path.answer === undefined)) return setTest(state, answered);
  const failed = paths.filter((path) => path.answer?.ok !== true);
  const text =
    failed.length === 0
      ? `every device answers for ${test.target}`
      : `${failed.length} of ${paths.length} ways to ask for ${test.target} failed`;
  return endTest(proveByStatus(state, answered), answered, failed.length === 0, text);
}

function endTest(state: ClusterState, test: FencingTest, ok: boolean, text: string): ClusterState {
  const ended = setTest(state, { ...test, endedAt: state.time, ok, text });
  return tell(ended, {
    kind: 'mark',
    severity: ok ? 'good' : 'error',
    node: test.target,
    text: `test of fencing: ${text}`,
  });
}

/** Who could shoot, or what with, is another question now. */
export function endUnbegunTests(state: ClusterState, because: string): ClusterState {
  let next = state;
  for (const test of testsOf(state)) {
    const isBegun = state.fencing.active.some((request) => request.test === test.id);
    if (!test.forReal || test.endedAt !== undefined || isBegun) continue;
    next = endTest(next, test, false, `${because} before ${test.target} was fenced`);
  }
  return next;
}

/** What nodes that are not here any more were to ask stays without an answer. */
export function endTestsOf(state: ClusterState, stayed: ReadonlySet<NodeName>): ClusterState {
  let next = endUnbegunTests(state, 'the membership changed');
  for (const test of testsOf(state)) {
    for (const { from, answer } of test.paths) {
      if (answer !== undefined || stayed.has(from)) continue;
      const left = { ok: false, text: `${from} has left meanwhile`, durationMs: 0 };
      next = settleTest(next, test.id, (path) => path.from === from, left);
    }
  }
  return next;
}

/** A shooting for a test is begun only while it is still a test: nothing runs there. */
export function refuseRealTest(state: ClusterState, request: FencingRequest): ClusterState {
  const test = openRealTest(state, request.test);
  return test === undefined
    ? state
    : endTest(state, test, false, realTestRefusal(state, test.target) ?? 'it was refused');
}

export const mayBeginTest = (state: ClusterState, request: FencingRequest): boolean =>
  request.test === undefined ||
  (openRealTest(state, request.test) !== undefined &&
    realTestRefusal(state, request.target) === undefined);

/** A step of the shooting has ended: so has the test, if it failed or if the node was off. */
export function endRealTest(state: ClusterState, record: FencingRecord): ClusterState {
  const test = openRealTest(state, record.test);
  if (test === undefined) return state;
  const { device, target, ok, text } = record;
  if (!ok) return endTest(state, test, false, `${device} has not fenced ${target}: ${text}`);
  if (!isReachedWith(record)) return state;
  const method = wholeMethod(record);
  const stays = method === 'off' ? 'it stays off, switch it on by hand' : 'it reboots';
  return endTest(state, { ...test, method }, true, `${device} has fenced ${target}: ${stays}`);
}

/** It was told as done, and the node has run on all the time. */
export function takeBackTest(
  state: ClusterState,
  { test: id, device, target }: FencingRecord,
): ClusterState {
  const test = testsOf(state).find((each) => each.forReal && each.ok === true && each.id === id);
  if (id === undefined || test === undefined) return state;
  return endTest(state, test, false, `${device} has confirmed it, but ${target} was not off`);
}

function openRealTest(state: ClusterState, id: string | undefined): FencingTest | undefined {
  return testsOf(state).find(
    (test) => id !== undefined && test.id === id && test.forReal && test.endedAt === undefined,
  );
}

export const testsOf = (state: ClusterState): readonly FencingTest[] => state.fencing.tests ?? [];

const setTest = (state: ClusterState, test: FencingTest): ClusterState =>
  setTests(
    state,
    testsOf(state).map((each) => (each.id === test.id ? test : each)),
  );

const setTests = (state: ClusterState, tests: readonly FencingTest[]): ClusterState => ({
  ...state,
  fencing: { ...state.fencing, tests },
});
