/**
 * Checks what several daemons heard against each other: virtual synchrony, as far as the core
 * relies on it. Throws an AssertionError that names the first breach.
 */
import assert from 'node:assert/strict';

import type { EngineEvent, GroupMember } from '../core/model/engine.ts';

/** What one life of a daemon heard. */
export type History = readonly EngineEvent[];

type View = Extract<EngineEvent, { kind: 'engine-view' }>;

export function checkHistories(histories: readonly History[]): void {
  for (const history of histories) {
    checkMembership(history);
    checkSenders(history);
    checkEnd(history);
  }
  checkAgreement(histories);
}

/** Who is gone from one view to the next is told as left, and nobody else. */
function checkMembership(history: History): void {
  const views = history.filter((event) => event.kind === 'engine-view');
  for (const [index, view] of views.entries()) {
    const before = new Set(views[index - 1]?.members.map(memberText) ?? []);
    const now = new Set(view.members.map(memberText));
    const left = new Set(view.left.map(({ member }) => memberText(member)));
    if (index === 0) assert.equal(left.size, 0, 'somebody left before the first view');
    for (const member of before) {
      assert.ok(now.has(member) || left.has(member), `${member} vanished from ${viewText(view)}`);
    }
    for (const member of left) {
      assert.ok(before.has(member), `${member} left ${viewText(view)} and was not there`);
    }
    const nodes = new Set(view.members.map((member) => member.number));
    assert.equal(nodes.size, view.members.length, `two daemons of a node in ${viewText(view)}`);
  }
}

/** No message comes outside a view that holds its sender. */
function checkSenders(history: History): void {
  let members: ReadonlySet<string> = new Set();
  for (const event of history) {
    if (event.kind === 'engine-view') members = new Set(event.members.map(memberText));
    if (event.kind === 'engine-message') {
      const sender = memberText(event.sender);
      assert.ok(members.has(sender), `a message of ${sender}, who is not in the view`);
    }
  }
}

function checkEnd(history: History): void {
  const lost = history.findIndex((event) => event.kind === 'engine-lost');
  if (lost !== -1) assert.equal(lost, history.length - 1, 'an event came after engine-lost');
}

/**
 * Who goes together from one view to the next has heard the same messages in between; in the last
 * view one may be behind the other.
 */
function checkAgreement(histories: readonly History[]): void {
  const heard = new Map<string, string>();
  const tails = new Map<string, readonly string[]>();
  for (const history of histories) {
    for (const { key, messages } of passages(history)) {
      const other = heard.get(key);
      if (other === undefined) heard.set(key, messages);
      else assert.ok(other === messages, `different messages in ${key}`);
    }
    const { view, messages } = tail(history);
    const longest = tails.get(view) ?? [];
    for (const [index, message] of messages.entries()) {
      const same = index >= longest.length || longest[index] === message;
      assert.ok(same, `different messages in the last view ${view}`);
    }
    if (messages.length > longest.length) tails.set(view, messages);
  }
}

/** The last view and what came in it. */
function tail(history: History): { readonly view: string; readonly messages: readonly string[] } {
  const at = history.findLastIndex((event) => event.kind === 'engine-view');
  const event = history[at];
  const messages = history.slice(at + 1).flatMap((later) => messageText(later));
  return { view: event?.kind === 'engine-view' ? viewText(event) : 'none', messages };
}

const messageText = (event: EngineEvent): string[] =>
  event.kind === 'engine-message' ? [`${memberText(event.sender)} ${event.text}`] : [];

interface Passage {
  /** The two views; the same text at every daemon that made this passage. */
  readonly key: string;
  readonly messages: string;
}

function passages(history: History): Passage[] {
  const found: Passage[] = [];
  const repeated = new Map<string, number>();
  let from: string | null = null;
  let messages: string[] = [];
  for (const event of history) {
    messages.push(...messageText(event));
    if (event.kind !== 'engine-view') continue;
    const to = viewText(event);
    const pair = `${from} → ${to}`;
    const times = repeated.get(pair) ?? 0;
    repeated.set(pair, times + 1);
    if (from !== null)
      found.push({ key: `${pair} (${times})`, messages: JSON.stringify(messages) });
    from = to;
    messages = [];
  }
  return found;
}

const memberText = (member: GroupMember): string => `${member.node}:${member.process}`;

/** Of one view the same at all its members. */
function viewText(view: View): string {
  const { sequence, representative } = view.ring;
  return `${sequence}.${representative}{${view.members.map(memberText).join()}}`;
}
