/** For each file of tests: what its tests have left on a stage ends with it. */
import { afterAll } from 'vitest';
import { killDrivers } from './stage.ts';

afterAll(killDrivers);
