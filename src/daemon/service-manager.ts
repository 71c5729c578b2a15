/** What the service manager is told, sd_notify(3): readiness, state, and that the loop turns. */
import { native } from '../../native/holdfast.ts';

export interface ServiceManager {
  ready(): void;
  status(text: string): void;
  stopping(): void;
  stop(): void;
}

const STATUS_CHARACTERS_MAX = 300;

/** Quiet where nobody asked (`NOTIFY_SOCKET` is not set). */
export function serviceManager(): ServiceManager {
  const feeding = feedWatchdog();
  let last = '';
  return {
    ready: () => tell('READY=1'),
    status: (text) => {
      if (text === last) return;
      last = text;
      tell(`STATUS=${text.slice(0, STATUS_CHARACTERS_MAX).replaceAll('\n', ' ')}`);
    },
    stopping: () => tell('STOPPING=1'),
    stop: () => clearInterval(feeding),
  };
}

/** From the event loop itself: one that stands still for too long is killed and restarted. */
function feedWatchdog(): NodeJS.Timeout | undefined {
  const limitMs = Number(process.env['WATCHDOG_USEC'] ?? '') / 1000;
  if (!(limitMs > 0)) return undefined;
  const timer = setInterval(() => tell('WATCHDOG=1'), limitMs / 3);
  timer.unref();
  return timer;
}

function tell(text: string): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  try {
    native().notify(text);
  } catch {
    // Its socket is gone or full: the manager will notice by itself.
  }
}
