/** Whether this cluster may act, in a sentence, with what to do where it may not. */
import type { Votes } from '../model/engine.ts';
import type { StoreView } from '../store/types.ts';
import { listText } from './names.ts';
import type { QuorumView } from './types.ts';
import { isWaitingForAll } from './votes.ts';

type Words = Pick<QuorumView, 'sentence' | 'advice'>;

/** `votes`: as this node's engine counts them, where it does. */
export function quorumView(view: StoreView, votes?: Votes): QuorumView {
  return {
    quorate: view.quorate,
    acting: isActing(view),
    ...(view.dc === undefined ? {} : { dc: view.dc }),
    members: view.members.map((member) => member.node),
    waitsFor: waitsFor(view),
    ...words(view, votes),
  };
}

export function isActing(view: StoreView): boolean {
  return view.phase.kind === 'open' && view.phase.acting;
}

/** This node's own trouble: the cluster goes on, and this node is a part of it. */
export function isOnlyDisk({ phase, quorate, members, self }: StoreView): boolean {
  return phase.kind === 'disk-failed' && quorate && members.some(({ node }) => node === self);
}

function waitsFor(view: StoreView): readonly string[] {
  switch (view.phase.kind) {
    case 'gathering':
    case 'frozen':
      return view.phase.waitsFor;
    case 'starting':
    case 'open':
    case 'disk-failed':
    case 'unreadable':
    case 'alone':
      return [];
  }
}

function words(view: StoreView, votes?: Votes): Words {
  const members = listText(view.members.map((member) => member.node));
  switch (view.phase.kind) {
    case 'starting':
      return { sentence: 'The daemon is starting.' };
    case 'gathering':
      if (view.phase.reason !== undefined) return refusedWords(view.phase.reason);
      return {
        sentence: `The members are exchanging their states${waiting(view.phase.waitsFor)}.`,
      };
    case 'open':
      return openWords(view, view.phase.acting, members, votes);
    case 'frozen':
      return {
        sentence: `Frozen: ${view.phase.reason}${waiting(view.phase.waitsFor)}.`,
        advice:
          `start ${listText(view.phase.waitsFor) || 'the other nodes'}; if they are gone for good:` +
          ' holdfast unfreeze (newer changes may be lost)',
      };
    case 'disk-failed':
      return {
        sentence: `The disk under the daemon's state refuses: ${view.phase.reason}.`,
        advice: 'free space or mend the disk under it: it goes on by itself',
      };
    case 'unreadable':
      return {
        sentence: `What is on this node's disk cannot be used: ${view.phase.reason}.`,
        advice:
          'install the version that wrote it, or move the store in the state directory aside: ' +
          'then the others give this node theirs',
      };
    case 'alone':
      return {
        sentence: `The group communication is gone: ${view.phase.reason}. This node stops its resources.`,
        advice: 'systemctl status corosync; after it is back: systemctl start holdfastd',
      };
  }
}

/** Why the others do not take this node in, with what to do in it: it is no sentence yet. */
function refusedWords(reason: string): Words {
  return { sentence: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` };
}

function openWords(
  view: StoreView,
  acting: boolean,
  members: string,
  votes: Votes | undefined,
): Words {
  if (!view.quorate && votes !== undefined && isWaitingForAll(votes)) return WAITING_FOR_ALL;
  if (!view.quorate) {
    return {
      sentence: `No quorum: only ${members || 'this node'} of the configured nodes can be seen. Nothing is started.`,
      advice: 'bring other nodes back, or look at the network between them: corosync-cfgtool -s',
    };
  }
  if (!acting) {
    return { sentence: `Quorum is there (${members}), but the cluster may not act yet.` };
  }
  return { sentence: `Quorum: ${members}.` };
}

const WAITING_FOR_ALL: Words = {
  sentence:
    'No quorum: since Corosync started here, not all nodes have been seen together, and nobody can know ' +
    'what the others do (wait_for_all). Nothing is started, and nobody is fenced.',
  advice:
    'start the other node, or mend the network between them (corosync-cfgtool -s); is it off for good: ' +
    "take it and two_node out of this node's corosync.conf, and restart Corosync here",
};

function waiting(nodes: readonly string[]): string {
  return nodes.length === 0 ? '' : `, waiting for ${listText(nodes)}`;
}
