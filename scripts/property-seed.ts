/**
 * Properties are looked at with the same examples in every run, so that a failure is somebody's
 * change and not chance. `HOLDFAST_SEED=N` (or `random`) looks at others.
 */
import { configureGlobal } from 'fast-check';

const wanted = process.env['HOLDFAST_SEED'] ?? '1';
if (wanted !== 'random') configureGlobal({ seed: Number(wanted) });
