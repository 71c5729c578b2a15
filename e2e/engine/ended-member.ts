/** Joins a group of CPG and says nothing there, until its input ends: what Corosync keeps of a process that has ended. */
import { native } from '../../native/holdfast.ts';

const [, , group = ''] = process.argv;
native().cpgOpen(group, () => undefined, true);
process.stdout.write(`joined as ${process.pid}\n`);
process.stdin.resume().on('end', () => process.exit());
