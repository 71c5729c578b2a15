import { expect, test } from 'vitest';
import { parseHierarchies, trackingCandidates, unitParents } from './hierarchy.ts';

const pureMounts = `24 30 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw
28 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate`;
const hybridMounts = `40 24 0:30 / /sys/fs/cgroup ro - tmpfs tmpfs ro
41 40 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
42 40 0:32 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
43 40 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
44 40 0:34 / /sys/fs/cgroup/me\\040mory rw - cgroup cgroup rw,memory`;
const inUnit = (parts: string) =>
  parts
    .split(' ')
    .map((part, index) => `${String(index)}:${part}:/system.slice/holdfastd.service`)
    .join('\n');

test('pure v2: one hierarchy, nothing else to leave', () => {
  const found = parseHierarchies(pureMounts, '0::/system.slice/holdfastd.service\n');
  expect(found).toEqual([
    {
      name: 'v2',
      version: 2,
      mountPoint: '/sys/fs/cgroup',
      path: '/system.slice/holdfastd.service',
    },
  ]);
  expect(trackingCandidates(found).map((one) => one.name)).toEqual(['v2']);
});

test('hybrid: v2 tracks, and the unit is left in every v1 hierarchy', () => {
  const self = `0::/system.slice/holdfastd.service\n${inUnit('name=systemd cpu,cpuacct memory')}`;
  const found = parseHierarchies(hybridMounts, self);
  expect(trackingCandidates(found).map((one) => one.name)).toEqual(['v2', 'name=systemd']);
  expect(unitParents(found.filter((one) => one.version === 1))).toEqual([
    '/sys/fs/cgroup/systemd/system.slice/cgroup.procs',
    '/sys/fs/cgroup/cpu,cpuacct/system.slice/cgroup.procs',
    '/sys/fs/cgroup/me mory/system.slice/cgroup.procs',
  ]);
});

test('outside of a unit the place in other hierarchies is kept', () => {
  const found = parseHierarchies(hybridMounts, '0::/\n1:memory:/container/7\n');
  expect(found.map((one) => one.path)).toEqual(['/', '/container/7']);
  expect(unitParents(found)).toEqual([]);
});

test('a unit with cgroups of its own below is left as a whole', () => {
  const found = parseHierarchies(pureMounts, '0::/system.slice/holdfastd.service/inner');
  expect(unitParents(found)).toEqual(['/sys/fs/cgroup/system.slice/cgroup.procs']);
});

test('no cgroups at all', () => {
  expect(parseHierarchies('24 30 0:22 / /sys rw - sysfs sysfs rw\n', '')).toEqual([]);
});
