/** What this daemon says to the others about its node, asks them, and answers. */
import { availableParallelism, totalmem } from 'node:os';

import type { Backend, UnmanagedMachines } from '../api/backend.ts';
import { CAPACITY_ATTRIBUTE, capacityText } from '../core/model/capacity.ts';
import { CHECKPOINT_ATTRIBUTE, PODMAN_ATTRIBUTE } from '../core/model/live-containers.ts';
import { followCriu, followPodman } from './criu.ts';
import { Inquiry } from './inquiry.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';
import { logsOf } from './logs.ts';
import type { LogQuestion } from './logs.ts';
import { Machines, searchAll, switchAll } from './machines.ts';
import type { MachineQuestion } from './machines.ts';
import { Sayings } from './sayings.ts';
import { SpaceWatch } from './space.ts';
import { UnmanagedWatch } from './unmanaged.ts';

const MIB = 1_048_576;

export interface TalkParts {
  readonly self: string;
  readonly loop: NodeLoop;
  readonly submit: Backend['submit'];
  readonly stateDirectory: string;
  /** What a resource has printed on this node. */
  readonly printed: (question: LogQuestion) => Promise<string>;
  readonly log: Log;
}

export interface Talk {
  readonly machines: UnmanagedMachines;
  /** What that node says against a machine that is sent there (agents/vm/refusal.ts). */
  readonly refusalOf: (node: string, resource: string) => Promise<string | undefined>;
  /** Its half of the key for a container that is sent there (agents/container/way.ts). */
  readonly wayTo: (node: string, resource: string, half: string) => Promise<string | undefined>;
  readonly logs: Backend['logs'];
  close(): void;
}

export function openTalk(parts: TalkParts): Talk {
  const { self, loop, submit, stateDirectory, log } = parts;
  const sayings = new Sayings(
    { submit, cluster: () => loop.node.cluster, view: () => loop.node.view },
    self,
    loop,
  );
  const checkpoints = [
    followCriu((said) => sayings.say(CHECKPOINT_ATTRIBUTE, said)),
    followPodman((said) => sayings.say(PODMAN_ATTRIBUTE, said)),
  ];
  sayings.say(CAPACITY_ATTRIBUTE, capacityText(totalmem() / MIB, availableParallelism()));
  const ask = (question: MachineQuestion | LogQuestion, nodes?: readonly string[]) =>
    inquiry.ask(question, nodes);
  const wordOf = async (node: string, question: MachineQuestion): Promise<string | undefined> => {
    const said = (await ask(question, [node])).given.get(node);
    return typeof said === 'string' ? said : undefined;
  };
  const configuration = () => loop.node.cluster.configuration;
  const machines = new Machines({ stateDirectory, configuration });
  const unmanaged = new UnmanagedWatch({ loop, machines, sayings, log });
  const space = new SpaceWatch({
    model: () => configuration().model,
    found: () => unmanaged.disks(),
    sayings,
    onShortage: () => {
      const until = loop.node.cluster.time;
      submit({ kind: 'time-passed', until }).catch(() => undefined);
    },
    log,
  });
  const inquiry = new Inquiry({
    self,
    loop,
    sayings,
    answer: async (asked) => {
      const question = asked as MachineQuestion | LogQuestion | undefined;
      if (question?.kind === 'logs') return parts.printed(question);
      const answer = await machines.answer(question);
      if (question?.kind === 'ignore') unmanaged.tell();
      return answer;
    },
  });
  return {
    machines: {
      search: (wanted) => searchAll({ ask, configuration }, wanted),
      take: (adoptions) => switchAll(ask, { kind: 'take', adoptions }),
      give: (resources) => switchAll(ask, { kind: 'give', resources }),
      ignore: async (names, ignored) => void (await ask({ kind: 'ignore', names, ignored })),
    },
    refusalOf: (node, resource) => wordOf(node, { kind: 'arrival', resource }),
    wayTo: (node, resource, half) => wordOf(node, { kind: 'way', resource, half }),
    logs: (resource, wish) => logsOf(loop.node.cluster, ask, resource, wish),
    close: () => {
      inquiry.close();
      unmanaged.close();
      space.close();
      for (const each of checkpoints) each.close();
      sayings.close();
    },
  };
}
