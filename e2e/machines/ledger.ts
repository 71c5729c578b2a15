/**
 * Whether a machine ran twice, seen from outside: each boot writes a growing number and its name to
 * the shared disk. Two copies would write each other's numbers, or an older one would come back.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export interface Ledger {
  /** What was seen that must not be, in sentences. */
  readonly violations: readonly string[];
  /** The boot that wrote last. */
  readonly boot: () => string | undefined;
  readonly close: () => void;
}

const lookEveryMs = 20;

export function followLedger(image: string): Ledger {
  const judge = new Judge();
  const file = openSync(image, 'r');
  const bytes = Buffer.alloc(64);
  const timer = setInterval(() => {
    readSync(file, bytes, 0, bytes.length, 0);
    judge.see(bytes.toString('latin1'));
  }, lookEveryMs);
  return {
    violations: judge.violations,
    boot: () => judge.boot,
    close: () => {
      clearInterval(timer);
      closeSync(file);
    },
  };
}

export class Judge {
  readonly violations: string[] = [];
  boot: string | undefined;
  #number = 0;
  readonly #ended = new Set<string>();

  see(text: string): void {
    const [, digits, boot] = /^(\d+) +([0-9a-f-]{36})/.exec(text) ?? [];
    if (boot === undefined) return;
    const number = Number(digits);
    if (boot !== this.boot) {
      if (this.#ended.has(boot)) this.violations.push(`boot ${boot} writes again (${number})`);
      if (this.boot !== undefined) this.#ended.add(this.boot);
      this.boot = boot;
    } else if (number < this.#number) {
      this.violations.push(`boot ${boot} wrote ${number} after ${this.#number}`);
    }
    this.#number = number;
  }
}
