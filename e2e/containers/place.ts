/** A node with container runtimes and a runner of operations, for the tests. */
import { openStage, startProcess, type Stage } from '../agents/stage.ts';
import { openRoom, type Hierarchy, type Room } from './room.ts';

export interface Place extends Room {
  readonly stage: Stage;
  /** The daemon of the stage is killed, and another one begins in its place. */
  restart(): Promise<void>;
}

/** `plain`: not with both versions of cgroups at once. */
export async function openPlace(hierarchy: Hierarchy): Promise<Place> {
  const room = await openRoom(hierarchy);
  const { enter, root } = room;
  const options = { start: startProcess(enter), again: () => enter };
  let stage = await openStage(options);
  return {
    get stage() {
      return stage;
    },
    enter,
    root,
    restart: async () => {
      await stage.crash();
      stage = await openStage({ ...options, former: stage });
    },
    close: async () => {
      await stage.close();
      await room.close();
    },
  };
}
