import { expect, it } from 'vitest';

import { watchBlocks } from './blocks.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it('measures a block of the loop wherever in it the block is', async () => {
  const heard: number[] = [];
  const blocks = watchBlocks((ms) => heard.push(ms));
  await sleep(300);
  block(80);
  await sleep(600);
  blocks.stop();
  expect(blocks.maxMs).toBeGreaterThanOrEqual(80);
  expect(heard.filter((ms) => ms >= 80)).not.toHaveLength(0);
  expect(blocks.maxMs).toBe(Math.round(Math.max(...heard) * 10) / 10);
});
