import { expect, test } from 'vitest';
import { controlSockets, withoutControl } from './command-line.ts';

const words = (text: string): readonly string[] => text.split(' ');

test('of a machine that was taken over all is kept but who talks to it and how it was started', () => {
  const kept = '-name a -m 16 -drive file=/a.raw -chardev socket,id=s,path=/s -serial chardev:s';
  const gone =
    '-qmp unix:/q,server=on -daemonize -pidfile /p -chardev socket,id=m,path=/m ' +
    '-mon chardev=m,mode=control -incoming defer -S';
  expect(withoutControl(words(`${kept} ${gone}`))).toEqual(words(kept));
  expect(withoutControl(words(`${gone} ${kept}`))).toEqual(words(kept));
  expect(controlSockets(words(`${kept} ${gone}`))).toEqual(['/q', '/m']);
});
