import { existsSync } from 'node:fs';

import { defineConfig } from 'rolldown';
import type { RolldownOptions } from 'rolldown';

/** Each program's bundle in dist/ and the file that it starts from. */
const programs = {
  holdfast: 'src/cli/main.ts',
  holdfastd: 'src/daemon/main.ts',
  'holdfast-scheduler': 'src/daemon/scheduler-worker.ts',
  'holdfast-bus': 'src/engine/local/bus.ts',
};

const present = Object.entries(programs).filter(([, source]) => existsSync(source));

export default defineConfig(present.map(([name, source]) => bundle(name, source)));

function bundle(name: string, source: string): RolldownOptions {
  return {
    input: { [name]: source },
    platform: 'node',
    external: /\.node$/,
    output: {
      dir: 'dist',
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: `${name}-[name].js`,
      sourcemap: true,
    },
  };
}
