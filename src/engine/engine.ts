import type {
  EngineConfiguration,
  EngineEvent,
  EngineFinding,
  Votes,
} from '../core/model/engine.ts';

/**
 * Group communication beneath the daemon. `start` may be called once; after `engine-lost` or
 * `close` an engine is spent, and a new one is opened.
 */
export interface Engine {
  readonly configuration: EngineConfiguration;

  /** The votes, as the quorum service counted them at most some seconds ago. */
  readonly votes?: Votes | undefined;

  /** Whom its configuration names now, a reload later than the start as well. */
  readonly nodeNames?: readonly string[] | undefined;

  /** What of the engine's own configuration is not in order; of the same age. */
  readonly findings?: readonly EngineFinding[];

  /**
   * Joins the group. Resolves after the first `engine-view`, which the listener has seen by then.
   * Rejects with an EngineError that says what to do. Events come one by one in the engine's
   * order, never from inside `send`, and none after `close` was called or `engine-lost` came.
   */
  start(listener: EngineListener): Promise<void>;

  /**
   * Queues a message to all members, this one included. 'refused': the queue is full
   * (`sendQueueMessagesMax`, `sendQueueBytesMax`), or the engine is not running. Queued is neither
   * sent nor delivered. Throws a RangeError when the text is longer than `messageBytesMax`.
   */
  send(text: string): 'queued' | 'refused';

  /** Sends what is queued, leaves the group and frees everything; takes at most `closeMsMax`. */
  close(): Promise<void>;
}

export type EngineListener = (event: EngineEvent) => void;

export const sendQueueMessagesMax = 4096;
export const sendQueueBytesMax = 4 * 1024 * 1024;
export const closeMsMax = 1000;

/** Longest text of one message, in UTF-8 bytes: far below Corosync's 1 MiB, in steps of a frame. */
export const messageBytesMax = 256 * 1024;

/**
 * Why an engine cannot run; the message is a sentence for the administrator.
 * - `absent`: what the engine stands on does not run or is not installed
 * - `configuration`: its configuration lacks something
 * - `taken`: another daemon has this node's place
 */
export class EngineError extends Error {
  readonly kind: 'absent' | 'configuration' | 'taken';

  constructor(kind: EngineError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

/** The length of `text` in UTF-8 bytes; throws a RangeError when it is too long. */
export function checkMessage(text: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes > messageBytesMax) {
    throw new RangeError(`a message has ${bytes} bytes, more than ${messageBytesMax}`);
  }
  return bytes;
}
